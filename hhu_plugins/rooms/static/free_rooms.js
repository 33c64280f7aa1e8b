// A phone shows who is free: now, or when it was asked for; a room leads to its day.
import { facts, grouped, make, shortName } from "./nodes.js";
import { clock, clockSpan, HOUR } from "./zone.js";

// `wanted`: start and end, or null; `reserve`: null where they may only look.
export function drawFreeRooms(host, { rooms, scale, eventsOf, closedOf, now, wanted, roomUrl, reserve, settings }) {
  const isToday = now >= scale.first && now < scale.end;
  const step = settings.step * 1000;
  const start = Math.floor(now / step) * step;
  const asked = wanted ?? (isToday ? { start: now, end: now + 1 } : { start: scale.first, end: scale.end });
  const booked = wanted ?? (isToday ? { start, end: Math.max(start + HOUR, start + settings.shortest * 1000) } : { start: scale.first + 9 * HOUR, end: scale.first + 10 * HOUR });
  // Of a whole day the nights don't count.
  const isWhole = !wanted && !isToday;
  const closed = (room) => closedOf(room).filter(({ isClosure }) => isClosure || !isWhole);
  const all = rooms.map((room) => ({ room, count: eventsOf(room.id).length, ...stateOf([...eventsOf(room.id), ...closed(room.id)], asked) }));
  const free = all.filter(({ by }) => !by);
  const rest = all.filter(({ by }) => by);
  const when = wanted ? `${clockSpan(wanted.start, wanted.end)} ` : isToday ? "现在" : "全天";
  const sections = [
    section(`${when}空闲`, free, ({ room, until }) => line(room, isWhole ? "没有预约" : freeText(until, scale.end), reserve && (() => reserve({ room: room.id, ...booked })))),
    section(isWhole ? "有安排" : `${when}不空闲`, rest, ({ room, by, count }) => line(room, isWhole && count ? `${count} 个预约` : busyText(by), null)),
  ];
  host.replaceChildren(...(rooms.length ? sections.filter(Boolean) : [make("p", "empty", "没有符合条件的会议室。")]));

  function section(title, entries, draw) {
    if (!entries.length) return null;
    const box = make("section", "free");
    const head = make("h3", "", title);
    head.append(make("small", "", ` ${entries.length} 间`));
    box.append(head);
    for (const [place, here] of grouped(entries, ({ room }) => room.place)) {
      const list = make("ul", "");
      list.append(...here.map(draw));
      box.append(make("h4", "", place), list);
    }
    return box;
  }

  function line(room, text, book) {
    const item = make("li", "");
    const link = make("a", "", shortName(room));
    link.href = roomUrl(room.id);
    link.append(make("small", "", facts(room)), make("span", "", text));
    item.append(link);
    if (book) {
      const button = make("button", "btn btn-outline-secondary btn-sm", "预约");
      button.type = "button";
      button.setAttribute("aria-label", `预约 ${room.name}`);
      button.addEventListener("click", book);
      item.append(button);
    }
    return item;
  }
}

// What takes the time away, or until when it is free.
function stateOf(taken, { start, end }) {
  const sorted = taken.sort((one, other) => one.start - other.start);
  const by = sorted.find((each) => each.start < end && each.end > start);
  return { by, until: sorted.find((each) => each.start >= end)?.start };
}

function freeText(until, end) {
  return until && until < end ? `空闲至 ${clock(until)}` : "之后都空闲";
}

function busyText(by) {
  if (by.reason) return `不开放：${by.reason}`;
  return `${clockSpan(by.start, by.end)} ${by.person?.name ?? ""}`;
}
