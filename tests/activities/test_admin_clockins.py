"""打卡历史: what was recorded, and what looks odd about it."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

PATH = "/admin/activities/clockins/"
PHONE = {"address": "10.0.0.7", "user_agent": "MicroMessenger"}


@pytest.fixture
def history(activity, add_item, add_user, add_enrollment, add_clockin):
    """Three on one phone, one whose code was old, one added by hand, and one as it should be."""
    item = add_item(activity)
    records = [
        {**PHONE, "code_age": 3},
        {**PHONE, "code_age": 4},
        {**PHONE, "code_age": 5},
        {"address": "10.0.0.8", "code_age": 28},
        {"address": "10.0.0.9", "code_age": 2},
    ]
    for number, values in enumerate(records, 1):
        user = add_user(f"t{number}", first_name=f"第{number}")
        add_enrollment(activity, user)
        add_clockin(item, user, **values)
    return item


def names(page) -> list[str]:
    return [each.text.strip() for each in page.html.select("td.first")]


def test_what_looks_odd_is_said(admin, history):
    page = admin.get(PATH)
    odd = [each.text.strip() for each in page.html.select("td:last-child")]
    assert odd == [
        "—",
        "二维码已换过，打卡时已显示 28 秒。",
        *["同一设备和网络上有 3 人打卡。"] * 3,
    ]


def test_only_the_odd_ones_can_be_listed(admin, history):
    assert names(admin.get(PATH, {"odd": "yes"})) == ["褚第4", "褚第3", "褚第2", "褚第1"]


def test_the_history_is_filtered_by_person_activity_and_item(
    admin, history, add_activity, add_item
):
    assert names(admin.get(PATH, {"q": "第5"})) == ["褚第5"]
    assert len(names(admin.get(PATH, {"activity": history.activity_id, "item": history.id}))) == 5
    other = add_item(add_activity("秋游"))
    assert names(admin.get(PATH, {"activity": other.activity_id})) == []
    assert len(names(admin.get(PATH, {"activity": "x\0", "page": "999"}))) == 5


def test_a_correction_shows_its_reason(admin, history, add_user, superuser, add_clockin):
    add_clockin(history, add_user("t9"), corrected_by=superuser.id, reason="手机没电")
    assert "补录：手机没电" in admin.get(PATH).text


def test_the_history_can_be_exported(admin, history):
    answer = admin.get(PATH + "export.xlsx", {"odd": "yes"})
    rows = list(load_workbook(BytesIO(answer.body)).active.values)
    assert len(rows) == 5
    assert rows[1][0] == "t4"
    assert rows[1][5] == 28


def test_only_who_may_see_activities_sees_it(browser, add_staff, history):
    browser.as_user(add_staff("activities.view")).get(PATH)
    browser.as_user(add_staff("rooms.change", username="other")).get(PATH, status=403)
    browser.as_user(add_staff(username="third")).get(PATH + "export.csv", status=403)
