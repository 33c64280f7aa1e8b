// Rows of people: who fills in the last one gets another, and each has a button that takes it out.
"use strict";
for (const rows of document.querySelectorAll("[data-rows]")) {
  const all = () => [...rows.querySelectorAll(".recipient-row")];
  const fields = (row) => [...row.querySelectorAll("input:not([type=hidden])")];
  const isEmpty = (row) => fields(row).every((field) => !field.value.trim());
  const dress = (row) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-icon";
    button.innerHTML = '<i class="bi bi-x-lg" aria-hidden="true"></i>';
    button.addEventListener("click", () => {
      const next = row.nextElementSibling || row.previousElementSibling;
      if (all().length > 1 && next) {
        row.remove();
        fields(next)[0].focus();
      }
      update();
      rows.dispatchEvent(new Event("change", { bubbles: true }));
    });
    row.append(button);
  };
  const update = () => {
    const last = all().at(-1);
    if (!isEmpty(last) && !rows.closest("fieldset")?.disabled) {
      const another = last.cloneNode(true);
      another.querySelector("button").remove();
      for (const field of fields(another)) { field.value = ""; field.removeAttribute("id"); field.classList.remove("is-invalid"); }
      dress(another);
      rows.append(another);
    }
    all().forEach((row, index) => {
      const [name, address] = fields(row);
      name.setAttribute("aria-label", `第 ${index + 1} 位的姓名`);
      address.setAttribute("aria-label", `第 ${index + 1} 位的邮箱`);
      const button = row.querySelector("button");
      button.hidden = isEmpty(row) || Boolean(rows.closest("fieldset")?.disabled);
      button.setAttribute("aria-label", `去掉 ${name.value || address.value}`);
    });
  };
  all().forEach(dress);
  rows.addEventListener("input", update);
  update();
}
