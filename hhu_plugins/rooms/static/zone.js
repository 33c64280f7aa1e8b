// Clocks on the wall in the site's zone. A wall time is counted in milliseconds as if it were UTC, so
// that days are equally long and can be reckoned with, whatever zone the browser is in.

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

// No clock is changed but at a quarter of an hour.
const QUARTER = HOUR / 4;

export class Zone {
  #offsets = new Map();
  #format;

  constructor(name) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: name, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    });
  }

  wall(moment) {
    return moment + this.#offset(moment);
  }

  // Of a wall time that is skipped: the moment in which it would have been.
  moment(wall) {
    return wall - this.#offset(wall - this.#offset(wall));
  }

  #offset(moment) {
    const quarter = Math.floor(moment / QUARTER);
    let offset = this.#offsets.get(quarter);
    if (offset === undefined) {
      const parts = Object.fromEntries(this.#format.formatToParts(quarter * QUARTER).map(({ type, value }) => [type, Number(value)]));
      offset = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) - quarter * QUARTER;
      this.#offsets.set(quarter, offset);
    }
    return offset;
  }
}

export const midnight = (wall) => Math.floor(wall / DAY) * DAY;
export const isoDate = (wall) => new Date(wall).toISOString().slice(0, 10);
export const clock = (wall) => new Date(wall).toISOString().slice(11, 16);
// 10:00–11:30, and 22:00–24:00 where it ends at midnight.
export const clockSpan = (start, end) => `${clock(start)}–${end % DAY === 0 && end > start ? "24:00" : clock(end)}`;
