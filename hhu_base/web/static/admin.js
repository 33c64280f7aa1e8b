// What the pages do beyond plain HTML; every page works as plain forms and links, too.
"use strict";

// The menu is longer than many a screen: the line of this page is in sight.
const menu = document.querySelector(".menu");
const currentLine = menu?.querySelector("[aria-current]");
if (currentLine) {
  const below = currentLine.getBoundingClientRect().bottom - menu.getBoundingClientRect().bottom;
  if (below > 0) menu.scrollTop += below + currentLine.offsetHeight;
}

// A filter that changes is applied at once.
for (const form of document.querySelectorAll("form[data-autosubmit]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=date]")) form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    // Addresses that can be read, bookmarked and sent on.
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
}

// On a phone the filters are folded until they are asked for.
for (const button of document.querySelectorAll("[data-fold]")) {
  const folded = document.getElementById(button.getAttribute("aria-controls"));
  button.addEventListener("click", () => {
    button.setAttribute("aria-expanded", folded.classList.toggle("is-open"));
  });
}

// A list opens from the menu as it was left, until the tab is closed; by whom is part of the key.
{
  const key = (path) => `list ${menu?.dataset.user} ${path}`;
  const path = location.pathname;
  try {
    if (document.querySelector("[data-remember]")) {
      const asked = new URLSearchParams(location.search);
      asked.delete("page");
      sessionStorage.setItem(key(path), asked.toString());
    }
    for (const line of menu?.querySelectorAll("a.menu-line") || []) {
      const asked = line.pathname !== path && sessionStorage.getItem(key(line.pathname));
      if (asked) line.search = asked;
    }
  } catch { /* nothing is kept here: lists open as they are */ }
}

// Ticking rows shows what can be done with them.
for (const form of document.querySelectorAll("form[data-choose]")) {
  const bar = form.querySelector(".chosen");
  if (!bar) continue;
  const all = form.querySelector("[data-choose-all]");
  const boxes = [...form.querySelectorAll("input[name=id]")];
  const update = () => {
    const count = boxes.filter((box) => box.checked).length;
    bar.hidden = count === 0;
    bar.querySelector("[data-choose-count]").textContent = count;
    all.checked = count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    for (const box of boxes) box.closest("tr").classList.toggle("is-chosen", box.checked);
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    update();
  });
  form.addEventListener("change", update);
  update();
}

// A question about one row is asked in the list itself: the form of its page, in a dialog.
async function askHere(link) {
  let form = null;
  try {
    // A redirect has something to say on the next page: there one goes, instead of reading it here.
    const answer = await fetch(link.href, { redirect: "manual" });
    const text = answer.ok ? await answer.text() : "";
    form = new DOMParser().parseFromString(text, "text/html").querySelector("form.question");
  } catch { /* the page itself says what is wrong */ }
  if (!form) { location.assign(link.href); return; }
  const dialog = document.createElement("dialog");
  const title = form.querySelector("h1");
  title.id = "ask-title";
  dialog.className = "ask-dialog";
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(form);
  document.body.append(dialog);
  dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  form.querySelector(".question-foot a").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });
  const button = form.querySelector("[type=submit]");
  form.addEventListener("submit", () => { button.disabled = true; });
  dialog.showModal();
  (form.querySelector("select, textarea, input:not([type=hidden])") || button).focus();
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-ask]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!document.querySelector("dialog.ask-dialog")) askHere(link);
});

// Single keys: n for a new one, ? for what is said of this page.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (document.documentElement.dataset.keys === "off" || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select, [contenteditable], [role=grid], [role=application], .select2-container")) return;
  const meant = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key);
  if (!meant) return;
  event.preventDefault();
  meant.click();
});
for (const box of document.querySelectorAll("[data-keys-switch]")) {
  box.checked = document.documentElement.dataset.keys !== "off";
  box.addEventListener("change", () => {
    document.documentElement.dataset.keys = box.checked ? "" : "off";
    try { localStorage.setItem("hhu-keys", box.checked ? "" : "off"); } catch { /* until the next page */ }
  });
}

