// Small things that the board's modules share.

// Whatever somebody typed gets into the page as text, never as HTML.
export function make(tag, className, text = "") {
  const node = document.createElement(tag);
  node.className = className;
  if (text) node.textContent = text;
  return node;
}

// As Map.groupBy does, which the browsers of old machines don't know.
export function grouped(values, keyOf) {
  const groups = new Map();
  for (const value of values) {
    const key = keyOf(value);
    if (groups.has(key)) groups.get(key).push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

// The name where it is clear already in which place it is.
export function shortName({ name, place }) {
  return (name.startsWith(place) && name.slice(place.length).trim()) || name;
}

export const facts = ({ seats, equipment }) => [`${seats} 座`, ...equipment].join(" · ");
