// Parts of the form builder: a choice of one, and the condition under which a field is asked.
"use strict";
window.hhuFields = (function () {
  const option = (value, text, chosen) => Object.assign(document.createElement("option"), { value, textContent: text, selected: value === chosen });

  function choose(options, chosen, act) {
    const select = document.createElement("select");
    select.className = "form-select";
    select.append(...Object.entries(options).map(([value, text]) => option(value, text, chosen)));
    select.addEventListener("change", () => act(select.value));
    return select;
  }

  // Asked only if an earlier choice is this one: both in one list, since neither means anything alone.
  function condition(fields, field, write) {
    const earlier = fields.slice(0, fields.indexOf(field)).filter((each) => each.type === "radio" || each.type === "checkbox");
    const found = earlier.flatMap((each) => each.choices.map((choice) => ({ field: each.name, is: choice })));
    if (!found.length && !field.when) return [];
    const isChosen = (one) => Boolean(field.when) && one.field === field.when.field && one.is === field.when.is;
    // One that has lost its meaning stays in sight; what is wrong with it is told below.
    if (field.when && !found.some(isChosen)) found.unshift(field.when);
    const options = { "": "总是显示" };
    found.forEach((each, at) => { options[`c${at}`] = `“${each.field}”选了“${each.is}”时`; });
    const at = found.findIndex(isChosen);
    const label = document.createElement("label");
    label.append("显示条件", choose(options, at < 0 ? "" : `c${at}`, (value) => {
      if (value) field.when = found[Number(value.slice(1))]; else delete field.when;
      write();
    }));
    return [label];
  }

  return { choose, condition };
})();
