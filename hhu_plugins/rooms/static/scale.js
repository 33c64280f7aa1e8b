// Where a time is on the board: so many days side by side, each with the same hours.
import { DAY, HOUR } from "./zone.js";

export class Scale {
  // `first`: the wall time of the first midnight.
  constructor(first, days, [from, to] = [0, 24]) {
    Object.assign(this, { first, days, from, to });
  }

  get end() {
    return this.first + this.days * DAY;
  }

  get hours() {
    return this.to - this.from;
  }

  // Between 0 and 1; what lies between the shown hours of two days is where they meet.
  fraction(wall) {
    if (wall <= this.first) return 0;
    if (wall >= this.end) return 1;
    const day = Math.floor((wall - this.first) / DAY);
    const hour = (wall - this.first - day * DAY) / HOUR;
    return (day + (Math.min(Math.max(hour, this.from), this.to) - this.from) / this.hours) / this.days;
  }

  wall(fraction) {
    const at = Math.min(Math.max(fraction, 0), 1 - 1e-9) * this.days;
    const day = Math.floor(at);
    return this.first + day * DAY + (this.from + (at - day) * this.hours) * HOUR;
  }
}

// The hours that hold all of these spans of one day and more, and at least those of an office.
export function officeHours(spans) {
  let [from, to] = [8, 22];
  for (const { start, end } of spans) {
    const hour = (start % DAY) / HOUR;
    from = Math.min(from, Math.floor(hour));
    to = Math.max(to, Math.min(24, Math.ceil(hour + (end - start) / HOUR)));
  }
  return [from, to];
}
