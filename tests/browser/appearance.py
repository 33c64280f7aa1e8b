"""What a page looks like when something is wrong with its styles: cut texts, values too wide to read."""

from __future__ import annotations

from playwright.sync_api import Page

# Styles of others, which ours are meant to change.
_FIND = """
() => {
  const found = [];
  const isOurs = (href) => href && !/\\/(deform|fullcalendar)\\//.test(href);
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && element.getClientRects().length > 0 && !element.closest(".visually-hidden, .offcanvas-lg, .select2-hidden-accessible, .skip-link");
  const told = (element) => `<${element.tagName.toLowerCase()} class="${element.className}"> ${(element.value || element.textContent).trim().slice(0, 60)}`;

  // A class belongs to one stylesheet: what two say about it is added up, whatever each means.
  const homes = new Map();
  const read = (rules, href) => {
    for (const rule of rules) {
      if (rule.cssRules && !rule.selectorText) read(rule.cssRules, href);
      for (const selector of rule.selectorText?.split(",") ?? []) {
        const name = selector.trim().match(/^\\.([\\w-]+)(::?[\\w-]+)*$/)?.[1];
        if (name) homes.set(name, (homes.get(name) ?? new Set()).add(href));
      }
    }
  };
  for (const sheet of document.styleSheets) if (isOurs(sheet.href)) read(sheet.cssRules, sheet.href);
  for (const [name, sheets] of homes) {
    if (sheets.size > 1) found.push(`the class ${name} is in ${[...sheets].join(" and ")}`);
  }

  // What a field holds can be read: dates and choices are measured beside a copy with all the room.
  const needed = (field) => {
    const copy = field.cloneNode(true);
    copy.value = field.value;
    if (field.tagName === "SELECT") copy.replaceChildren(field.selectedOptions[0]?.cloneNode(true) ?? "");
    copy.removeAttribute("id");
    copy.style.cssText = "position: absolute; visibility: hidden; width: auto !important; min-width: 0 !important; max-width: none !important; flex: none !important";
    field.after(copy);
    const width = copy.offsetWidth;
    copy.remove();
    return width;
  };
  for (const field of document.querySelectorAll("input, select")) {
    if (!isSeen(field) || !field.value || field.multiple) continue;
    const isMeasured = field.tagName === "SELECT" || /^(date|datetime-local|time|month)$/.test(field.type);
    const isDots = getComputedStyle(field).textOverflow === "ellipsis";
    if (isMeasured ? needed(field) > field.offsetWidth + 1 && !(isDots && field.tagName === "SELECT") : field.scrollWidth > field.clientWidth + 1 && !isDots) {
      found.push(`a field is narrower than what it holds: ${told(field)}`);
    }
  }

  // Behind so many lines there is an ellipsis; but not if the last one ends inside an element, or
  // at the right edge, beyond which it would be.
  for (const element of document.querySelectorAll(".cell")) {
    const isHidden = element.children.length || getComputedStyle(element).textAlign === "right";
    if (isHidden && isSeen(element) && element.scrollHeight > element.clientHeight + 3) found.push(`a text is cut: ${told(element)}`);
  }

  // A text that does not fit ends with an ellipsis, or can be scrolled. In the calendar and on the
  // board a box is as large as its time is long, and its title tells the rest.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.textContent.trim() || !isSeen(text.parentElement) || text.parentElement.closest("script, noscript, option, #calendar, #board")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    for (let around = text.parentElement; around && around !== document.body; around = around.parentElement) {
      const style = getComputedStyle(around);
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) break;
      const edge = around.getBoundingClientRect();
      const isCut = style.overflowX !== "visible" && (box.right > edge.right + 1 || box.left < edge.left - 1) && style.textOverflow !== "ellipsis";
      const isShort = style.overflowY !== "visible" && box.bottom > edge.bottom + 3 && style.webkitLineClamp === "none";
      if (isCut || isShort) { found.push(`a text is cut: ${told(text.parentElement)}`); break; }
      if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none") break;
    }
  }
  return found;
}
"""


def blemishes(page: Page) -> list[str]:
    """What of a page can't be read, and classes that two stylesheets define."""
    return [f"{page.url}: {each}" for each in page.evaluate(_FIND)]
