// 预约会议室: a start that is moved takes the end along, so that the meeting stays as long.
"use strict";

const start = document.getElementById("book-reserve_from");
const end = document.getElementById("book-reserve_to");
// Both are read as UTC: only the difference counts.
const reckoned = (field) => Date.parse(`${field.value}Z`);
let length = reckoned(end) - reckoned(start);
end.addEventListener("change", () => { length = reckoned(end) - reckoned(start); });
start.addEventListener("change", () => {
  if (!(length > 0) || Number.isNaN(reckoned(start))) return;
  end.value = new Date(reckoned(start) + length).toISOString().slice(0, 16);
});
