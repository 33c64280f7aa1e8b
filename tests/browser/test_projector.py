"""The code on the projector: read from the screen by a real decoder, over changes, and scanned."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

OFFLINE = "ERR_INTERNET_DISCONNECTED"
# Milliseconds on the clock of the page: it asks every three seconds, and a code of five seconds is
# taken for five more.
ASKED_AGAIN, WORTHLESS = 3_500, 11_000
# In seconds; Playwright looks once in a second.
CHANGES_SOON = re.compile("^[012]$")


@pytest.fixture
def lecture(fair, site) -> tuple[int, int]:
    return fair.add_activity(site.new_name("报告"), people=40)


def open_projector(desk: Page, item_id: int) -> None:
    desk.goto(f"/admin/activities/clockin/{item_id}/")
    expect(desk.get_by_role("heading", name="签到")).to_be_visible()


def read_screen(desk: Page) -> str:
    """What a camera reads from the whole screen."""
    image = Image.open(io.BytesIO(desk.screenshot()))
    [found] = zxingcpp.read_barcodes(image)
    return found.text


def codes_on_screen(desk: Page, count: int) -> Iterator[str]:
    """Each new code as soon as the screen shows it; there is one in every picture of a change."""
    last, deadline = None, time.monotonic() + 60
    while count:
        assert time.monotonic() < deadline
        code = read_screen(desk)
        if code != last:
            last, count = code, count - 1
            yield code
            expect(desk.locator("#seconds")).to_have_text(CHANGES_SOON)


def scan(site, number: int, code: str):
    with site.college.client(number) as client:
        return client.request("POST", "/activities/clockins/", {"key": code})


@pytest.mark.parametrize("size", ["desktop"])
def test_every_code_is_read_from_the_screen_and_taken(desk, site, lecture):
    _, item_id = lecture
    open_projector(desk, item_id)
    expect(desk.locator("#enrolled")).to_have_text("40")
    seen = []
    # Over two changes: each the code of its moment, and worth something at once.
    for number, code in enumerate(codes_on_screen(desk, 3)):
        answer = scan(site, number, code)
        assert answer.status == 200, answer
        assert answer.json["label"] == "签到"
        seen.append(code)
        expect(desk.locator("#present")).to_have_text(str(number + 1))
    assert len(set(seen)) == 3
    # One more by somebody who was not here before, and once more by who was.
    code = read_screen(desk)
    assert scan(site, 3, code).status == 200
    assert scan(site, 3, code).json == {"detail": "已存在该打卡记录。"}
    # Nobody is enrolled who has the number 41.
    assert "尚未报名" in scan(site, 41, code).json["detail"]
    # The first one has been photographed and sent to somebody who stayed at home.
    assert scan(site, 4, seen[0]).json == {"detail": "打卡二维码已过期，请重试。"}


def test_the_code_is_as_large_as_the_screen_allows(desk, site, lecture, size):
    open_projector(desk, lecture[1])
    box = desk.locator("#code svg").last.bounding_box()
    assert box is not None
    viewport = desk.viewport_size
    assert viewport is not None
    assert box["width"] == pytest.approx(min(viewport["width"], viewport["height"]), rel=0.02)
    assert box["x"] >= 0
    assert box["y"] >= 0
    # And what tells how many are there can be seen beside it.
    expect(desk.locator("#present")).to_be_in_viewport()
    expect(desk.locator("#seconds")).to_be_in_viewport()
    # It is read as well as on the projector of the test above.
    answer = scan(site, 0, read_screen(desk))
    assert answer.status == 200, answer


@pytest.mark.parametrize("size", ["desktop"])
@pytest.mark.slow
def test_a_lost_connection_is_said_and_an_old_code_is_covered(own_desk, lecture, watch):
    desk = own_desk
    desk.clock.install()
    open_projector(desk, lecture[1])
    notice = desk.locator("#notice")
    expect(notice).to_be_empty()
    desk.context.set_offline(True)
    expect(notice).to_have_text("连接已断开，正在重试……")
    # As long as it is worth something it is shown; then nobody is to stand before it in vain.
    cover = desk.locator("#cover")
    expect(cover).to_be_hidden()
    assert read_screen(desk).startswith("HHU-")
    desk.clock.fast_forward(WORTHLESS)
    expect(cover).to_be_visible()
    expect(cover).to_contain_text("二维码已失效")
    with pytest.raises(ValueError, match="not enough values"):
        read_screen(desk)
    desk.context.set_offline(False)
    expect(cover).to_be_hidden()
    expect(notice).to_be_empty()
    assert read_screen(desk).startswith("HHU-")
    # Chromium says so, too.
    assert [problem for problem in watch.problems if OFFLINE not in problem] == []
    assert watch.problems
    watch.problems.clear()


@pytest.mark.parametrize("size", ["desktop"])
def test_who_is_signed_out_meanwhile_is_told(own_desk, lecture):
    own_desk.clock.install()
    open_projector(own_desk, lecture[1])
    expect(own_desk.locator("#enrolled")).to_have_text("40")
    own_desk.context.clear_cookies()
    own_desk.clock.fast_forward(ASKED_AGAIN)
    expect(own_desk.locator("#cover")).to_have_text("登录已失效，请重新登录。")
