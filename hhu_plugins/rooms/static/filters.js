// Which rooms the board shows: by seats, by equipment, and by when they are free.
import { DAY } from "./zone.js";

const element = (id) => document.getElementById(id);

export class Filters {
  // `asked`: URLSearchParams; `changed` is called after each change.
  constructor(rooms, asked, changed) {
    this.seats = element("board-seats");
    this.from = element("board-from");
    this.to = element("board-to");
    this.seats.value = asked.get("seats") ?? "";
    this.from.value = asked.get("from") ?? "";
    this.to.value = asked.get("to") ?? "";
    const wanted = new Set((asked.get("equipment") ?? "").split(" "));
    this.boxes = this.#drawEquipment([...new Set(rooms.flatMap((room) => room.equipment))], wanted);
    for (const field of [this.seats, this.from, this.to, ...this.boxes]) field.addEventListener("input", changed);
    this.seats.form.addEventListener("submit", (event) => event.preventDefault());
    const reset = element("board-reset");
    const tell = () => { reset.hidden = !Object.keys(this.parameters).length; };
    for (const field of [this.seats, this.from, this.to, ...this.boxes]) field.addEventListener("input", tell);
    reset.addEventListener("click", () => {
      for (const field of [this.seats, this.from, this.to]) field.value = "";
      for (const box of this.boxes) box.checked = false;
      tell();
      changed();
    });
    tell();
  }

  #drawEquipment(words, wanted) {
    const box = element("board-equipment");
    box.hidden = !words.length;
    const list = box.querySelector("div");
    for (const word of words.sort((one, other) => one.localeCompare(other, "zh"))) {
      const label = document.createElement("label");
      const input = Object.assign(document.createElement("input"), { type: "checkbox", className: "form-check-input", value: word, checked: wanted.has(word) });
      label.append(input, word);
      list.append(label);
    }
    const boxes = [...list.querySelectorAll("input")];
    const summary = box.querySelector("summary");
    const tell = () => { summary.textContent = boxes.filter(({ checked }) => checked).map(({ value }) => value).join("、") || "不限设备"; };
    list.addEventListener("input", tell);
    element("board-reset").addEventListener("click", () => setTimeout(tell));
    document.addEventListener("pointerdown", ({ target }) => { if (!box.contains(target)) box.open = false; });
    box.addEventListener("keydown", ({ key }) => { if (key === "Escape") { box.open = false; summary.focus(); } });
    tell();
    return boxes;
  }

  get #equipment() {
    return this.boxes.filter(({ checked }) => checked).map(({ value }) => value);
  }

  get parameters() {
    const all = { seats: this.seats.value, from: this.from.value, to: this.to.value, equipment: this.#equipment.join(" ") };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
  }

  // When the rooms are to be free on the day that begins then; null where it does not matter. An end
  // before the start is on the next day.
  wanted(first) {
    if (!this.from.value && !this.to.value) return null;
    const at = (field, otherwise) => (field.value ? first + (Date.parse(`1970-01-01T${field.value}Z`)) : otherwise);
    const start = at(this.from, first);
    const end = at(this.to, first + DAY);
    return { start, end: end > start ? end : end + DAY };
  }

  // `taken`: spans, by reservations and because it is closed. In a week it has to be free every day.
  accepts(room, scale, taken) {
    if (room.seats < Number(this.seats.value)) return false;
    if (!this.#equipment.every((word) => room.equipment.includes(word))) return false;
    const wanted = this.wanted(scale.first);
    if (!wanted) return true;
    for (let day = 0; day < scale.days; day += 1) {
      const [start, end] = [wanted.start + day * DAY, wanted.end + day * DAY];
      if (taken.some((each) => each.start < end && each.end > start)) return false;
    }
    return true;
  }
}
