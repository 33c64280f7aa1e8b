// The board with the mouse or a pen: over free time to book it, a reservation along or to another room,
// its edges to make it longer or shorter. A finger scrolls, and taps.
import { make } from "./nodes.js";
import { clockSpan } from "./zone.js";

const FAR = 5;  // pixels: less is a click
const EDGE = 8;
const NEAR_BORDER = 48;

export class BoardDrag {
  #drag = null;
  #hasDragged = false;
  #scrolling = 0;

  constructor(host, actions) {
    Object.assign(this, { host, actions, table: actions.table, step: actions.settings.step * 1000 });
    this.ghost = make("div", "board-ghost");
    host.addEventListener("pointerdown", (event) => this.#begin(event));
    host.addEventListener("pointermove", (event) => this.#hint(event));
    host.addEventListener("click", (event) => this.#click(event));
    window.addEventListener("pointermove", (event) => this.#move(event));
    window.addEventListener("pointerup", () => this.#drop());
    window.addEventListener("pointercancel", () => this.#end());
    window.addEventListener("keydown", ({ key }) => { if (key === "Escape") this.#end(); });
    window.addEventListener("blur", () => this.#end());
  }

  get isDragging() {
    return Boolean(this.#drag);
  }

  #eventOf(node) {
    return this.table.events?.get(node?.dataset.id);
  }

  // Which part of a box the mouse is over. What begins or ends on another day has no edge here.
  #part(box, x) {
    const { left, right, width } = box.getBoundingClientRect();
    const { start, end } = this.#eventOf(box);
    const { scale } = this.table.shown;
    const edge = Math.min(EDGE, width / 4);
    if (x - left < edge && start >= scale.first) return "start";
    return right - x < edge && end <= scale.end ? "end" : "whole";
  }

  #hint({ target, clientX, pointerType }) {
    const box = pointerType === "mouse" && !this.#drag && target.closest?.(".board-event.is-open");
    if (box) box.dataset.part = this.#part(box, clientX);
  }

  #wall(lane, x) {
    const { left, width } = lane.getBoundingClientRect();
    return this.table.shown.scale.wall((x - left) / width);
  }

  #begin(event) {
    this.#hasDragged = false;
    if (event.button || event.pointerType === "touch" || !this.actions.settings.mayChange) return;
    const lane = event.target.closest(".board-lane");
    if (!lane) return;
    const box = event.target.closest(".board-event");
    const held = this.#eventOf(box);
    if (box && !held?.isOpen) return;
    if (!box) event.preventDefault();  // selects no text
    this.host.focus({ preventScroll: true });
    this.#drag = {
      held, box, lane, part: box ? this.#part(box, event.clientX) : "new",
      x: event.clientX, y: event.clientY, wall: this.#wall(lane, event.clientX), isFar: false, wanted: null,
    };
  }

  #move({ clientX, clientY }) {
    const drag = this.#drag;
    if (!drag) return;
    if (!drag.isFar && Math.hypot(clientX - drag.x, clientY - drag.y) < FAR) return;
    drag.isFar = true;
    drag.at = { x: clientX, y: clientY };
    drag.box?.classList.add("is-held");
    this.#follow();
    if (!this.#scrolling) this.#scroll();
  }

  // The room under the mouse; between two rooms, or beside them, the last one.
  #laneUnder({ x, y }) {
    const { left, right } = this.host.getBoundingClientRect();
    const under = document.elementsFromPoint(Math.min(Math.max(x, left + 2), right - 2), y);
    const row = under.map((node) => node.closest("tr")).find((each) => each?.querySelector(".board-lane"));
    return row?.querySelector(".board-lane");
  }

  #follow() {
    const drag = this.#drag;
    const { step } = this;
    const wall = this.#wall(drag.lane, drag.at.x);
    const { held } = drag;
    if (drag.part === "new") {
      const room = Number(drag.lane.dataset.room);
      // Not over what is there already.
      const beside = this.actions.eventsOf(room);
      const before = Math.max(...beside.filter(({ end }) => end <= drag.wall).map(({ end }) => end), -Infinity);
      const after = Math.min(...beside.filter(({ start }) => start > drag.wall).map(({ start }) => start), Infinity);
      const [first, last] = [Math.min(drag.wall, wall), Math.max(drag.wall, wall)];
      drag.wanted = { room, start: Math.max(before, Math.floor(first / step) * step), end: Math.min(after, Math.ceil(last / step) * step) };
    } else {
      const by = Math.round((wall - drag.wall) / step) * step;
      const wanted = { room: held.room, start: held.start, end: held.end };
      if (drag.part === "start") wanted.start = Math.min(held.start + by, held.end - step);
      if (drag.part === "end") wanted.end = Math.max(held.end + by, held.start + step);
      if (drag.part === "whole") {
        drag.over = this.#laneUnder(drag.at) ?? drag.over ?? drag.lane;
        Object.assign(wanted, { room: Number(drag.over.dataset.room), start: held.start + by, end: held.end + by });
      }
      drag.wanted = wanted;
    }
    this.showGhost(drag.wanted);
  }

  showGhost({ room, start, end }) {
    this.ghost.textContent = clockSpan(start, end);
    if (this.table.lay(this.ghost, start, end)) this.table.lane(room)?.append(this.ghost);
  }

  // While the mouse is held near a border.
  #scroll() {
    this.#scrolling = requestAnimationFrame(() => {
      this.#scrolling = 0;
      const at = this.#drag?.at;
      if (!at) return;
      const box = this.host.getBoundingClientRect();
      const names = this.table.inner.querySelector(".board-corner").offsetWidth;
      const speed = (low, high) => (low < 0 ? low : high < 0 ? -high : 0) / 4;
      const sideways = speed(at.x - box.left - names - NEAR_BORDER / 2, box.right - at.x - NEAR_BORDER);
      const down = this.#drag.part === "whole" ? speed(at.y - box.top - NEAR_BORDER - 20, box.bottom - at.y - NEAR_BORDER) : 0;
      if (sideways || down) {
        this.host.scrollBy(sideways, down);
        this.#follow();
      }
      this.#scroll();
    });
  }

  #drop() {
    const drag = this.#drag;
    this.#end();
    if (!drag?.isFar) return;
    this.#hasDragged = true;
    const { held, wanted } = drag;
    if (!held) this.actions.reserve(wanted);
    else if (held.room !== wanted.room || held.start !== wanted.start || held.end !== wanted.end) this.actions.change(held, wanted);
  }

  #end() {
    this.#drag?.box?.classList.remove("is-held");
    if (this.#drag) this.ghost.remove();
    this.#drag = null;
    cancelAnimationFrame(this.#scrolling);
    this.#scrolling = 0;
  }

  // A click opens; a tap on free time books the shortest.
  #click(event) {
    if (this.#hasDragged) { this.#hasDragged = false; return; }
    const box = event.target.closest(".board-event");
    if (box) { this.actions.open(this.#eventOf(box)); return; }
    const lane = event.target.closest(".board-lane");
    if (!lane || event.pointerType !== "touch" || !this.actions.settings.mayChange) return;
    const start = Math.floor(this.#wall(lane, event.clientX) / this.step) * this.step;
    this.actions.reserve({ room: Number(lane.dataset.room), start, end: start + this.step });
  }
}
