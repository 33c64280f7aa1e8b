// What the teachers' pages do beyond plain HTML; every page works as plain forms and links, too.
"use strict";

// Sending a form twice is not possible.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.isSent) { event.preventDefault(); return; }
  form.dataset.isSent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-is-sent]")) delete form.dataset.isSent;
});

// A text that is to be pasted elsewhere.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const before = button.textContent;
    button.textContent = "已复制";
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}

// Where something is wrong, one reads it first.
document.querySelector("[data-focus]")?.focus();

if ("serviceWorker" in navigator && location.pathname.startsWith("/app/")) {
  navigator.serviceWorker.register("/app/worker.js", { scope: "/app/" }).catch(() => {});
}
