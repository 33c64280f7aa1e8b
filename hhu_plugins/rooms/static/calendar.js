// 预约日历. Times are the site's, whatever zone the browser is in.
import { get, post } from "./asking.js";
import { Choice } from "./choosing.js";
import { say, showDetails } from "./dialogs.js";
import { remember } from "./memory.js";
import { Moves } from "./moves.js";
import { make } from "./nodes.js";
import { Times } from "./times.js";

const host = document.getElementById("calendar");
const settings = JSON.parse(host.dataset.settings);
const times = new Times(settings.zone);
const moves = new Moves(settings, times);
const select = document.getElementById("cal-room");
const asked = new URLSearchParams(settings.asked);
const isNarrow = window.matchMedia("(max-width: 40rem)").matches;
const VIEWS = { month: "dayGridMonth", week: "timeGridWeek", day: "timeGridDay", list: "list" };
const nameOfView = (type) => Object.keys(VIEWS).find((name) => type.startsWith(VIEWS[name]));

let choice = new Choice(settings.rooms, asked.get("room") ? `room:${asked.get("room")}` : asked.get("place") ? `place:${asked.get("place")}` : "");
let people = {};

// A list of all rooms is long enough with one day.
const typeOfView = (name) => (name === "list" ? (choice.value && choice.roomId ? "listWeek" : "listDay") : VIEWS[name]);
// The hours of a day scroll in a window of their own; the rest is as long as it is.
const heightOf = (type) => (type.startsWith("timeGrid") ? Math.max(520, window.innerHeight - (isNarrow ? 190 : 250)) : "auto");
const firstView = settings.view;

function asEvent(row) {
  const end = new Date(row.to);
  const mayChange = settings.mayChange && end > new Date();
  return {
    id: String(row.id),
    start: row.from,
    end: row.to,
    title: `${choice.rooms.get(row.room)?.name ?? ""} ${people[row.person]?.name ?? ""}`,
    startEditable: mayChange,
    durationEditable: mayChange,
    color: "var(--hue)",
    contrastColor: "inherit",
    className: `cal-event hue-${choice.hue(row.room)}${end <= new Date() ? " is-past" : ""}`,
    extendedProps: { row, mayChange },
  };
}

function asClosed({ from, to, reason, closure }) {
  const extendedProps = { hint: `不开放：${reason}`, mayBook: !closure };
  return { start: from, end: to, title: closure ? reason : "", display: "background", className: closure ? "cal-closed is-closure" : "cal-closed", extendedProps };
}

async function load(window_, done, failed) {
  try {
    const found = await get(settings.urls.events, { start: window_.startStr, end: window_.endStr, ...choice.parameters });
    people = { ...people, ...found.people };
    // Of many rooms that would be as many stretches on top of each other.
    done([...found.events.map(asEvent), ...(choice.roomId ? found.closed.map(asClosed) : [])]);
  } catch (refusal) {
    say(refusal.message, { isBad: true });
    failed(refusal);
  }
}

function content(info) {
  const { row } = info.event.extendedProps;
  if (!row) return info.event.display === "background" ? info.event.title : info.timeText;  // what is being dragged over
  const nodes = [];
  const put = (name, text) => { if (text) nodes.push(make("span", name, text)); };
  const { start, end } = info.event;
  const isMonth = info.view.type === VIEWS.month;
  put("cal-time", isMonth ? times.clock(start) : `${times.clock(start)}–${times.clock(end)}`);
  const where = choice.shortName(row.room);
  const who = people[row.person]?.name;
  // In a month's narrow cells the room has a line of its own.
  if (isMonth) { put("cal-who", who); put("cal-where", where); } else { put("cal-where", where); put("cal-who", who); }
  put("cal-what", row.text);
  const box = make("div", info.isShort ? "cal-content is-short" : "cal-content");
  box.append(...nodes);
  return { domNodes: [box] };
}

// Move a reservation to where it was dragged; what is refused goes back and says why.
async function moved(info) {
  const { event, oldEvent } = info;
  const { room } = event.extendedProps.row;
  try {
    const found = await moves.move(Number(event.id), placeOf(oldEvent, room), placeOf(event, room));
    if (!found) { info.revert(); return; }
    const [row] = found.events;
    event.setExtendedProp("row", row);
    event.setDates(row.from, row.to);
    say(`已改到 ${times.span(event.start, event.end)}。`, { undo: () => undo(event.id, placeOf(oldEvent, room)) });
  } catch (refusal) {
    info.revert();
    say(`没有改动：${refusal.message}`, { isBad: true });
    calendar.refetchEvents();
  }
}

const placeOf = ({ start, end }, room) => ({ start, end, room });

async function undo(id, was) {
  const event = calendar.getEventById(id);
  if (!event) return;
  try {
    await moves.back(Number(id), placeOf(event, was.room), was);
    say("已经撤销。");
  } catch (refusal) {
    say(`没有撤销：${refusal.message}`, { isBad: true });
  }
  calendar.refetchEvents();
}

function open({ event, jsEvent }) {
  jsEvent.preventDefault();
  if (!event.extendedProps.row) return;
  const { row, mayChange } = event.extendedProps;
  const person = people[row.person];
  const about = {
    room: choice.rooms.get(row.room)?.name ?? "", when: times.span(event.start, event.end),
    name: person.name, phone: person.phone, email: person.email, text: row.text,
    url: `${settings.urls.reservations}${row.id}/?${new URLSearchParams({ back: here() })}`, mayChange,
  };
  showDetails(about, async (reason) => {
    await post(settings.urls.cancel, { id: row.id, reason }, settings.csrf);
    event.remove();
    say(`已取消 ${about.room} ${about.when} 的预约。`);
  });
}

