// Fields that are asked under a condition come and go with the answer; without this script they say when to fill them in.
"use strict";
(function () {
  const fields = [...document.querySelectorAll("[data-when]")];
  for (const hint of document.querySelectorAll("[data-hint]")) hint.hidden = true;

  function update() {
    // In their order: what depends on a field that is not asked is not asked either.
    for (const field of fields) {
      const chosen = [...document.querySelectorAll("input:checked")].some((input) =>
        input.name === field.dataset.when && input.value === field.dataset.is && !input.closest("[hidden]"));
      field.hidden = !chosen;
    }
  }

  document.addEventListener("change", update);
  update();
})();