// The handbook opens over the page, so that nothing that was filled in is lost.
async function showHelp(link) {
  const [address, anchor] = link.href.split("#");
  let section = null;
  let all = null;
  try {
    const answer = await fetch(address, { redirect: "manual" });
    all = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
    section = all.getElementById(decodeURIComponent(anchor || ""));
  } catch { /* the page itself says what is wrong */ }
  if (!section) { location.assign(link.href); return; }
  const dialog = document.createElement("dialog");
  const heading = section.querySelector("h2");
  const head = document.createElement("div");
  const foot = document.createElement("p");
  const whole = document.createElement("a");
  const close = document.createElement("button");
  heading.id = "help-title";
  dialog.className = "ask-dialog help-dialog handbook";
  dialog.setAttribute("aria-labelledby", heading.id);
  head.className = "help-head";
  close.type = "button";
  close.className = "btn-close";
  close.setAttribute("aria-label", "关闭");
  close.addEventListener("click", () => dialog.close());
  head.append(heading, close);
  whole.href = link.href;
  whole.target = "_blank";
  whole.textContent = "打开整本手册";
  foot.className = "help-foot";
  foot.append(whole);
  for (const inner of section.querySelectorAll("a[href^='#']")) {
    inner.setAttribute("href", `${address}${inner.getAttribute("href")}`);
    inner.target = "_blank";
  }
  const keys = all.getElementById("keys");
  dialog.append(head, section);
  if (keys && keys !== section) { keys.querySelector("p")?.remove(); dialog.append(keys); }
  dialog.append(foot);
  document.body.append(dialog);
  dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.showModal();
  close.focus();
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-help]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  showHelp(link);
});

// Leaving a form with changes asks first; sending it twice is not possible.
for (const form of document.querySelectorAll("form[data-guard]")) {
  let isTouched = false;
  let isSent = false;
  form.addEventListener("input", () => { isTouched = true; });
  form.addEventListener("change", () => { isTouched = true; });
  window.addEventListener("beforeunload", (event) => { if (isTouched && !isSent) event.preventDefault(); });
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  window.addEventListener("pageshow", () => { isSent = false; });
}

// A time between two that its field takes is shown as it will be stored, and sent so.
for (const form of document.querySelectorAll("form:has([data-rounds])")) {
  const fields = [...form.querySelectorAll("[data-rounds]")];
  const stored = (field) => {
    const [day, clock] = field.value.split("T");
    if (!clock) return field.value;
    const [hours, minutes, seconds = 0] = clock.split(":").map(Number);
    const step = Number(field.step) / 60;
    const passed = (hours * 60 + minutes + seconds / 60) / step;
    const whole = field.dataset.rounds === "up" ? Math.ceil(passed) : Math.floor(passed);
    // Reckoned in UTC, where every day has 24 hours.
    return new Date(Date.parse(`${day}T00:00Z`) + whole * step * 60000).toISOString().slice(0, 16);
  };
  const show = () => {
    for (const field of fields) {
      const note = field.parentElement.querySelector(".will-be");
      const wanted = stored(field);
      note.textContent = wanted === field.value ? "" : `会存为 ${wanted.replace("T", " ")}`;
    }
  };
  for (const field of fields) {
    const note = document.createElement("p");
    note.className = "form-text will-be";
    note.setAttribute("role", "status");
    field.after(note);
    field.addEventListener("input", show);
  }
  form.addEventListener("submit", () => {
    // What nobody has touched stays as it is, even between two of the times.
    if (fields.every((field) => field.value === field.defaultValue)) return;
    for (const field of fields) field.value = stored(field);
  });
}