// Dragging over free time opens the form, filled in.
function reserve(selection) {
  const start = selection.start;
  const end = new Date(Math.max(selection.end, start.getTime() + settings.shortest * 1000));
  const values = { ...choice.parameters, start: start.toISOString(), end: end.toISOString(), back: here() };
  location.assign(`${settings.urls.book}?${new URLSearchParams(values)}`);
}

function here() {
  const date = calendar.formatIso(calendar.getDate()).slice(0, 10);
  return `${settings.urls.page}?${new URLSearchParams({ ...choice.parameters, view: nameOfView(calendar.view.type), date })}`;
}

function openBoard(view) {
  const date = calendar.formatIso(calendar.getDate()).slice(0, 10);
  const { place } = choice.parameters;
  location.assign(`${settings.urls.page}?${new URLSearchParams({ view, date, ...(place ? { place } : {}) })}`);
}

function dated() {
  const { type, currentStart, currentEnd } = calendar.view;
  const last = new Date(currentEnd.getTime() - 1);
  const isDay = type.endsWith("Day");
  document.getElementById("cal-title").textContent =
    type === VIEWS.month ? times.month(currentStart) : isDay ? times.dayAndWeekday(currentStart) : `${times.day(currentStart)} – ${times.day(last)}`;
  requestAnimationFrame(() => host.querySelector("[style*=auto] [role=gridcell]")?.setAttribute("tabindex", "0"));  // an empty day, too, scrolls with the keys
  if (calendar.getOption("height") !== heightOf(type)) calendar.setOption("height", heightOf(type));
  for (const button of document.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", calendar.view.type.startsWith(button.dataset.view));
  }
  document.querySelector(".cal").dataset.viewKind = nameOfView(calendar.view.type);
  history.replaceState(null, "", here());
  remember(settings, { view: nameOfView(type), ...choice.parameters });
}

function drawLegend() {
  const legend = document.getElementById("cal-legend");
  legend.replaceChildren(...choice.legend.map(({ hue, name, value }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `hue-${hue}`;
    button.textContent = name;
    button.title = `只看${name}`;
    button.addEventListener("click", () => { select.value = value; window.jQuery(select).trigger("change"); });
    return button;
  }));
}

const calendar = new FullCalendar.Calendar(host, {
  plugins: FullCalendar.plugins,
  locales: [FullCalendar.locale],
  locale: "zh-cn",
  timeZone: settings.zone,
  initialView: typeOfView(firstView),
  initialDate: /^\d{4}-\d{2}-\d{2}$/.test(asked.get("date") ?? "") ? asked.get("date") : undefined,
  headerToolbar: false,
  height: heightOf(typeOfView(firstView)),
  allDaySlot: false,
  nowIndicator: true,
  scrollTime: "07:30",
  slotDuration: "00:30",
  snapDuration: { seconds: settings.step },
  slotHeaderFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
  eventTimeFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
  navLinks: true,
  navLinkDayClick: (date) => calendar.changeView("timeGridDay", date),
  selectable: settings.mayChange,
  selectMirror: true,
  selectMinDistance: 6,
  selectOverlap: ({ extendedProps }) => !choice.roomId || extendedProps.mayBook === true,
  longPressDelay: 400,
  eventResizableFromStart: true,
  forceEventDuration: true,
  slotEventOverlap: false,
  events: load,
  eventDisplay: "block",
  popoverClass: "cal-popover",
  eventContent: content,
  // What does not fit is told when the mouse rests on it.
  eventDidMount: ({ el, event }) => {
    if (event.extendedProps.hint) el.title = event.extendedProps.hint;
    if (event.extendedProps.row) el.title = `${event.title}\n${times.span(event.start, event.end)}\n${event.extendedProps.row.text}`;
    // FullCalendar calls it a list, whose items are then buttons; to a screen reader it is a group.
    const around = el.parentElement;
    if (around?.getAttribute("role") === "list") { around.setAttribute("role", "group"); around.setAttribute("aria-label", "预约"); }
  },
  eventClick: open,
  eventDrop: moved,
  eventResize: moved,
  select: reserve,
  datesSet: dated,
  loading: (isLoading) => { document.querySelector(".cal-busy").hidden = !isLoading; },
  noEventsText: "没有预约。",
  views: {
    // On a phone a month only tells how many there are on each day.
    dayGridMonth: { dayMaxEvents: isNarrow ? 0 : 4, selectable: false },
    timeGridWeek: { eventMaxStack: isNarrow ? 1 : 3, dayHeaderContent: ({ date }) => (isNarrow ? times.numbers(date) : `${times.weekday(date)} ${times.numbers(date)}`) },
    timeGridDay: { eventMaxStack: isNarrow ? 3 : 10, dayHeaders: false },
    listDay: { listDayHeaderClass: "cal-hidden" },
  },
});

for (const button of document.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => calendar[button.dataset.step]());
}
for (const button of document.querySelectorAll("[data-view]")) {
  const name = nameOfView(button.dataset.view);
  button.addEventListener("click", () => (name ? calendar.changeView(typeOfView(name)) : openBoard(button.dataset.view)));
}
select.value = choice.value;
window.jQuery(select).select2({ width: "100%", language: { noResults: () => "没有找到。" } }).on("change", () => {
  choice = new Choice(settings.rooms, select.value);
  if (nameOfView(calendar.view.type) === "list") calendar.changeView(typeOfView("list"));
  calendar.removeAllEvents();
  calendar.refetchEvents();
  drawLegend();
  dated();
});
drawLegend();
calendar.render();
