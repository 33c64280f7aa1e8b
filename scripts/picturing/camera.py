"""Chromium, and the picture of a scene: without anything that moves, with at most 256 colours."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.house import HOST, House
from browser.chromium import launch
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, StorageState

from hhu_base.cli.demo import ADMIN_PASSWORD, TEACHER_PASSWORD
from picturing import stage
from picturing.scenes import PHONE, WIDE, Scene

# Pages of Chinese screens are flat: with its own palette each is a third of the size.
COLOURS = 256


class Camera:
    """A browser in front of a running house, in which the administrator and a teacher have signed in."""

    def __init__(self, browser: Browser, house: House):
        self._browser = browser
        self._url = f"http://{HOST}:{house.port}"
        with self.page(WIDE, 800, None) as page:
            _sign_in(page, "/admin/", "admin", ADMIN_PASSWORD)
            self._signed_in = page.context.storage_state()
        with self.page(WIDE, 800, None) as page:
            _sign_in(page, "/app/", "t0001", TEACHER_PASSWORD)
            self._teacher = page.context.storage_state()

    @contextmanager
    def desk(self) -> Iterator[Page]:
        """A page of the administrator's."""
        with self.page(WIDE, 800, self._signed_in) as page:
            yield page

    @contextmanager
    def page(self, width: int, height: int, state: StorageState | None) -> Iterator[Page]:
        is_phone = width == PHONE
        context = self._browser.new_context(
            base_url=self._url,
            locale="zh-CN",
            timezone_id=stage.ZONE,
            reduced_motion="reduce",
            viewport={"width": width, "height": height},
            is_mobile=is_phone,
            has_touch=is_phone,
            storage_state=state,
        )
        try:
            yield context.new_page()
        finally:
            context.close()

    def take(self, scene: Scene, path: Path) -> None:
        """Go to the page, do what the scene wants, and write the picture."""
        state = self._signed_in if scene.is_signed_in else None
        if scene.is_teachers:
            state = self._teacher
        with self.page(scene.width, scene.height, state) as page:
            page.goto(scene.path)
            if scene.act is not None:
                scene.act(page)
            _until_drawn(page)
            write(page.screenshot(animations="disabled"), path)


@contextmanager
def set_up(playwright: Playwright, program: str, house: House) -> Iterator[Camera]:
    browser = launch(playwright, program, language="zh_CN")
    try:
        yield Camera(browser, house)
    finally:
        browser.close()


def write(picture: bytes, path: Path) -> None:
    """Without dithering: flat stays flat."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    few = image.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def _sign_in(page: Page, home: str, username: str, password: str) -> None:
    page.goto(f"{home}sign-in")
    page.get_by_label("工号").fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"**{home}")


def _until_drawn(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")
    for busy in page.locator(".cal-busy").all():
        busy.wait_for(state="hidden")
