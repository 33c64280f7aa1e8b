// The details of a reservation, the question about limits, and what is said at the foot of the page.
// Whatever somebody typed gets into the page as text, never as HTML.

const element = (id) => document.getElementById(id);

function fill(dialog, texts) {
  for (const [name, text] of Object.entries(texts)) {
    const target = dialog.querySelector(`[data-fill=${name}]`);
    target.textContent = text;
    const line = target.closest("dl > div");
    if (line) line.hidden = !text;
  }
}

// `about`: room, when, name, phone, email, text, url, mayChange; `cancel(reason)` may refuse.
export function showDetails(about, cancel) {
  const dialog = element("cal-details");
  const form = element("cal-cancel");
  const verbs = element("cal-verbs");
  const { url, mayChange, ...texts } = about;
  fill(dialog, { ...texts, problem: "" });
  dialog.querySelector("[data-fill=phone]").href = `tel:${about.phone.replaceAll(/[^\d+]/g, "")}`;
  dialog.querySelector("[data-fill=email]").href = `mailto:${about.email}`;
  const open = dialog.querySelector("[data-open]");
  open.href = url;
  open.textContent = mayChange ? "修改" : "查看";
  const cancelButton = dialog.querySelector("[data-cancel]");
  cancelButton.hidden = !mayChange;
  const ask = (isAsking) => {
    form.hidden = !isAsking;
    verbs.hidden = isAsking;
    if (isAsking) element("cal-reason").focus();
  };
  element("cal-reason").value = "";
  ask(false);
  cancelButton.onclick = () => ask(true);
  dialog.querySelector("[data-keep]").onclick = () => ask(false);
  dialog.querySelector("[data-close]").onclick = () => dialog.close();
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      await cancel(element("cal-reason").value);
      dialog.close();
    } catch (refusal) {
      fill(dialog, { problem: refusal.message });
    } finally {
      button.disabled = false;
    }
  };
  dialog.showModal();
}

// Whether the person wants to go beyond the limits, knowingly.
export function askAboutLimits(sentence) {
  const dialog = element("cal-limits");
  const box = element("cal-knowingly");
  const button = dialog.querySelector("[value=yes]");
  fill(dialog, { sentence });
  box.checked = false;
  button.disabled = true;
  box.onchange = () => { button.disabled = !box.checked; };
  return isAgreed(dialog);
}

// Whether the times that would be stored are what the person wants.
export function askAboutTimes(sentence) {
  const dialog = element("cal-times");
  fill(dialog, { sentence });
  return isAgreed(dialog);
}

function isAgreed(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}

let timer;

// `undo`: what the button 撤销 does, if there is one.
export function say(sentence, { isBad = false, undo = null } = {}) {
  const toast = element("cal-toast");
  const button = toast.querySelector("[data-undo]");
  const hide = () => { toast.hidden = true; };
  clearTimeout(timer);
  toast.hidden = false;
  toast.classList.toggle("is-bad", isBad);
  toast.querySelector("span").textContent = sentence;
  button.hidden = !undo;
  button.onclick = () => { hide(); undo(); };
  toast.querySelector(".btn-close").onclick = hide;
  // A refusal stays until it has been read.
  if (!isBad) timer = setTimeout(hide, 8000);
}
