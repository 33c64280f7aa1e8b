// Moments as people here say them: in the site's zone, whatever zone the browser is in.

export class Times {
  constructor(zone) {
    const shown = (options) => {
      const format = new Intl.DateTimeFormat("zh-CN", { timeZone: zone, ...options });
      return (moment) => format.format(moment);
    };
    this.clock = shown({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.day = shown({ month: "long", day: "numeric" });
    this.dayAndWeekday = shown({ month: "long", day: "numeric", weekday: "short" });
    this.month = shown({ year: "numeric", month: "long" });
    this.numbers = shown({ month: "numeric", day: "numeric" });
    this.weekday = shown({ weekday: "short" });
  }

  span(start, end) {
    const isOneDay = this.dayAndWeekday(start) === this.dayAndWeekday(end);
    const last = isOneDay ? "" : `${this.dayAndWeekday(end)} `;
    return `${this.dayAndWeekday(start)} ${this.clock(start)}–${last}${this.clock(end)}`;
  }
}
