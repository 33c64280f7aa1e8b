// Draws a registration form as the phone shows it.
"use strict";
window.hhuPreview = function (frame, fields) {
  const make = (name, values, ...children) => {
    const element = Object.assign(document.createElement(name), values);
    element.append(...children);
    return element;
  };
  // Drawn in any case: it is the form that is looked at, not an answer.
  const condition = (field) => field.when
    ? [make("span", { className: "phone-when" }, `只在“${field.when.field}”选了“${field.when.is}”时出现`)] : [];
  frame.replaceChildren(...fields.map((field, number) => {
    const id = `preview-${number}`;
    const title = make("span", { className: "phone-label" }, field.name || "（未命名）");
    if (field.required) title.append(make("b", { title: "必填" }, " *"));
    if (field.type === "radio" || field.type === "checkbox") {
      const chosen = [].concat(field.default || []);
      const choices = (field.choices || []).map((choice) => make("label", { className: "phone-choice" },
        make("input", { type: field.type, name: "", checked: chosen.includes(choice) }), choice));
      // Radio buttons without a name do not know each other.
      const group = make("fieldset", { className: "phone-field" }, make("legend", {}, title), ...choices, ...condition(field));
      group.addEventListener("change", (event) => {
        if (field.type === "radio") for (const each of group.querySelectorAll("input")) each.checked = each === event.target;
      });
      return group;
    }
    if (field.type === "file") {
      const choose = make("span", { className: "phone-file" }, "选择文件");
      return make("div", { className: "phone-field" }, title, choose, ...condition(field));
    }
    const control = field.type === "textarea" ? make("textarea", { id, rows: 3 })
      : make("input", { id, type: field.type === "number" ? "number" : "text" });
    control.value = field.default || "";
    if (field.fill) control.placeholder = "自动填写";
    return make("label", { className: "phone-field" }, title, control, ...condition(field));
  }), ...(fields.length ? [] : [make("p", { className: "phone-none" }, "报名时不需要填写内容。")]));
};
