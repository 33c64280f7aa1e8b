"""The clock-ins: codes, scanning, duties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.values import qr_codes
from hhu_plugins.activities.clockin_codes import BadCode, ClockinCodes, ExpiredCode
from hhu_plugins.activities.models import Clockin

from .conftest import HOUR

BAD = {"detail": "打卡二维码异常或已过期，请重试。"}
EXPIRED = {"detail": "打卡二维码已过期，请重试。"}
CODES = ClockinCodes(secret=b"x" * 32, interval=25, grace=5)
# The beginning of a step.
START = datetime.fromtimestamp(25 * 70_000_000, UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
def item(activity, add_item):
    return add_item(activity)


@pytest.fixture
def codes(app) -> ClockinCodes:
    return app.registry["activities.codes"]


@pytest.fixture
def key(item, codes):
    return codes.make(item.id, datetime.now(UTC))


@pytest.fixture
def enrolled(activity, add_enrollment, teacher):
    return add_enrollment(activity, teacher)


@pytest.mark.parametrize("seconds", [0, 0.001, 12, 24.999, 25, 29.999])
def test_a_code_is_valid_for_its_step_and_the_grace(seconds):
    code = CODES.read(CODES.make(7, START), after(seconds))
    assert code.item_id == 7
    assert code.age == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize("seconds", [30, 31, 3600, 10**8])
def test_then_it_has_expired(seconds):
    with pytest.raises(ExpiredCode):
        CODES.read(CODES.make(7, START), after(seconds))


@pytest.mark.parametrize("seconds", [-0.001, -25, -(10**8)])
def test_a_future_code_is_none(seconds):
    with pytest.raises(BadCode):
        CODES.read(CODES.make(7, START), after(seconds))


def test_the_code_changes_with_each_step_and_never_before():
    shown = [CODES.make(7, after(tenth / 10)) for tenth in range(500)]
    assert len(set(shown)) == 2
    assert len(set(shown[:250])) == 1
    assert CODES.expires_in(START) == 25
    assert CODES.expires_in(after(24.5)) == pytest.approx(0.5)


def test_the_same_interval_however_it_is_written_makes_the_same_codes():
    assert ClockinCodes(CODES.secret, 25.0, 5.0).make(7, START) == CODES.make(7, START)


def test_a_code_of_another_item_or_site_or_interval_is_another():
    code = CODES.make(7, START)
    assert code != CODES.make(8, START)
    for other in (ClockinCodes(b"y" * 32, 25, 5), ClockinCodes(b"x" * 32, 50, 5)):
        with pytest.raises(BadCode):
            other.read(code, START)


@pytest.mark.parametrize("position", range(40))
def test_every_character_of_a_code_counts(position):
    code = CODES.make(7, START)
    if position < len(code):
        changed = "1" if code[position] != "1" else "2"
        with pytest.raises(BadCode):
            CODES.read(code[:position] + changed + code[position + 1 :], START)


GARBAGE = ["", " ", "x", "http://example.com/?a=1", "中文", "\0", "\ud800", "a" * 500_000]
GARBAGE += ["HHU-1-1-" + "A" * 22, f"HHU-{10**18}-{10**11}-" + "A" * 22, "HHU-１-1-" + "A" * 22]
GARBAGE += ["1" * 4000, 12345, -1.5, "HHU-1-1-" + "中" * 22, "[]", "🙂", "\n\r\t"]


@pytest.mark.parametrize("text", GARBAGE, ids=lambda text: ascii(text)[:20])
@pytest.mark.parametrize("path", ["clockins", "clockins/1", "clockin"])
def test_whatever_a_camera_reads_gets_the_refusal_of_the_contract(mine, text, path):
    assert mine.post(f"/activities/{path}/", {"key": text}, status=400).json == BAD


@pytest.mark.parametrize("value", [True, [], {}])
def test_what_is_no_text_is_a_field_error(mine, value):
    answer = mine.post("/activities/clockins/", {"key": value}, status=400).json
    assert answer == {"key": ["不是有效的字符串。"]}


def test_a_missing_key_is_a_field_error(mine):
    answer = mine.post("/activities/clockins/", {}, status=400).json
    assert answer == {"key": ["该字段是必填项。"]}


@pytest.mark.parametrize("path", ["clockins/", "clockins/{}/", "clockin/", "clockin"])
def test_a_person_clocks_in(mine, session, enrolled, activity, teacher, item, key, path):
    answer = mine.post(
        f"/activities/{path.format(activity.id)}",
        {"key": key},
        status=200,
        headers={"User-Agent": "微信 8.0".encode().decode("latin-1") + "x" * 500},
    )
    assert answer.json == {"label": "签到", "activity_name": "春游"}
    stored = session.scalars(sa.select(Clockin)).one()
    assert (stored.item_id, stored.user_id) == (item.id, teacher.id)
    assert 0 <= stored.code_age < 30
    assert len(stored.user_agent) == 255


def test_who_is_not_enrolled_is_refused(mine, key):
    assert mine.post("/activities/clockins/", {"key": key}, status=400).json == {
        "detail": "您尚未报名该活动，无法进行本次打卡。"
    }


def test_a_second_time_is_refused(mine, enrolled, key, session):
    mine.post("/activities/clockins/", {"key": key}, status=200)
    assert mine.post("/activities/clockins/", {"key": key}, status=400).json == {
        "detail": "已存在该打卡记录。"
    }
    assert len(session.scalars(sa.select(Clockin)).all()) == 1


@pytest.mark.parametrize(("start", "end"), [(HOUR, 2 * HOUR), (-2 * HOUR, -HOUR)])
def test_outside_the_window_it_is_refused(mine, activity, add_item, codes, now, start, end):
    item = add_item(activity, start=start, end=end)
    # Before it is looked at who is enrolled.
    key = codes.make(item.id, datetime.now(UTC))
    assert mine.post("/activities/clockins/", {"key": key}, status=400).json == {
        "detail": "打卡时间不在指定的时间范围内。"
    }


def test_a_code_that_is_too_old_is_refused(mine, enrolled, item, codes):
    key = codes.make(item.id, datetime.now(UTC) - timedelta(seconds=60))
    assert mine.post("/activities/clockins/", {"key": key}, status=400).json == EXPIRED


def test_a_code_of_the_future_is_refused(mine, enrolled, item, codes):
    key = codes.make(item.id, datetime.now(UTC) + timedelta(seconds=60))
    assert mine.post("/activities/clockins/", {"key": key}, status=400).json == BAD


def test_a_code_of_another_activity_is_refused(mine, enrolled, key, add_activity):
    other = add_activity("别的")
    answer = mine.post(f"/activities/clockins/{other.id}/", {"key": key}, status=400)
    assert answer.json == BAD


def test_a_code_of_an_item_that_was_removed_is_refused(mine, codes):
    key = codes.make(999999, datetime.now(UTC))
    assert mine.post("/activities/clockins/", {"key": key}, status=400).json == BAD


def test_the_items_of_an_activity_in_the_order_of_their_windows(
    mine, activity, add_item, add_clockin, add_user, teacher
):
    late = add_item(activity, "签退", start=HOUR, end=2 * HOUR)
    early = add_item(activity, "签到")
    add_clockin(early, teacher)
    add_clockin(late, add_user("t0002"))
    assert mine.get(f"/activities/clockins/{activity.id}/").json == [
        {"label": "签到", "is_clockin": True},
        {"label": "签退", "is_clockin": False},
    ]


def test_the_items_of_an_unknown_activity(mine):
    assert mine.get("/activities/clockins/999999/", status=400).json == {"detail": "该活动不存在。"}


def test_the_items_of_a_closed_activity_are_told_to_nobody_else(
    mine, api, add_activity, add_item, add_enrollment, add_user, add_staff
):
    closed = add_activity("秘密", open_for_enrollment=False)
    enrolled, appointed = add_user("t0002"), add_user("t0003")
    add_enrollment(closed, enrolled)
    add_item(closed, "签到", staff=[appointed])
    path = f"/activities/clockins/{closed.id}/"
    assert mine.get(path, status=400).json == {"detail": "该活动不存在。"}
    strangers = [add_user("t0004", is_staff=True), add_staff("rooms.change", username="s2")]
    for stranger in strangers:
        api.as_user(stranger).get(path, status=400)
    root = add_user("root", is_staff=True, is_superuser=True)
    for user in (enrolled, appointed, root, add_staff("activities.view")):
        found = api.as_user(user).get(path).json
        assert found == [{"label": "签到", "is_clockin": False}]


def test_a_member_of_the_staff_has_duties_that_are_not_over(
    mine, activity, add_item, add_user, teacher, now
):
    over = add_item(activity, "早餐", start=-3 * HOUR, end=-HOUR, staff=[teacher])
    later = add_item(activity, "签退", start=HOUR, end=2 * HOUR, staff=[teacher])
    item = add_item(activity, "签到", staff=[teacher, add_user("t0002")])
    add_item(activity, "午餐")
    found = mine.get("/activities/clockin-duties/").json
    assert [each["id"] for each in found] == [item.id, later.id]
    assert found[0]["label"] == "签到"
    assert found[0]["activity"] == {"id": activity.id, "name": "春游"}
    assert set(found[0]) == {"id", "label", "activity", "from_time", "to_time"}
    assert over.id not in [each["id"] for each in found]


def test_an_administrator_has_all_duties(api, item, add_user):
    admin = api.as_user(add_user("root", is_staff=True, is_superuser=True))
    assert [each["id"] for each in admin.get("/activities/clockin-duties/").json] == [item.id]
    admin.get(f"/activities/clockin-duties/{item.id}/")


@pytest.mark.parametrize(("permission", "found"), [("activities.change", 1), ("rooms.change", 0)])
def test_a_group_makes_an_administrator_of_the_activities(api, item, add_staff, permission, found):
    staff = api.as_user(add_staff(permission))
    assert len(staff.get("/activities/clockin-duties/").json) == found


def test_a_code_that_a_member_of_the_staff_shows_is_taken(
    mine, api, activity, add_item, add_user, enrolled, monkeypatch
):
    item = add_item(activity, staff=[add_user("t0002")])
    staff = api.as_user(item.staff[0])
    shown = staff.get(f"/activities/clockin-duties/{item.id}/")
    assert shown.headers["Cache-Control"] == "no-store"
    assert set(shown.json) == {"key", "expires_in", "interval", "svg"}
    assert shown.json["interval"] == 25
    assert 0 < shown.json["expires_in"] <= 25
    assert shown.json["svg"].startswith("<svg ")
    mine.post("/activities/clockins/", {"key": shown.json["key"]}, status=200)


def test_nobody_else_is_shown_a_code(mine, item):
    assert mine.get(f"/activities/clockin-duties/{item.id}/", status=404).json == {
        "detail": "未找到。"
    }
    assert mine.get("/activities/clockin-duties/").json == []


def test_the_picture_grows_with_its_place():
    picture = qr_codes.svg(CODES.make(7, START))
    assert picture.startswith("<svg ")
    assert "viewBox" in picture
    assert 'xmlns="http://www.w3.org/2000/svg"' in picture
    assert "width" not in picture.split(">")[0]
