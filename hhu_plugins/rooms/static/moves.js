// Changing when and where a reservation is, with the questions that the server and the grid ask.
import { post, Refusal } from "./asking.js";
import { askAboutLimits } from "./dialogs.js";
import { onTheGrid } from "./grid.js";

export class Moves {
  constructor(settings, times) {
    Object.assign(this, { settings, times });
  }

  // From and to: `start` and `end`, as Dates, and the id of the `room`. Answers with what the server
  // says, or null where the person would rather not. Raises Refusal.
  async move(id, was, wanted) {
    const isElsewhen = +was.start !== +wanted.start || +was.end !== +wanted.end;
    const stored = isElsewhen ? await onTheGrid(wanted, this.times, this.settings.step) : wanted;
    return stored && this.#save(id, was, { ...wanted, ...stored });
  }

  // Where it was may have been beyond the limits, too: it has been there before.
  back(id, now, was) {
    return this.#save(id, now, was, true);
  }

  async #save(id, was, wanted, knowingly = false) {
    const values = {
      id, was_from: was.start, was_to: was.end, was_room_id: was.room,
      reserve_from: wanted.start, reserve_to: wanted.end, room_id: wanted.room, knowingly,
    };
    try {
      return await post(this.settings.urls.move, values, this.settings.csrf);
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || !refusal.needsConsent) throw refusal;
      const sentence = refusal.message.split("确有需要")[0];
      return (await askAboutLimits(sentence)) ? this.#save(id, was, wanted, true) : null;
    }
  }
}
