// 排期: all rooms and their day or week, to be dragged. Times are the site's, whatever zone the browser
// is in; within these modules they are wall times (zone.js).
import { get, post } from "./asking.js";
import { BoardDrag } from "./board_drag.js";
import { BoardKeys } from "./board_keys.js";
import { BoardTable } from "./board_table.js";
import { Choice } from "./choosing.js";
import { say, showDetails } from "./dialogs.js";
import { Filters } from "./filters.js";
import { drawFreeRooms } from "./free_rooms.js";
import { remember } from "./memory.js";
import { Moves } from "./moves.js";
import { grouped } from "./nodes.js";
import { officeHours, Scale } from "./scale.js";
import { Times } from "./times.js";
import { DAY, isoDate, midnight, Zone } from "./zone.js";

const element = (id) => document.getElementById(id);
const settings = JSON.parse(element("board").dataset.settings);
const zone = new Zone(settings.zone);
const times = new Times(settings.zone);
const moves = new Moves(settings, times);
const isNarrow = window.matchMedia("(max-width: 40rem)");
const select = element("cal-room");

const asked = new URLSearchParams(settings.asked);
let view = settings.view;
let day = /^\d{4}-\d{2}-\d{2}$/.test(asked.get("date") ?? "") && Date.parse(asked.get("date")) ? Date.parse(asked.get("date")) : midnight(now());
let choice = new Choice(settings.rooms, asked.get("place") ? `place:${asked.get("place")}` : "");
let found = { events: [], closed: new Map() };
let people = {};
let newest = 0;

const filters = new Filters(settings.rooms, asked, () => { draw(); noteAddress(); });
const table = new BoardTable(element("board"), { settings, now, content: describe });
const actions = { reserve, change, open, eventsOf, closedOf, settings, table, now, describe };
const drag = new BoardDrag(element("board"), actions);
new BoardKeys(element("board"), element("board-said"), actions);

function now() {
  return zone.wall(Date.now());
}

function span() {
  if (view !== "board-week" || isNarrow.matches) return [day, 1];
  return [day - ((new Date(day).getUTCDay() + 6) % 7) * DAY, 7];
}

async function load() {
  const [first, days] = span();
  const number = ++newest;
  element("cal-busy").hidden = false;
  showTitle(first, days);
  noteAddress();
  try {
    const window_ = { start: iso(first), end: iso(first + days * DAY) };
    const answer = await get(settings.urls.events, { ...window_, ...choice.parameters });
    if (number !== newest) return;  // somewhere else meanwhile
    people = answer.people;
    found = read(answer);
    draw();
  } catch (refusal) {
    say(refusal.message, { isBad: true });
  }
  if (number === newest) element("cal-busy").hidden = true;
}

const iso = (wall) => new Date(zone.moment(wall)).toISOString();

function asEvent(row) {
  const [start, end] = [zone.wall(Date.parse(row.from)), zone.wall(Date.parse(row.to))];
  return { id: row.id, room: row.room, start, end, text: row.text, person: people[row.person], isOpen: settings.mayChange && end > now() };
}

function read(answer) {
  const closed = new Map();
  for (const { from, to, reason, closure, rooms } of answer.closed) {
    const stretch = { start: zone.wall(Date.parse(from)), end: zone.wall(Date.parse(to)), reason, isClosure: closure };
    for (const room of rooms) {
      if (!closed.has(room)) closed.set(room, []);
      closed.get(room).push(stretch);
    }
  }
  return { events: grouped(answer.events.map(asEvent), ({ room }) => room), closed };
}

function eventsOf(room) {
  return found.events.get(room) ?? [];
}

function closedOf(room) {
  return found.closed.get(room) ?? [];
}

function draw(hours = null) {
  const [first, days] = span();
  const inPlace = settings.rooms.filter((room) => !choice.value || room.place === choice.parameters.place);
  const spans = inPlace.flatMap((room) => eventsOf(room.id));
  const scale = new Scale(first, days, hours ?? (days > 1 ? officeHours(spans) : undefined));
  // A phone tells those that are taken from those that are free.
  const taken = (room) => (isNarrow.matches ? [] : [...eventsOf(room.id), ...closedOf(room.id)]);
  const rooms = inPlace.filter((room) => filters.accepts(room, scale, taken(room)));
  element("board").hidden = isNarrow.matches;
  element("board-free").hidden = !isNarrow.matches;
  element("board-count").textContent = rooms.length === inPlace.length ? `${rooms.length} 间会议室` : `${inPlace.length} 间中的 ${rooms.length} 间`;
  const hue = (room) => choice.hue(room);
  if (isNarrow.matches) drawFreeRooms(element("board-free"), { rooms, scale, eventsOf, closedOf, now: now(), wanted: filters.wanted(scale.first), roomUrl, reserve: settings.mayChange ? reserve : null, settings });
  else table.draw({ rooms, scale, eventsOf, closedOf, hue, roomUrl });
}

