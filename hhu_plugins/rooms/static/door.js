// The page at a door stays true by itself: it is read again, and only what is shown is replaced.
"use strict";

const EVERY = 20_000;
const MOST_FAILURES = 3;
let failures = 0;

async function refresh() {
  const door = document.getElementById("door");
  // Somebody is filling something in, or scanning: their page stays.
  const isBusy = door.dataset.asks || door.contains(document.activeElement);
  if (document.hidden || (isBusy && !document.body.classList.contains("door-panel"))) return;
  if (door.querySelector(".door-code")) {
    // Whoever wanted to scan it has gone.
    location.assign(door.querySelector(".door-code a").href);
    return;
  }
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("door");
    if (!fresh) throw new Error("no door");
    door.replaceWith(document.adoptNode(fresh));
    failures = 0;
  } catch {
    failures += 1;
    if (failures >= MOST_FAILURES) door.querySelector(".door-stale")?.removeAttribute("hidden");
  }
}

setInterval(refresh, EVERY * (document.querySelector(".door-code") ? 3 : 1));
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
