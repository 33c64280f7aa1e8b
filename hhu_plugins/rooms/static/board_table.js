// The table of the board: a row for each room, in it the reservations as boxes. Rows are filled when
// they come into view: a week of two hundred rooms is thousands of boxes.
import { facts, grouped, make, shortName } from "./nodes.js";
import { clock, clockSpan, DAY, HOUR } from "./zone.js";

const WEEKDAYS = "日一二三四五六";

export class BoardTable {
  constructor(host, { settings, now, content }) {
    Object.assign(this, { host, settings, now, content, shown: null });
    this.inner = make("div", "board-inner");
    this.line = make("div", "board-now");
    host.append(this.inner);
    this.observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.#fill(target);
        // Each name that is sticky is a layer of its own to the browser, too many of which stutter.
        target.closest("tr").classList.toggle("is-near", isIntersecting);
      }
    }, { root: host, rootMargin: "400px 0px" });
  }

  draw(shown) {
    const before = this.shown;
    this.shown = shown;
    this.events = new Map();
    this.observer.disconnect();
    const { scale, rooms } = shown;
    const table = make("table", "board-table");
    this.host.classList.toggle("is-week", scale.days > 1);
    this.host.classList.toggle("is-day", scale.days === 1);
    this.host.style.setProperty("--days", scale.days);
    this.host.style.setProperty("--hours", scale.hours);
    table.append(this.#head(scale));
    for (const [place, here] of grouped(rooms, (room) => room.place)) table.append(this.#group(place, here));
    const nothing = rooms.length ? [] : [make("p", "empty", "没有符合条件的会议室。")];
    this.inner.replaceChildren(this.line, table, ...nothing);
    for (const lane of table.querySelectorAll(".board-lane")) this.observer.observe(lane);
    this.moveNow();
    if (before?.scale.days !== scale.days) this.#scrollToMorning();
  }

  drawAll() {
    for (const lane of this.inner.querySelectorAll(".board-lane")) this.#fill(lane);
  }

  #head(scale) {
    const head = document.createElement("thead");
    const row = document.createElement("tr");
    const corner = make("th", "board-corner", "会议室");
    corner.scope = "col";
    const hours = make("th", "board-hours");
    hours.scope = "col";
    const today = this.now();
    if (scale.days > 1) {
      for (let day = scale.first; day < scale.end; day += DAY) {
        const date = new Date(day);
        const isToday = day <= today && today < day + DAY;
        hours.append(make("span", isToday ? "is-today" : "", `周${WEEKDAYS[date.getUTCDay()]} ${date.getUTCMonth() + 1}/${date.getUTCDate()}`));
      }
    } else {
      for (let hour = scale.from; hour < scale.to; hour += 1) hours.append(make("span", "", clock(hour * HOUR)));
    }
    row.append(corner, hours);
    head.append(row);
    return head;
  }

  #group(place, rooms) {
    const group = document.createElement("tbody");
    const title = make("th", "board-place");
    title.colSpan = 2;
    title.scope = "rowgroup";
    const words = make("span", "", place);
    words.append(make("small", "", ` ${rooms.length} 间`));
    title.append(words);
    const head = document.createElement("tr");
    head.append(title);
    group.append(head, ...rooms.map((room) => this.#row(room)));
    return group;
  }

  #row(room) {
    const row = document.createElement("tr");
    const name = make("th", "board-room");
    name.scope = "row";
    const link = make("a", "", shortName(room));
    link.href = this.shown.roomUrl(room.id);
    // One tab stop for the whole board: the list of rooms above leads there as well.
    link.tabIndex = -1;
    name.title = `${room.name}，${facts(room)}`;
    name.append(link, make("small", "", facts(room)));
    // Not the cell itself: what happens in the lane must not lay out the table anew.
    const lane = make("div", "board-lane");
    lane.dataset.room = room.id;
    const cell = document.createElement("td");
    cell.append(lane);
    row.append(name, cell);
    return row;
  }

  #fill(lane) {
    if (lane.dataset.isFilled) return;
    lane.dataset.isFilled = "yes";
    const room = Number(lane.dataset.room);
    const { closedOf, eventsOf } = this.shown;
    const drawn = closedOf(room).map((each) => this.#closed(each));
    for (const event of eventsOf(room)) drawn.push(this.#box(event));
    lane.append(...drawn.filter(Boolean));
  }

  #closed({ start, end, reason, isClosure }) {
    const node = make("div", isClosure ? "board-closed is-closure" : "board-closed");
    if (!this.lay(node, start, end)) return null;
    node.title = `不开放：${reason}`;
    node.append(make("span", isClosure ? "" : "visually-hidden", reason));
    return node;
  }

  #box(event) {
    const { who, what } = this.content(event);
    const isPast = event.end <= this.now();
    const node = make("button", `cal-event board-event hue-${this.shown.hue(event.room)}${isPast ? " is-past" : ""}${event.isOpen ? " is-open" : ""}`);
    if (!this.lay(node, event.start, event.end)) return null;
    node.type = "button";
    node.tabIndex = -1;
    node.dataset.id = event.id;
    node.title = `${clockSpan(event.start, event.end)} ${who}\n${what}`;
    node.setAttribute("aria-label", node.title);
    if (this.shown.scale.days > 1) {
      // In a week there is room for a name from top to bottom, or for nothing. It is cut here: that
      // the browser cuts each of thousands makes scrolling slow.
      const hours = (event.end - event.start) / HOUR;
      if (hours >= 1.5) node.append(make("span", "board-name", who.slice(0, hours < 3 ? 3 : 6)));
    } else {
      node.append(make("span", "cal-who", who), make("span", "cal-what", what));
    }
    this.events.set(String(event.id), event);
    return node;
  }

  // Puts a box of a lane where its time is; false where nothing of it is shown.
  lay(node, start, end) {
    const { scale } = this.shown;
    const [left, right] = [scale.fraction(start), scale.fraction(end)];
    if (right <= left) return false;
    node.style.left = `${left * 100}%`;
    node.style.width = `${(right - left) * 100}%`;
    return true;
  }

  lane(room) {
    return this.inner.querySelector(`.board-lane[data-room="${room}"]`);
  }

  moveNow() {
    const { scale } = this.shown ?? {};
    const wall = this.now();
    this.line.hidden = !scale || wall < scale.first || wall >= scale.end;
    if (!this.line.hidden) this.line.style.setProperty("--at", scale.fraction(wall));
  }

  #scrollToMorning() {
    const { scale } = this.shown;
    const hours = this.inner.querySelector(".board-hours");
    this.host.scrollLeft = scale.days > 1 ? 0 : hours.offsetWidth * scale.fraction(scale.first + 7 * HOUR);
  }
}
