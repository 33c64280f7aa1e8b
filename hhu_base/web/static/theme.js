// Before anything is painted: the theme that was chosen here, or the system's.
"use strict";
(function () {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const read = () => { try { return localStorage.getItem("hhu-theme"); } catch { return null; } };
  const apply = () => {
    const theme = read() || (system.matches ? "dark" : "light");
    document.documentElement.dataset.bsTheme = theme;
  };
  apply();
  // Who types with their voice presses many a key that they don't mean.
  try { if (localStorage.getItem("hhu-keys") === "off") document.documentElement.dataset.keys = "off"; } catch { /* on */ }
  // What a script unfolds is folded only where there is one.
  document.documentElement.classList.add("has-scripts");
  system.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    try { localStorage.setItem("hhu-theme", next); } catch { /* it lasts until the next page */ }
    document.documentElement.dataset.bsTheme = next;
  });
})();
