// Times that are stored are whole steps from midnight; people see what becomes of others before.
import { askAboutTimes } from "./dialogs.js";

// These times as they would be stored; null where the person does not want them so.
export async function onTheGrid({ start, end }, times, step) {
  const beyond = (moment) => {
    const [hours, minutes] = times.clock(moment).split(":").map(Number);
    return ((hours * 60 + minutes) * 60 + moment.getSeconds()) % step;
  };
  const more = beyond(end) && step - beyond(end);
  if (!beyond(start) && !more) return { start, end };
  const first = new Date(start.getTime() - beyond(start) * 1000);
  const last = new Date(end.getTime() + more * 1000);
  const sentence = `${times.span(start, end)} 会存为 ${times.clock(first)}–${times.clock(last)}。`;
  return (await askAboutTimes(sentence)) ? { start: first, end: last } : null;
}
