"""What must not happen in any page, and whether it can be used without eyes or a mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

from .appearance import blemishes

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
_STATUS = re.compile(r"responded with a status of (\d+)")
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI}`);
});
"""
# Of the rows of a table that differ in nothing but their words, one is looked at: there are fifty,
# and more the more tests have run before. A word that is missing does make a difference.
_FIND = """
async () => {
  const words = /( (?:aria-label|title|href|id|for|name|value|datetime|data-[\\w-]+)=)"[^"]+"/g;
  const shape = (row) => row.outerHTML.replace(words, '$1"…"').replace(/>\\s*[^\\s<][^<]*</g, ">…<");
  const seen = new Set();
  const exclude = [...document.querySelectorAll("tbody tr")].filter((row) => {
    const isAlike = seen.has(shape(row));
    seen.add(shape(row));
    return isAlike;
  });
  const { violations } = await axe.run({ include: [document], exclude }, { resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 200)).slice(0, 3).join(" | ")}`);
}
"""


class Watch:
    """Collects what goes wrong in a browser, to be asked at the end of a test."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._expected: list[int] = []

    @contextmanager
    def over(self, context: BrowserContext, origin: str) -> Iterator[None]:
        """While this lasts, everything that happens in this browser is heard."""

        def see(request: Request) -> None:
            if not request.url.startswith((f"{origin}/", "data:", "blob:")):
                self.problems.append(f"asked an outside address: {request.url}")

        ears = {"console": self._hear, "weberror": self._hear_error, "request": see}
        for event, ear in ears.items():
            context.on(event, ear)
        yield
        for event, ear in ears.items():
            context.remove_listener(event, ear)

    def expect(self, status: int) -> None:
        """A page with this status comes next; Chromium says so on the console."""
        self._expected.append(status)

    def check(self) -> None:
        assert not self.problems, "\n".join(self.problems)
        assert not self._expected, f"did not come: {self._expected}"

    def _hear_error(self, error: WebError) -> None:
        self.problems.append(f"uncaught: {error.error}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        status = _STATUS.search(message.text)
        if status and int(status[1]) in self._expected:
            self._expected.remove(int(status[1]))
        else:
            self.problems.append(f"{message.type}: {message.text} ({message.location['url']})")


def visit(page: Page, path: str) -> None:
    """Go there, and wait until a calendar has what it shows."""
    page.goto(path)
    page.locator(".cal-busy").and_(page.locator(":visible")).wait_for(state="hidden")


def beyond_the_edge(page: Page) -> int:
    """By how many pixels the page is too wide; a phone's innerWidth grows with what is too wide."""
    root = "document.documentElement"
    return page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")


def findings(page: Page) -> list[str]:
    """What axe finds serious in this theme at this width, what is beyond the edge or can't be read."""
    # A page that has just begun to come has no root element yet.
    page.locator("body").wait_for()
    page.wait_for_load_state()
    found = []
    beyond = beyond_the_edge(page)
    if beyond > 0:
        found.append(f"{page.url} is {beyond} pixels too wide")
    return found + blemishes(page) + violations(page)


def violations(page: Page) -> list[str]:
    """What axe finds serious in this theme at this width."""
    page.evaluate(AXE)
    return [f"{page.url}: {each}" for each in page.evaluate(_FIND)]