// Of what may be new it is said that it is: perhaps it is only spelt in another way.
for (const field of document.querySelectorAll("input[list][data-new]")) {
  const known = new Set([...field.list.options].map((option) => option.value));
  const note = document.createElement("p");
  note.className = "form-text will-be";
  note.setAttribute("role", "status");
  field.after(note);
  field.addEventListener("change", () => {
    const value = field.value.trim();
    note.textContent = value && !known.has(value) ? `${field.dataset.new}，和已有的都不同。` : "";
  });
}

// A file that the server would refuse is not sent on its way.
for (const field of document.querySelectorAll("input[type=file][data-max-bytes]")) {
  field.addEventListener("change", () => {
    const isTooLarge = [...field.files].some((file) => file.size > Number(field.dataset.maxBytes));
    field.setCustomValidity(isTooLarge ? field.dataset.tooLarge : "");
    field.reportValidity();
  });
}

// What a worker is at is asked for until it is done.
async function refresh(part) {
  const wait = Number(part.dataset.refresh);
  if (!wait) return;
  await new Promise((resolve) => { setTimeout(resolve, wait * 1000); });
  try {
    const answer = await fetch(location.href);
    const text = answer.ok ? await answer.text() : "";
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.querySelector("[data-refresh]");
    // Done, or another page by now: signed out, or to be looked at again.
    if (answer.ok && !fresh?.dataset.refresh) { location.reload(); return; }
    if (fresh) part.replaceChildren(...fresh.childNodes);
  } catch { /* the network comes and goes */ }
  refresh(part);
}
for (const part of document.querySelectorAll("[data-refresh]")) refresh(part);

// What needs attention gets the focus, so that a screen reader says it.
const attention = document.querySelector("[data-focus]");
if (attention) attention.focus();

// Rows of other tables are searched for by typing.
if (window.jQuery && window.jQuery.fn.select2) {
  const $ = window.jQuery;
  const texts = {
    errorLoading: () => "查不到，请减少搜索的词，或稍后重试。",
    loadingMore: () => "正在载入……",
    noResults: () => "没有找到。",
    searching: () => "正在查找……",
    removeAllItems: () => "清除",
    removeItem: () => "移除",
  };
  for (const select of document.querySelectorAll("select[data-options]")) {
    const label = select.labels && select.labels.length ? select.labels[0] : null;
    $(select).select2({
      language: texts,
      width: "100%",
      placeholder: select.dataset.placeholder || "",
      // Two of one name are told apart by what is said beside it.
      templateResult: (row) => {
        if (!row.note) return row.text;
        const shown = document.createElement("span");
        const note = document.createElement("small");
        note.textContent = row.note;
        shown.className = "option";
        shown.append(row.text, " ", note);
        return $(shown);
      },
      // Of several, each has its own cross; one for all would be no list item in a list.
      allowClear: select.dataset.clear === "yes" && !select.multiple,
      ajax: {
        url: select.dataset.options,
        dataType: "json",
        delay: 150,
        data: (params) => ({ q: params.term || "" }),
      },
    });
    if (label) {
      label.id = label.id || `${select.id}-label`;
      const box = $(select).data("select2").$selection;
      const shown = box.attr("aria-labelledby");
      box.attr("aria-labelledby", shown ? `${label.id} ${shown}` : label.id);
      box.find("input").attr("aria-label", label.textContent.trim());
      // It names the box, and is no field of its own without a name.
      box.find(".select2-selection__rendered[role=textbox]").removeAttr("role aria-readonly");
      label.addEventListener("click", () => box.trigger("focus"));
    }
    // Tell plain listeners, too: jQuery's change event is its own.
    $(select).on("select2:select select2:unselect", () => select.dispatchEvent(new Event("input", { bubbles: true })));
  }
  $(document).on("select2:open", () => {
    const field = document.querySelector(".select2-container--open .select2-search__field");
    if (field) { field.setAttribute("aria-label", "查找"); field.focus(); }
  });
}
