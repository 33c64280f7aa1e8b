// The search over everything: "/" or Ctrl+K goes to its box, what is found comes while one types, and
// the arrows go through it. Without this script the box is a form that leads to the search's page.
"use strict";
(function () {
  const PAUSE = 120;
  const forms = [...document.querySelectorAll("form[data-search]")];
  const isSeen = (element) => element && element.getClientRects().length > 0;

  for (const form of forms) {
    const input = form.querySelector("input[name=q]");
    const status = form.querySelector("[aria-live]");
    const popup = form.querySelector(".search-popup");
    const results = popup || document.getElementById(form.dataset.results);
    let timer = null, asked = null, shown = input.value.trim();

    const links = () => [...results.querySelectorAll("a")];
    const close = () => { if (popup) popup.hidden = true; };
    const open = () => { if (popup && shown) popup.hidden = false; };

    async function ask() {
      const text = input.value.trim();
      if (text === shown) return open();
      asked?.abort();
      asked = new AbortController();
      if (!text && popup) {
        shown = "";
        status.textContent = "";
        return close();
      }
      try {
        const answer = await fetch(`${form.dataset.search}?q=${encodeURIComponent(text)}`,
          { cache: "no-store", redirect: "manual", signal: asked.signal });
        if (!answer.ok) return close(); // signed out, or ill: the form itself leads to where it is said
        results.innerHTML = await answer.text();
        shown = text;
        const count = Number(results.firstElementChild.dataset.count);
        status.textContent = count ? `找到 ${count} 条结果` : results.innerText.trim();
        if (popup) { if (form.contains(document.activeElement)) open(); }
        else history.replaceState(null, "", `?q=${encodeURIComponent(text)}`);
      } catch (error) {
        if (error.name !== "AbortError") close();
      }
    }

    function onKey(event) {
      if (event.isComposing) return;
      const places = [input, ...links()];
      const at = places.indexOf(document.activeElement);
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (at < 0 || places.length < 2) return;
        event.preventDefault();
        open();
        const step = event.key === "ArrowDown" ? 1 : -1;
        places[(at + step + places.length) % places.length].focus();
      } else if (event.key === "Escape" && popup && !popup.hidden) {
        event.preventDefault();
        input.focus();
        close();
      }
    }

    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
    input.addEventListener("focus", open);
    form.addEventListener("keydown", onKey);
    if (!popup) results.addEventListener("keydown", onKey);
    if (popup) {
      form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) close(); });
      // A click on what is no link must not take the focus away, and close it.
      popup.addEventListener("mousedown", (event) => { if (!event.target.closest("a")) event.preventDefault(); });
    }
  }

  document.addEventListener("keydown", (event) => {
    const isShortcut = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k";
    const isSlash = event.key === "/" && document.documentElement.dataset.keys !== "off" && !event.ctrlKey && !event.metaKey && !event.altKey
      && document.documentElement.dataset.keys !== "off"
      && !event.target.closest("input, textarea, select, [contenteditable]");
    if ((!isShortcut && !isSlash) || document.querySelector("dialog[open]")) return;
    const input = forms.map((form) => form.querySelector("input[name=q]")).find(isSeen);
    const link = [...document.querySelectorAll(".search-link")].find(isSeen);
    if (!input && !link) return;
    event.preventDefault();
    if (!input) return link.click();
    input.blur(); // what was closed opens again
    input.focus();
    input.select();
  });
})();
