// Uploading one file after the other, with progress; without it, the form sends them all at once.
"use strict";

for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector("input[type=file]");
  const area = form.querySelector("[data-drop]");
  const list = form.querySelector("[data-list]");
  const button = form.querySelector("button[type=submit]");
  const maxBytes = Number(form.dataset.maxBytes);

  for (const kind of ["dragenter", "dragover"]) {
    area.addEventListener(kind, (event) => { event.preventDefault(); area.classList.add("is-over"); });
  }
  for (const kind of ["dragleave", "drop"]) {
    area.addEventListener(kind, () => area.classList.remove("is-over"));
  }
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
  // A file that misses the area must not replace the page.
  for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());

  const line = (name) => {
    const item = document.createElement("li");
    const title = document.createElement("span");
    title.textContent = name;
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `${name} 的上传进度`);
    item.append(title, bar);
    list.append(item);
    return { item, bar };
  };

  const finish = ({ item, bar }, answer) => {
    const said = document.createElement(answer.url ? "a" : "span");
    if (answer.url) said.href = answer.url;
    said.textContent = answer.url ? "已上传，去修改" : answer.error;
    said.className = answer.url ? "is-done" : "is-wrong";
    bar.replaceWith(said);
  };

  const send = (file, shown) => new Promise((resolve) => {
    const data = new FormData();
    for (const name of ["csrf_token", "category_id"]) data.append(name, form.elements[name].value);
    data.append("file", file);
    const call = new XMLHttpRequest();
    call.open("POST", form.action);
    call.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    call.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) shown.bar.value = event.loaded / event.total;
    });
    call.addEventListener("loadend", () => {
      let answer = null;
      try { answer = JSON.parse(call.responseText); } catch { /* not ours */ }
      if (!answer || !(answer.url || answer.error)) answer = { error: "没有上传成功，请稍后重试。" };
      resolve(answer);
    });
    call.send(data);
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const files = [...input.files].map((file) => [file, line(file.name)]);
    input.value = "";
    button.disabled = true;
    window.onbeforeunload = () => true;
    for (const [file, shown] of files) {
      const isTooLarge = file.size > maxBytes;
      finish(shown, isTooLarge ? { error: `文件不能超过 ${form.dataset.maxSize}。` } : await send(file, shown));
    }
    window.onbeforeunload = null;
    button.disabled = false;
  });
}
