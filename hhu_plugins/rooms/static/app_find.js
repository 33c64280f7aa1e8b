// 找会议室: an answer changes the list in place; without a script each is an address of its own.
"use strict";
(() => {
  let latest = 0;

  async function show(address, keeps) {
    const mine = ++latest;
    const part = document.getElementById("find");
    part.setAttribute("aria-busy", "true");
    let page;
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      // Signed out meanwhile, or something is wrong: the page itself says so.
      if (!answer.ok || answer.redirected) { location.assign(address); return; }
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch { location.assign(address); return; }
    if (mine !== latest) return;
    const found = page.getElementById("find");
    if (!found) { location.assign(address); return; }
    const focused = keeps && label(document.activeElement);
    const scrolls = [...part.querySelectorAll(".answer .chips")].map((each) => each.scrollLeft);
    part.replaceWith(found);
    document.title = page.title;
    document.getElementById("find-news").textContent = found.querySelector("#results").textContent;
    document.querySelectorAll("#find .answer .chips").forEach((each, n) => { each.scrollLeft = scrolls[n] || 0; });
    if (focused) [...found.querySelectorAll("a.chip")].find((each) => label(each) === focused)?.focus({ preventScroll: true });
  }
  const label = (each) => each?.closest?.(".answer") ? each.closest(".answer").firstElementChild.textContent + each.textContent : "";

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#find a.chip");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState({}, "", link.href);
    show(link.href, true);
  });
  window.addEventListener("popstate", () => show(location.href, false));

  // The chosen one is in sight, however far along it stands.
  for (const chosen of document.querySelectorAll(".answer .chip[aria-current]")) {
    const row = chosen.closest(".chips");
    row.scrollLeft = Math.max(0, chosen.offsetLeft - row.offsetLeft - 40);
  }
})();
