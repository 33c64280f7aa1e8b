// 冲突查询: the form that was opened, or refused, comes into view and gets the focus.
"use strict";

const opened = document.querySelector("form[data-open]");
if (opened) {
  opened.closest("li, .taken").scrollIntoView();
  if (!opened.querySelector("[data-focus]")) {
    opened.querySelector(".is-invalid, select, input:not([type=hidden])")?.focus({ preventScroll: true });
  }
}
