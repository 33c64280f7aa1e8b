"""The administrators' pages in a real Chromium, on the running system of tests/flows.

Each test gets a ``desk``: a page in which an administrator has signed in, 1440 pixels wide and
light, or with ``--all`` also 390 pixels wide and dark. The tests of one size share it, as one
person's days do: what has been loaded once is there. A test that changes the browser itself (its
size, its network, its cookies, its clock) asks for ``own_desk``.
When a test ends there was no error on the console, nothing that the Content-Security-Policy
forbids, and no request to anybody else.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.sampling import first

from . import filling, filling_activities
from .chromium import find_chromium, launch
from .watching import TELL_VIOLATIONS, Watch

# Milliseconds, for whatever is waited for: other tests may have the machine.
PATIENCE = 15_000
# Both widths and both themes, in two pairs: no colour depends on the width, and no width on colours.
SIZES = {
    "desktop": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "dark",
        "has_touch": True,
        "is_mobile": True,
    },
}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip("there is no Chromium here: apt-get install chromium fonts-noto-cjk")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = launch(playwright, program)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(chromium, running_college) -> filling.Site:
    """The running system with an administrator and something to look at."""
    if running_college.is_disturbed:
        running_college.until_ready()
    return filling.fill(running_college)


@pytest.fixture(scope="session")
def fair(site) -> filling_activities.Fair:
    """Activities with people in them."""
    return filling_activities.fill(site.college)


@pytest.fixture(params=first(1, SIZES))
def size(request) -> str:
    return request.param


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def context(chromium, site, size, watch) -> Iterator[BrowserContext]:
    """A browser of its own, in which nobody has signed in."""
    yield from alone(new_context(chromium, site, size), site, watch)


@pytest.fixture
def page(context) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def signed_in(chromium, site, tmp_path_factory) -> Path:
    """The cookies of an administrator: signing in takes longer than most tests."""
    context = new_context(chromium, site, "desktop")
    page = context.new_page()
    sign_in(page)
    path = tmp_path_factory.mktemp("browser") / "cookies.json"
    context.storage_state(path=path)
    context.close()
    return path


@pytest.fixture(scope="session")
def desks(chromium, site, signed_in) -> Iterator[dict[str, BrowserContext]]:
    """The browsers of the administrator, by size, each with the page that is at hand."""
    desks = {size: new_context(chromium, site, size, storage_state=signed_in) for size in SIZES}
    yield desks
    for context in desks.values():
        context.close()


@pytest.fixture
def desk(desks, site, size, watch) -> Iterator[Page]:
    """A page in which the administrator has signed in."""
    context = desks[size]
    with watch.over(context, site.url):
        # To open one takes longer than many a test: Chromium makes it a window of its own.
        page = context.pages[0] if context.pages else context.new_page()
        yield page
        page.goto("about:blank")
        for other in context.pages[1:]:
            other.close()
    watch.check()


@pytest.fixture
def own_desk(chromium, site, size, watch, signed_in) -> Iterator[Page]:
    """The same in a browser of its own, which the test may spoil."""
    context = new_context(chromium, site, size, storage_state=signed_in)
    for each in alone(context, site, watch):
        yield each.new_page()


def alone(context: BrowserContext, site: filling.Site, watch: Watch) -> Iterator[BrowserContext]:
    with watch.over(context, site.url):
        yield context
        context.close()
    watch.check()


def new_context(chromium: Browser, site: filling.Site, size: str, **options) -> BrowserContext:
    context = chromium.new_context(
        base_url=site.url,
        locale="zh-CN",
        # Not the site's: what administrators see does not depend on where they are.
        timezone_id="America/New_York",
        reduced_motion="reduce",
        **SIZES[size],
        **options,
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(TELL_VIOLATIONS)
    return context


def sign_in(page: Page, password: str = filling.PASSWORD) -> None:
    page.goto("/admin/sign-in")
    page.get_by_label("工号").fill(filling.ADMIN)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/admin/")
