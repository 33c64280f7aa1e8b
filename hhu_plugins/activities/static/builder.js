// The form builder. The JSON in the textarea is what counts; without a script it is all there is.
"use strict";
(function () {
  const source = document.querySelector("textarea[name=form_metas]");
  if (!source) return;
  const form = source.form;
  const isLocked = Boolean(source.closest("fieldset[disabled]"));
  const TYPES = { text: "单行文字", textarea: "多行文字", number: "数字", radio: "单选", checkbox: "多选", file: "上传文件" };
  // Fields that fill themselves in, from the person's card.
  const FILLS = { fullname: "姓名", username: "工号", department: "系所", phone: "手机" };
  const EDGE = 80, SCROLL = 12;
  const hasChoices = (field) => field.type === "radio" || field.type === "checkbox";
  const make = (name, values, ...children) => {
    const { aria = {}, ...rest } = values || {};
    const element = Object.assign(document.createElement(name), rest);
    for (const [key, value] of Object.entries(aria)) element.setAttribute(`aria-${key}`, value);
    element.append(...children);
    return element;
  };
  const icon = (name) => make("i", { className: `bi bi-${name}`, aria: { hidden: "true" } });

  // The activity whose form this is, if there is one already.
  const stored = location.pathname.match(/\/(\d+)\/$/)?.[1] ?? "";
  let fields = [];
  const list = make("ol", { className: "builder-fields" });
  const phone = make("div", { className: "phone-screen" });
  const problems = make("ul", { className: "builder-problems", aria: { live: "polite" } });
  const told = make("p", { className: "visually-hidden", aria: { live: "assertive" } });
  const copy = make("button", { type: "button", className: "btn btn-sm btn-outline-secondary" }, icon("clipboard"), "复制");
  const json = make("details", { className: "builder-json" }, make("summary", {}, "表单的 JSON：复制到另一个活动，或在这里粘贴"), copy);
  const addButton = make("button", { type: "button", className: "btn btn-outline-secondary" }, icon("plus-lg"), "添加字段");
  const ready = make("p", { className: "builder-ready" }, "常用字段：", ...Object.entries(FILLS).map(([fill, text]) => {
    const button = make("button", { type: "button", className: "btn btn-sm btn-outline-secondary" }, text);
    button.addEventListener("click", () => add({ name: freeName(text), type: "text", required: true, default: "", fill }));
    return button;
  }));
  const builder = make("div", { className: "builder", hidden: true },
    make("div", {}, list, isLocked ? "" : addButton, isLocked ? "" : ready, problems, told),
    make("div", { className: "phone", aria: { label: "手机预览" } }, make("div", { className: "phone-head" }, "报名"), phone));
  builder.setAttribute("role", "group");
  source.before(builder, json);
  json.append(source);
  source.rows = 10;
  source.spellcheck = false;
  const label = form.querySelector(`label[for="${source.id}"]`);
  if (label) builder.setAttribute("aria-label", label.textContent.trim());

  // In the order of the list: an object of JavaScript would sort names that are numbers.
  function write() {
    const lines = fields.map((field) => {
      const rule = { type: field.type, required: field.required, default: field.default };
      if (hasChoices(field)) rule.choices = field.choices;
      if (field.fill && field.type === "text") rule.fill = field.fill;
      if (field.when) rule.when = field.when;
      return `  ${JSON.stringify(field.name)}: ${JSON.stringify(rule)}`;
    });
    source.value = lines.length ? `{\n${lines.join(",\n")}\n}` : "{}";
    source.dispatchEvent(new Event("change", { bubbles: true }));
    window.hhuPreview(phone, fields);
    check(false);
  }

  let timer = null, asked = 0;
  function check(isPasted, delay = 350) {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++asked;
      const body = new URLSearchParams({ form: source.value, activity: stored });
      try {
        const answer = await fetch("/admin/activities/form-check", {
          method: "POST", body, headers: { "X-CSRF-Token": form.elements.csrf_token.value }, redirect: "manual",
        });
        if (!answer.ok || mine !== asked) return;
        const found = await answer.json();
        problems.replaceChildren(...found.problems.map((each) => make("li", {}, each)));
        if (found.problems.length && isPasted) json.open = true;
        if (!found.problems.length && isPasted) { fields = found.fields; draw(); }
        builder.hidden = false;
      } catch { /* it is checked again when it is saved */ }
    }, delay);
  }

  function move(field, step, focus) {
    const from = fields.indexOf(field), to = from + step;
    if (to < 0 || to >= fields.length) return;
    fields.splice(to, 0, ...fields.splice(from, 1));
    draw();
    write();
    list.children[to].querySelector(focus).focus();
    told.textContent = `“${field.name}”移到第 ${to + 1} 位，共 ${fields.length} 个字段。`;
  }

  function drag(handle, item, field) {
    handle.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      item.classList.add("is-dragged");
      let last = event, frame = 0;
      const follow = (moved) => {
        last = moved;
        const others = [...list.children], place = others.indexOf(item);
        const middles = others.map((other) => { const box = other.getBoundingClientRect(); return box.top + box.height / 2; });
        // The others go past it: an element that is moved itself loses the pointer.
        for (let at = place + 1; at < others.length && last.clientY > middles[at]; at += 1) item.before(others[at]);
        for (let at = place - 1; at >= 0 && last.clientY < middles[at]; at -= 1) item.after(others[at]);
      };
      // A form is longer than the screen: near its edge the page moves along.
      const scroll = () => {
        const step = last.clientY < EDGE ? -SCROLL : last.clientY > window.innerHeight - EDGE ? SCROLL : 0;
        if (step) { window.scrollBy({ top: step, behavior: "instant" }); follow(last); }
        frame = requestAnimationFrame(scroll);
      };
      scroll();
      const drop = () => {
        cancelAnimationFrame(frame);
        handle.removeEventListener("pointermove", follow);
        item.classList.remove("is-dragged");
        const place = [...list.children].indexOf(item);
        fields.splice(place, 0, ...fields.splice(fields.indexOf(field), 1));
        draw();
        write();
      };
      handle.addEventListener("pointermove", follow);
      handle.addEventListener("lostpointercapture", drop, { once: true });
    });
  }

  // What may be a condition changes with the fields before: all are drawn again.
  const conditions = new Map();
  function drawConditions() { for (const redraw of conditions.values()) redraw(); }

  function freeName(wanted) {
    const names = new Set(fields.map((field) => field.name));
    let name = wanted;
    for (let number = 2; names.has(name); number += 1) name = `${wanted} ${number}`;
    return name;
  }

  function add(field) {
    fields.push(field);
    draw();
    write();
    const name = list.lastElementChild.querySelector(".builder-name");
    name.focus();
    name.select();
  }

  function drawField(field, number) {
    const handle = make("button", { type: "button", className: "builder-handle", title: "拖动，或用上下方向键移动" }, icon("grip-vertical"));
    const name = make("input", { className: "form-control builder-name", value: field.name, maxLength: 1000, placeholder: "字段名称", aria: { label: `第 ${number + 1} 个字段的名称` } });
    const type = make("select", { className: "form-select", aria: { label: "类型" } }, ...Object.entries(TYPES).map(([value, text]) => make("option", { value, selected: value === field.type }, text)));
    const required = make("input", { type: "checkbox", className: "form-check-input", checked: field.required });
    const remove = make("button", { type: "button", className: "btn btn-sm btn-link" }, icon("trash"));
    const up = make("button", { type: "button", className: "btn btn-sm btn-link builder-up", disabled: number === 0 }, icon("arrow-up"));
    const down = make("button", { type: "button", className: "btn btn-sm btn-link builder-down", disabled: number === fields.length - 1 }, icon("arrow-down"));
    const sayName = () => {
      handle.setAttribute("aria-label", `移动“${field.name}”，上下方向键`);
      remove.setAttribute("aria-label", `删除“${field.name}”`);
      up.setAttribute("aria-label", `上移“${field.name}”`);
      down.setAttribute("aria-label", `下移“${field.name}”`);
    };
    sayName();
    const item = make("li", { className: "builder-field" });
    const details = make("div", { className: "builder-details" });
    const condition = make("div", {});
    item.append(
      make("div", { className: "builder-line" }, handle, name, type),
      details,
      make("div", { className: "builder-line" }, make("label", { className: "builder-required" }, required, "必填"), up, down, remove));

    const drawDetails = () => {
      const parts = [];
      if (hasChoices(field)) {
        const choices = make("textarea", { className: "form-control", rows: Math.min(8, Math.max(2, field.choices.length)), value: field.choices.join("\n") });
        choices.addEventListener("input", () => {
          field.choices = choices.value.split("\n").map((each) => each.trim()).filter(Boolean);
          const kept = [].concat(field.default || []).filter((each) => field.choices.includes(each));
          field.default = field.type === "checkbox" ? kept : kept[0] || "";
          drawConditions();
          write();
        });
        choices.addEventListener("change", drawDetails);
        parts.push(make("label", {}, "选项，每行一个", choices));
        const chosen = [].concat(field.default || []);
        if (field.type === "radio") {
          const select = make("select", { className: "form-select" }, make("option", { value: "" }, "（无）"), ...field.choices.map((each) => make("option", { value: each, selected: chosen.includes(each) }, each)));
          select.addEventListener("change", () => { field.default = select.value; write(); });
          parts.push(make("label", {}, "默认值", select));
        } else {
          const boxes = field.choices.map((each) => make("label", { className: "builder-box" }, make("input", { type: "checkbox", className: "form-check-input", value: each, checked: chosen.includes(each) }), each));
          const group = make("fieldset", {}, make("legend", {}, "默认选中"), ...boxes);
          group.addEventListener("change", () => { field.default = [...group.querySelectorAll("input:checked")].map((each) => each.value); write(); });
          parts.push(group);
        }
      } else if (field.type === "file") {
        parts.push(make("p", { className: "builder-note" }, "只能在网页上报名；必填时小程序会请人改用浏览器。"));
      } else {
        const value = make(field.type === "textarea" ? "textarea" : "input", { className: "form-control", value: field.default });
        if (field.type === "number") value.inputMode = "decimal";
        value.addEventListener("input", () => { field.default = value.value; write(); });
        parts.push(make("label", {}, "默认值", value));
        if (field.type === "text") parts.push(make("label", {}, "自动填写", window.hhuFields.choose({ "": "（不填）", ...FILLS }, field.fill || "", (fill) => { field.fill = fill; write(); })));
      }
      details.replaceChildren(...parts, condition);
      drawConditions();
    };
    conditions.set(field, () => condition.replaceChildren(...window.hhuFields.condition(fields, field, write)));
    drawDetails();

    name.addEventListener("input", () => {
      // Conditions speak of this field by its name.
      for (const each of fields) if (each.when && each.when.field === field.name) each.when.field = name.value;
      field.name = name.value;
      sayName();
      drawConditions();
      write();
    });
    required.addEventListener("change", () => { field.required = required.checked; write(); });
    type.addEventListener("change", () => {
      const had = hasChoices(field);
      field.type = type.value;
      if (hasChoices(field)) {
        field.choices = field.choices && field.choices.length ? field.choices : ["选项一", "选项二"];
        const kept = [].concat(field.default || []).filter((each) => field.choices.includes(each));
        field.default = field.type === "checkbox" ? kept : kept[0] || "";
      } else if (had || field.type === "number" || field.type === "file") field.default = "";
      if (field.type !== "text") delete field.fill;
      drawDetails();
      write();
    });
    remove.addEventListener("click", () => {
      fields.splice(fields.indexOf(field), 1);
      draw();
      write();
      told.textContent = `已删除“${field.name}”。`;
      addButton.focus();
    });
    up.addEventListener("click", () => move(field, -1, ".builder-handle"));
    down.addEventListener("click", () => move(field, 1, ".builder-handle"));
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      move(field, step, ".builder-handle");
    });
    drag(handle, item, field);
    return item;
  }

  function draw() {
    conditions.clear();
    list.replaceChildren(...fields.map(drawField));
    window.hhuPreview(phone, fields);
  }

  addButton.addEventListener("click", () => {
    add({ name: freeName(`字段 ${fields.length + 1}`), type: "text", required: false, default: "" });
  });
  copy.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(source.value); } catch { source.select(); document.execCommand("copy"); }
    told.textContent = "已复制。";
  });
  source.addEventListener("input", () => check(true));
  // Nothing in here is sent; Enter must not send the page either.
  builder.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("input")) event.preventDefault(); });
  for (const kind of ["input", "change"]) phone.addEventListener(kind, (event) => event.stopPropagation());
  if (isLocked) json.open = true; else check(true, 0);
})();
