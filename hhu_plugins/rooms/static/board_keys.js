// The board with the keyboard: a cursor that goes through time and rooms does what the mouse does.
import { make } from "./nodes.js";
import { clockSpan, HOUR } from "./zone.js";

const ALONG = { ArrowLeft: -1, ArrowRight: 1 };
const DOWN = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 };

const spanOf = ({ room, start, end }) => ({ room, start, end });

export class BoardKeys {
  #at = null;    // room, start, end: free time, or that of the reservation under the cursor
  #held = null;  // the reservation that is being moved

  constructor(host, said, actions) {
    Object.assign(this, { host, said, actions, table: actions.table, step: actions.settings.step * 1000 });
    this.ghost = make("div", "board-ghost is-cursor");
    host.addEventListener("keydown", (event) => this.#press(event));
    host.addEventListener("blur", () => { this.ghost.remove(); this.#held = null; });
  }

  get #rooms() {
    return this.table.shown?.rooms ?? [];
  }

  #under({ room, start }) {
    return this.actions.eventsOf(room).find((each) => each.start <= start && each.end > start);
  }

  #press(event) {
    // Links and boxes that were clicked do what they always do.
    if (event.target !== this.host && (event.key === "Enter" || event.key === " ")) return;
    if (event.altKey || event.metaKey || !this.#rooms.length || !this.#handle(event)) return;
    event.preventDefault();
    if (event.target !== this.host) this.host.focus({ preventScroll: true });
    this.#show();
  }

  #handle({ key, shiftKey, ctrlKey }) {
    const { scale } = this.table.shown;
    const at = this.#at;
    const isNew = !at || at.end <= scale.first || at.start >= scale.end || !this.#rooms.some(({ id }) => id === at.room);
    if (isNew) {
      if (!(key in ALONG) && !(key in DOWN) && key !== "Home" && key !== "End") return false;
      this.#held = null;
      this.#goTo(this.#rooms[0].id, this.#slot(this.#firstTime()));
      return true;
    }
    if (key === "Escape" && this.#held) { this.#at = spanOf(this.#held); this.#held = null; return true; }
    if (key === "Enter") { this.#enter(); return true; }
    if (key === " ") { if (this.#held) this.#enter(); else this.#take(); return true; }
    if (key in ALONG) { this.#along(ALONG[key] * this.step, shiftKey, ctrlKey); return true; }
    if (key in DOWN) { this.#down(DOWN[key]); return true; }
    if (key === "Home" || key === "End") {
      const perDay = this.#slots / scale.days;
      const day = Math.floor(this.#slot(at.start) / perDay);
      if (!this.#held) this.#goTo(at.room, key === "Home" ? day * perDay : (day + 1) * perDay - 1);
      return true;
    }
    return false;
  }

  // The next hour, or where today isn't shown, nine o'clock.
  #firstTime() {
    const { scale } = this.table.shown;
    const now = this.actions.now();
    return now >= scale.first && now < scale.end - HOUR ? Math.ceil(now / HOUR) * HOUR : scale.first + 9 * HOUR;
  }

  // The shown times are so many slots, one after the other: between two days there is no night.
  get #slots() {
    const { scale } = this.table.shown;
    return (scale.days * scale.hours * HOUR) / this.step;
  }

  #slot(wall, round = Math.floor) {
    return round(this.table.shown.scale.fraction(wall) * this.#slots + (round === Math.floor ? 1e-6 : -1e-6));
  }

  #goTo(room, slot) {
    const nearest = Math.min(Math.max(slot, 0), this.#slots - 1);
    const start = Math.round(this.table.shown.scale.wall(nearest / this.#slots + 1e-9) / this.step) * this.step;
    const under = this.#under({ room, start });
    this.#at = under ? spanOf(under) : { room, start, end: start + this.step };
  }

  #along(by, isEnd, isStart) {
    const at = this.#at;
    const isLongEnough = ({ start, end }) => end - start >= this.step;
    if (this.#held || isEnd || isStart) {
      const wanted = { ...at, start: at.start + (isEnd ? 0 : by), end: at.end + (isStart ? 0 : by) };
      // Of a reservation that isn't held nothing changes.
      if ((this.#held || !this.#under(at)) && isLongEnough(wanted)) this.#at = wanted;
      return;
    }
    const here = this.#slot(at.start);
    const isBetween = at.start % this.step !== 0;
    this.#goTo(at.room, by < 0 ? here - (isBetween ? 0 : 1) : this.#under(at) ? this.#slot(at.end, Math.ceil) : here + 1);
  }

  #down(by) {
    const rooms = this.#rooms;
    const index = rooms.findIndex(({ id }) => id === this.#at.room) + by;
    const { id } = rooms[Math.min(Math.max(index, 0), rooms.length - 1)];
    if (this.#held) this.#at.room = id;
    else this.#goTo(id, this.#slot(this.#at.start));
  }

  #take() {
    const under = this.#under(this.#at);
    if (under?.isOpen) this.#held = under;
  }

  #enter() {
    const held = this.#held;
    const at = this.#at;
    if (held) {
      this.#held = null;
      if (held.room !== at.room || held.start !== at.start || held.end !== at.end) this.actions.change(held, at);
      return;
    }
    const under = this.#under(at);
    if (under) this.actions.open(under);
    else if (this.actions.settings.mayChange) this.actions.reserve(at);
  }

  #show() {
    const { room, start, end } = this.#at;
    const lane = this.table.lane(room);
    this.ghost.classList.toggle("is-held", Boolean(this.#held));
    this.ghost.textContent = this.#held || !this.#under(this.#at) ? clockSpan(start, end) : "";
    if (this.table.lay(this.ghost, start, end)) lane.append(this.ghost);
    this.ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.said.textContent = this.#words();
  }

  #words() {
    const { room, start, end } = this.#at;
    const name = this.#rooms.find(({ id }) => id === room).name;
    const where = `${name} ${clockSpan(start, end)}`;
    if (this.#held) return `${where}，正在移动，按回车保存`;
    const under = this.#under(this.#at);
    if (under) {
      const { who, what } = this.actions.describe(under);
      return `${where}，${who}，${what}${under.isOpen ? "，按回车查看，按空格移动" : "，按回车查看"}`;
    }
    const closed = this.actions.closedOf(room).find((each) => each.start < end && each.end > start);
    return `${where}，${closed ? `不开放：${closed.reason}` : "空闲"}`;
  }
}
