"""What must not happen in any page, and whether it can be used without eyes or a mouse."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
_STATUS = re.compile(r"responded with a status of (\d+)")
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI}`);
});
"""
_FIND = """
async (rules) => {
  const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  const { violations } = await axe.run(document, options);
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

    def over(self, context: BrowserContext, origin: str) -> None:
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.problems.append(f"uncaught: {error.error}"))

        def see(request: Request) -> None:
            if not request.url.startswith((f"{origin}/", "data:", "blob:")):
                self.problems.append(f"asked an outside address: {request.url}")

        context.on("request", see)

    def expect(self, status: int) -> None:
        """A page with this status comes next; Chromium says so on the console."""
        self._expected.append(status)

    def check(self) -> None:
        assert not self.problems, "\n".join(self.problems)
        assert not self._expected, f"did not come: {self._expected}"

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


def findings(page: Page) -> list[str]:
    """What axe finds serious, and what is beyond the edge; in the dark the colours once more."""
    found = []
    beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if beyond > 0:
        found.append(f"{page.url} is {beyond} pixels too wide")
    page.evaluate(AXE)
    found += [f"{page.url}: {each}" for each in page.evaluate(_FIND, None)]
    # The colours are the same at every width.
    if page.viewport_size and page.viewport_size["width"] > 1000:
        page.emulate_media(color_scheme="dark")
        # The administrators' pages hear of it a moment later.
        has_themes = page.locator("html[data-bs-theme]").count() > 0
        if has_themes:
            page.locator("html[data-bs-theme=dark]").wait_for()
        dark = page.evaluate(_FIND, ["color-contrast"])
        found += [f"{page.url} in the dark: {each}" for each in dark]
        page.emulate_media(color_scheme="light")
        if has_themes:
            page.locator("html[data-bs-theme=light]").wait_for()
    return found
