"""The teachers' pages of repairs: from signing in to a fault that is mended, and all that goes wrong."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from hhu_plugins.repairs.models import OPEN, SOLVED, RepairRequest

from . import filling
from .watching import findings, visit


def photo() -> dict:
    file = io.BytesIO()
    Image.new("RGB", (1200, 900), "steelblue").save(file, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def solve(site, request_id: int) -> None:
    """As somebody in the office would, at this moment."""
    values = {"status": SOLVED, "status_changed_at": sa.func.now()}
    with site.college.engine.begin() as connection:
        connection.execute(
            sa.update(RepairRequest).where(RepairRequest.id == request_id).values(values)
        )


def stored(site, place: str) -> list[RepairRequest]:
    found = sa.select(RepairRequest).where(RepairRequest.location == place)
    with Session(site.college.engine) as session:
        return list(session.scalars(found))


def report(desk, place: str) -> int:
    """The id of a fault that is reported in the page."""
    desk.goto("/app/repairs/")
    desk.get_by_label("故障地点").fill(place)
    desk.get_by_label("故障描述").fill("投影仪不亮")
    desk.get_by_role("button", name="提交报修").click()
    expect(desk.get_by_role("heading", name=place)).to_be_visible()
    return int(desk.url.rstrip("/").rpartition("/")[2])


def test_a_fault_is_reported_with_a_photo_mended_and_confirmed(desk, site):
    place = site.new_name("励学楼 ")
    visit(desk, "/app/")
    desk.get_by_role("navigation", name="常用功能").get_by_role("link", name="报修").click()
    expect(desk.get_by_label("故障描述")).to_be_visible()
    wrong = findings(desk)
    desk.get_by_label("故障地点").fill(place)
    desk.get_by_label("故障分类").select_option("多媒体设备")
    desk.get_by_label("故障描述").fill("投影仪不亮")
    desk.get_by_label("照片").set_input_files([photo()])
    desk.get_by_role("button", name="提交报修").click()
    expect(desk.get_by_role("status").filter(has_text="报修已提交")).to_be_visible()
    shown = desk.get_by_role("img", name="照片 1")
    expect(shown).to_be_visible()
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 480
    wrong += findings(desk)
    [request] = stored(site, place)
    solve(site, request.id)

    visit(desk, "/app/inbox/")
    wrong += findings(desk)
    item = desk.get_by_role("article").filter(has_text=place)
    item.get_by_role("link", name="确认并评价").click()
    expect(desk.get_by_label("想说的话")).to_be_visible()
    wrong += findings(desk)
    desk.get_by_label("5 星").check()
    desk.get_by_label("想说的话").fill("来得很快")
    desk.get_by_role("button", name="确认修好").click()
    expect(desk.get_by_role("region", name="处理经过")).to_contain_text("来得很快")
    wrong += findings(desk)
    visit(desk, "/app/repairs/mine/")
    wrong += findings(desk)
    assert not wrong, "\n".join(wrong)
    assert site.repair(request.id).rating == 5


@pytest.mark.slow
def test_a_large_photo_is_made_small_before_it_is_sent(desk, site):
    file = io.BytesIO()
    Image.effect_noise((3000, 2000), 90).convert("RGB").save(file, "JPEG", quality=95)
    large = {"name": "大.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    desk.goto("/app/repairs/")
    desk.get_by_label("照片").set_input_files([large])
    expect(desk.get_by_role("button", name="提交报修")).to_be_enabled()
    desk.wait_for_function(
        "document.querySelector('[data-shrink]').files[0].type === 'image/jpeg'"
        f" && document.querySelector('[data-shrink]').files[0].size < {len(file.getvalue())}"
    )
    size = desk.evaluate(
        "createImageBitmap(document.querySelector('[data-shrink]').files[0])"
        ".then((picture) => [picture.width, picture.height])"
    )
    assert size == [1600, 1067]


@pytest.mark.slow
def test_by_keyboard_alone_one_reports_and_takes_it_back(desk, site):
    place = site.new_name("致用楼 ")
    desk.goto("/app/repairs/")
    desk.get_by_label("故障地点").focus()
    desk.keyboard.press("ControlOrMeta+a")
    desk.keyboard.type(place)
    for text in ("", "门锁转不动"):
        desk.keyboard.press("Tab")
        desk.keyboard.type(text)
    for _ in range(2):
        desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name=place)).to_be_visible()
    desk.get_by_text("撤回报修", exact=True).focus()
    for key in ("Enter", "Tab", "Enter"):
        desk.keyboard.press(key)
    expect(desk.get_by_role("status").filter(has_text="报修已撤回")).to_be_visible()
    assert stored(site, place)[0].status != OPEN


@pytest.mark.slow
def test_what_somebody_takes_up_meanwhile_is_not_taken_back(desk, site):
    request_id = report(desk, site.new_name("博学楼 "))
    desk.get_by_text("撤回报修", exact=True).click()
    site.take_up(request_id)
    desk.get_by_role("button", name="确认撤回").click()
    expect(desk.get_by_role("alert")).to_contain_text("已有人受理")
    expect(desk.get_by_text("撤回报修", exact=True)).to_have_count(0)


@pytest.mark.slow
def test_what_was_filled_in_is_there_after_a_refusal_and_after_the_session_ended(
    own_desk, site, watch
):
    place = site.new_name("科学馆 ")
    own_desk.goto("/app/repairs/")
    own_desk.get_by_label("故障地点").fill(place)
    watch.expect(400)
    own_desk.get_by_role("button", name="提交报修").click()
    expect(own_desk.get_by_role("alert")).to_be_focused()
    expect(own_desk.get_by_label("故障地点")).to_have_value(place)
    own_desk.get_by_label("故障描述").fill("漏水")
    own_desk.context.clear_cookies()
    watch.expect(401)
    own_desk.get_by_role("button", name="提交报修").click()
    own_desk.get_by_label("工号").fill(filling.ADMIN)
    own_desk.get_by_label("密码", exact=True).fill(filling.PASSWORD)
    own_desk.get_by_role("button", name="登录").click()
    own_desk.get_by_role("button", name="继续").click()
    expect(own_desk.get_by_role("heading", name=place)).to_be_visible()
    assert [each.description for each in stored(site, place)] == ["漏水"]
