// A part of a page that is read again every few seconds; what was opened stays open.
"use strict";
for (const part of document.querySelectorAll("[data-live]")) {
  setInterval(async () => {
    if (document.visibilityState !== "visible" || part.contains(document.activeElement)) return;
    try {
      const answer = await fetch(part.dataset.live, { cache: "no-store", redirect: "manual" });
      if (!answer.ok) return;
      const text = await answer.text();
      const open = new Map([...part.querySelectorAll("details")].map((each) => [each.dataset.key, each.open]));
      part.innerHTML = text;
      for (const each of part.querySelectorAll("details")) if (open.has(each.dataset.key)) each.open = open.get(each.dataset.key);
    } catch { /* the next time */ }
  }, 5000);
}
