"""报名记录: chips, columns, several people corrected at once, and the sheet to be signed."""

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_plugins.activities.models import Clockin, Enrollment

from .conftest import FORM, names

PATH = "/admin/activities/enrollments/"


@pytest.fixture
def rows(people, session):
    """Their registrations, with an answer to a field that the form no longer has."""
    found = session.scalars(sa.select(Enrollment).order_by(Enrollment.id)).all()
    for row in found:
        row.participating_metas = {**row.participating_metas, "旧项": "旧"}
    session.flush()
    return found


def chip(page, label: str):
    return page.html.select_one(f'.clockin-chip[aria-label="打卡项：{label}"]')


def follow(admin, page, label: str, choice: str):
    link = next(a for a in chip(page, label).select("a") if a.text.startswith(choice))
    return admin.get(PATH + link["href"])


def test_chips_write_the_sentence_one_after_the_other(admin, spring, rows):
    page = follow(admin, admin.get(PATH, {"activity": spring.id}), "签到", "已")
    assert names(page) == ["褚二", "褚一"]
    page = follow(admin, page, "签退", "未")
    assert names(page) == ["褚二"]
    assert page.html.select_one("#expression")["value"] == "签到且未签退"
    assert chip(page, "签退").select_one("[aria-current]").text.startswith("未")
    page = follow(admin, page, "签到", "不限")
    assert names(page) == ["褚三", "褚二"]


def test_what_was_understood_is_shown_as_chips(admin, spring, rows):
    page = admin.get(PATH, {"activity": spring.id, "e": "已签到，但是没有签退"})
    assert names(page) == ["褚二"]
    meant = [each.text.strip() for each in page.html.select(".meant")]
    assert meant == ["已 签到", "未 签退"]


def test_each_field_has_a_column_and_can_be_hidden(admin, spring, rows):
    page = admin.get(PATH, {"activity": spring.id})
    titles = [each.text for each in page.html.select("th")]
    assert titles[1:] == ["姓名", "系所", "手机", "报名时间", *FORM, "旧项", "签到", "签退"]
    form = next(f for f in page.forms.values() if "column" in f.fields)
    for box in form.fields["column"]:
        box.checked = box._value not in ("人数", "旧项")
    page = form.submit()
    titles = [each.text for each in page.html.select("th")]
    assert "人数" not in titles
    assert "旧项" not in titles
    assert "性别" in titles
    # The choice stays with whatever is asked for next.
    page = follow(admin, page, "签到", "已")
    assert "人数" not in [each.text for each in page.html.select("th")]
    assert names(page) == ["褚二", "褚一"]


def correct(admin, spring, query="", status=303, **values):
    page = admin.get(f"{PATH}?activity={spring.id}{query}")
    token = page.html.find("input", {"name": "csrf_token"})["value"]
    params = {"csrf_token": token, "item": spring.clockin_items[1].id, "reason": "代签", **values}
    return admin.post(f"{PATH}correct?activity={spring.id}{query}", params, status=status)


def test_those_who_are_ticked_are_corrected_together(admin, session, spring, rows):
    answer = correct(admin, spring, id=[row.id for row in rows], add="1")
    page = admin.get(answer.location)
    assert "已为 2 人补录“签退”。另有 1 人已经打过卡，没有改动。" in page.text
    session.expire_all()
    assert ["签退" in row.attended for row in rows] == [True, True, True]
    entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.row_id)).all()
    assert [(each.row_id, each.after) for each in entries] == [
        (row.id, {"签退": "已打卡", "原因": "代签"}) for row in rows[1:]
    ]


def test_they_are_taken_back_together(admin, session, spring, rows):
    correct(admin, spring, id=[rows[0].id, rows[2].id], remove="1")
    session.expire_all()
    assert rows[0].attended == ["签到"]
    assert session.scalars(sa.select(AuditEntry.action)).all() == ["撤销打卡"]


def test_all_that_are_found_are_meant_where_that_is_ticked(admin, session, spring, rows):
    correct(admin, spring, "&e=%E6%B2%A1%E7%AD%BE%E9%80%80", all="1", add="1")
    session.expire_all()
    assert all("签退" in row.attended for row in rows)
    correct(admin, spring, "&q=t3", all="1", remove="1")
    session.expire_all()
    assert ["签退" in row.attended for row in rows] == [True, True, False]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"reason": "  "}, "请填写更正的原因"),
        ({"id": []}, "请先选择要更正的人。"),
        ({"id": ["x", "9" * 40]}, "请先选择要更正的人。"),
    ],
)
def test_without_a_reason_or_anybody_nothing_happens(admin, session, spring, rows, values, said):
    answer = correct(admin, spring, **{"id": [rows[2].id], "add": "1", **values})
    assert said in admin.get(answer.location).text
    assert session.scalar(sa.select(sa.func.count(Clockin.id))) == 3


def test_a_foreign_activitys_item_or_people_are_not_touched(
    admin, session, spring, rows, add_activity, add_item, add_enrollment, teacher
):
    other = add_activity("秋游")
    item = add_item(other, "上车")
    stranger = add_enrollment(other, teacher)
    correct(admin, spring, status=404, id=[rows[2].id], item=item.id, add="1")
    correct(admin, spring, id=[stranger.id], add="1")
    session.expire_all()
    assert stranger.attended == rows[2].attended == []


def test_who_may_only_look_corrects_nobody(browser, add_staff, spring, rows, session):
    looking = browser.as_user(add_staff("activities.view"))
    assert not looking.get(PATH, {"activity": spring.id}).html.select(".correct-many")
    correct(looking, spring, status=403, id=[rows[2].id], add="1")
    assert session.scalar(sa.select(sa.func.count(Clockin.id))) == 3


def test_the_sheet_has_a_line_for_everybody(admin, session, spring, rows, add_user):
    session.add_all(
        Enrollment(activity_id=spring.id, user_id=add_user(f"x{number}").id) for number in range(60)
    )
    session.flush()
    page = admin.get(f"{PATH}sheet?activity={spring.id}")
    rows = [[cell.text for cell in row.select("td, th")] for row in page.html.select("tr")]
    assert rows[0] == ["序号", "姓名", "系所", "签名"]
    assert len(rows) == 64
    # By departments, those without one last.
    assert rows[1] == ["1", "褚一", "信息系", ""]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(1, 64)]


def test_without_an_activity_there_is_no_sheet(admin):
    assert admin.get(PATH + "sheet", status=303).location.endswith(PATH + "?")


def test_those_who_are_missing_can_be_looked_at_by_department(admin, spring, rows):
    page = admin.get(PATH, {"activity": spring.id, "e": "未签退", "department": "none"})
    assert names(page) == ["褚三", "褚二"]
