// Which rooms the calendar shows, and in which colours.

const HUES = 10;

export class Choice {
  // `value` as in the select: "", "place:勤学楼" or "room:5".
  constructor(rooms, value) {
    this.rooms = new Map(rooms.map((room) => [room.id, room]));
    this.places = [...new Set(rooms.map((room) => room.place))];
    this.value = this.isKnown(value) ? value : "";
  }

  isKnown(value) {
    const [kind, name] = split(value);
    return (kind === "room" && this.rooms.has(Number(name))) || (kind === "place" && this.places.includes(name));
  }

  get roomId() {
    const [kind, name] = split(this.value);
    return kind === "room" ? Number(name) : null;
  }

  get parameters() {
    const [kind, name] = split(this.value);
    return kind ? { [kind]: name } : {};
  }

  // All rooms: a colour for each place. One place: a colour for each room.
  hue(roomId) {
    const room = this.rooms.get(roomId);
    if (!room) return 0;
    if (!this.value) return this.places.indexOf(room.place) % HUES;
    const beside = [...this.rooms.values()].filter((other) => other.place === room.place);
    return beside.indexOf(room) % HUES;
  }

  // The name of a room where it is clear already in which place it is, or even which one.
  shortName(roomId) {
    const [kind, place] = split(this.value);
    const name = this.rooms.get(roomId)?.name ?? "";
    if (kind === "room") return "";
    return kind === "place" && name.startsWith(place) ? name.slice(place.length).trim() : name;
  }

  // Pairs of hue, name and the value that shows only that.
  get legend() {
    const [kind, name] = split(this.value);
    if (kind === "room") return [];
    const rooms = [...this.rooms.values()];
    if (kind === "place") {
      return rooms.filter((room) => room.place === name)
        .map((room) => ({ hue: this.hue(room.id), name: this.shortName(room.id), value: `room:${room.id}` }));
    }
    return this.places.map((place, index) => ({ hue: index % HUES, name: place, value: `place:${place}` }));
  }
}

function split(value) {
  const at = (value || "").indexOf(":");
  return at < 0 ? ["", ""] : [value.slice(0, at), value.slice(at + 1)];
}
