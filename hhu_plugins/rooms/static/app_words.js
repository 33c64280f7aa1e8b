// One's last descriptions: a tap fills the field.
"use strict";
for (const list of document.querySelectorAll("[data-fills]")) {
  list.hidden = false;
  list.addEventListener("click", (event) => {
    const word = event.target.closest("button")?.value;
    if (!word) return;
    const field = document.getElementById(list.dataset.fills);
    field.value = word;
    field.focus();
  });
}