function describe(event) {
  return { who: event.person?.name ?? "", what: event.text, when: times.span(zone.moment(event.start), zone.moment(event.end)), room: choice.rooms.get(event.room)?.name ?? "" };
}

const place = ({ start, end, room }) => ({ start: new Date(zone.moment(start)), end: new Date(zone.moment(end)), room });

// What is refused stays where it was, and says why.
async function change(event, wanted) {
  try {
    const answer = await moves.move(event.id, place(event), place(wanted));
    if (!answer) return;
    const moved = asEvent(answer.events[0]);
    const where = moved.room === event.room ? "" : ` ${describe(moved).room}，`;
    say(`已改到${where}${describe(moved).when}。`, { undo: () => undo(event, moved) });
  } catch (refusal) {
    say(`没有改动：${refusal.message}`, { isBad: true });
  }
  await load();
}

async function undo(event, moved) {
  try {
    await moves.back(event.id, place(moved), place(event));
    say("已经撤销。");
  } catch (refusal) {
    say(`没有撤销：${refusal.message}`, { isBad: true });
  }
  load();
}

function open(event) {
  const { who, what, when, room } = describe(event);
  const about = {
    room, when, name: who, phone: event.person.phone, email: event.person.email, text: what, mayChange: event.isOpen,
    url: `${settings.urls.reservations}${event.id}/?${new URLSearchParams({ back: here() })}`,
  };
  showDetails(about, async (reason) => {
    await post(settings.urls.cancel, { id: event.id, reason }, settings.csrf);
    say(`已取消 ${room} ${when} 的预约。`);
    load();
  });
}

// The form opens, filled in.
function reserve({ room, start, end }) {
  const last = Math.max(end, start + settings.shortest * 1000);
  const values = { room, start: iso(start), end: iso(last), back: here() };
  location.assign(`${settings.urls.book}?${new URLSearchParams(values)}`);
}

function roomUrl(room) {
  return address({ view: isNarrow.matches ? "day" : "week", room, date: isoDate(day) });
}

const address = (parameters) => `${settings.urls.page}?${new URLSearchParams(parameters)}`;
const here = () => address({ view, date: isoDate(day), ...choice.parameters, ...filters.parameters });

function noteAddress() {
  history.replaceState(null, "", here());
  remember(settings, { view, ...choice.parameters });
}

function showTitle(first, days) {
  const name = (wall) => times.dayAndWeekday(zone.moment(wall + DAY / 2));
  element("cal-title").textContent = days > 1 ? `${times.day(zone.moment(first))} – ${times.day(zone.moment(first + (days - 1) * DAY))}` : name(first);
  element("cal-date").value = isoDate(day);
  for (const button of document.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", button.dataset.view === view);
}

const steps = { today: () => midnight(now()), prev: () => day - span()[1] * DAY, next: () => day + span()[1] * DAY };
for (const button of document.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => { day = steps[button.dataset.step](); load(); });
}
element("cal-date").addEventListener("change", ({ target }) => { if (target.value) { day = Date.parse(target.value); load(); } });
const otherViews = { dayGridMonth: "month", timeGridWeek: "week", timeGridDay: "day", list: "list" };
for (const button of document.querySelectorAll("[data-view]")) {
  button.addEventListener("click", () => {
    const other = otherViews[button.dataset.view];
    if (other) { location.assign(address({ view: other, date: isoDate(day), ...choice.parameters })); return; }
    view = button.dataset.view;
    load();
  });
}
select.value = choice.value;
window.jQuery(select).select2({ width: "100%", language: { noResults: () => "没有找到。" } }).on("change", () => {
  const wanted = new Choice(settings.rooms, select.value);
  if (wanted.roomId) { location.assign(roomUrl(wanted.roomId)); return; }
  choice = wanted;
  load();
});
isNarrow.addEventListener("change", load);
setInterval(() => { if (!drag.isDragging) table.moveNow(); }, 60_000);
// On paper nobody scrolls: all rows, and no hours of the night.
window.addEventListener("beforeprint", () => {
  const [first] = span();
  const spans = settings.rooms.flatMap((room) => eventsOf(room.id)).filter(({ start }) => start >= first);
  draw(officeHours(spans));
  table.drawAll();
});
window.addEventListener("afterprint", () => draw());
load();
