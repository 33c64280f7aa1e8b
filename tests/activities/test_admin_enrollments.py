"""报名记录: the filters, the expression, the export, the answers, and corrections by hand."""

from io import BytesIO

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from hhu_base.models import AuditEntry
from hhu_plugins.activities.models import Clockin, Enrollment

from .conftest import FORM, names

PATH = "/admin/activities/enrollments/"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["褚三", "褚二", "褚一"]),
        ({"e": "签到了但未签退"}, ["褚二"]),
        ({"e": "（签到或签退）且未签退"}, ["褚二"]),
        ({"q": "t3"}, ["褚三"]),
        ({"q": "chusan"}, ["褚三"]),
        ({"q": "cs"}, ["褚三"]),
        ({"sort": "name"}, ["褚二", "褚三", "褚一"]),
        ({"sort": "-name"}, ["褚一", "褚三", "褚二"]),
        ({"sort": "department"}, ["褚一", "褚三", "褚二"]),
        ({"sort": "-attended"}, ["褚一", "褚二", "褚三"]),
        ({"sort": "no such column"}, ["褚三", "褚二", "褚一"]),
        ({"field": "人数", "answer": "1"}, ["褚一"]),
        ({"from": "2999-01-01"}, []),
        ({"from": "no date", "department": "x", "activity": "\0"}, ["褚三", "褚二", "褚一"]),
    ],
)
def test_the_list_shows_who_fits(admin, people, query, found):
    assert names(admin.get(PATH, query)) == found


def test_the_list_filters_by_activity_and_department(
    admin, people, spring, add_activity, add_enrollment
):
    other = add_activity("秋游")
    add_enrollment(other, people[0])
    page = admin.get(PATH, {"activity": spring.id, "department": people[0].department_id})
    assert names(page) == ["褚一"]
    assert [each.text for each in page.html.select("th")][-2:] == ["签到", "签退"]
    assert names(admin.get(PATH, {"activity": other.id})) == ["褚一"]


def test_a_wrong_expression_shows_the_place_and_the_list_stays(admin, people):
    page = admin.get(PATH, {"e": "签到且且签退", "was": "签到了但未签退"})
    assert names(page) == ["褚二"]
    error = page.html.select_one("#expression-error")
    assert error.select_one("mark").text == "且"
    assert "仍按“签到了但未签退”筛选" in error.text
    assert page.html.select_one("#expression")["value"] == "签到且且签退"
    assert page.html.select_one("input[name=was]")["value"] == "签到了但未签退"


def test_the_export_has_a_column_for_each_field_and_item(admin, people, spring, session):
    old = session.scalars(sa.select(Enrollment).where(Enrollment.user_id == people[1].id)).one()
    old.participating_metas = {**old.participating_metas, "旧字段": "=1+1"}
    answer = admin.get(PATH + "export.xlsx", {"activity": spring.id, "e": "签到"})
    rows = list(load_workbook(BytesIO(answer.body)).active.values)
    assert rows[0] == (
        *("工号", "姓名", "系所", "手机", "活动", "报名时间"),
        *FORM,
        *("旧字段", "签到", "签退"),
    )
    assert [row[0] for row in rows[1:]] == ["t2", "t1"]
    assert rows[1][7] == 2
    assert rows[1][-3:] == ("'=1+1", "是", None)
    assert "﻿工号" in admin.get(PATH + "export.csv").body.decode()


def row_of(session, user) -> Enrollment:
    return session.scalars(sa.select(Enrollment).where(Enrollment.user_id == user.id)).one()


def test_answers_are_changed_by_the_rules_of_the_form(admin, people, session):
    row = row_of(session, people[0])
    page = admin.get(f"{PATH}{row.id}/")
    refused = admin.submit(page, status=400, f1="many")
    assert "数字不合法（字段：人数）" in refused.text
    admin.submit(page, f1="5", f2="女")
    assert row.participating_metas["人数"] == 5
    assert row.participating_metas["性别"] == "女"
    assert row.participating_metas["爱好"] == ["爬山"]
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert entry.after == {"人数": "5", "性别": "女"}


def test_answers_to_a_form_that_has_changed_are_kept_and_shown(admin, people, session, spring):
    spring.form_metas = {"爱好": {**FORM["爱好"], "choices": ["下棋"], "default": []}}
    row = row_of(session, people[0])
    page = admin.get(f"{PATH}{row.id}/")
    assert "爬山（表单中已没有）" in page.text
    assert "褚一" in page.html.select_one(".old-answers").text
    admin.submit(page)
    assert row.participating_metas["爱好"] == ["爬山"]


def correct(browser, row, item, status=303, **values):
    page = browser.get(f"{PATH}{row.id}/")
    token = browser.form(page)["csrf_token"].value
    params = {"csrf_token": token, "item": item.id, **values}
    return browser.post(f"{PATH}{row.id}/correct", params, status=status)


def test_a_clockin_is_added_and_taken_back_with_a_reason(admin, people, session, spring):
    row, item = row_of(session, people[2]), spring.clockin_items[0]
    correct(admin, row, item, add="1", reason=" ")
    assert "请填写更正的原因" in admin.get(f"{PATH}{row.id}/").text
    assert row.attended == []

    correct(admin, row, item, add="1", reason="手机没电")
    session.expire_all()
    assert row.attended == ["签到"]
    correct(admin, row, item, remove="1", reason="认错人了")
    session.expire_all()
    assert row.attended == []
    entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["补录打卡", "撤销打卡"]
    assert entries[0].after == {"签到": "已打卡", "原因": "手机没电"}
    assert entries[1].after == {"原因": "认错人了"}
    assert entries[1].row_id == row.id


def test_a_correction_stays_within_the_activity(admin, people, session, add_activity, add_item):
    item = add_item(add_activity("秋游"), "签到")
    correct(admin, row_of(session, people[2]), item, status=404, add="1", reason="x")


def test_who_may_only_look_corrects_nothing(browser, add_staff, people, session, spring):
    looking = browser.as_user(add_staff("activities.view"))
    row = row_of(session, people[2])
    page = looking.get(f"{PATH}{row.id}/")
    assert not page.html.select(".correction form")
    token = page.html.find("input", {"name": "csrf_token"})["value"]
    params = {"csrf_token": token, "item": spring.clockin_items[0].id, "add": "1", "reason": "x"}
    looking.post(f"{PATH}{row.id}/correct", params, status=403)
    assert session.scalar(sa.select(sa.func.count(Clockin.id))) == 3


def test_a_deleted_registration_gives_its_place_to_who_waits(
    admin, session, add_activity, add_enrollment, add_waiting, teacher, add_user
):
    activity = add_activity(participants_total_limit=1, has_waiting_list=True)
    row = add_enrollment(activity, teacher)
    second = add_user("t0002")
    add_waiting(activity, second)
    admin.submit(admin.get(f"{PATH}delete?id={row.id}"))
    assert session.scalars(sa.select(Enrollment.user_id)).all() == [second.id]
    assert session.scalars(sa.select(AuditEntry.action)).all() == ["删除"]


def test_each_column_of_an_activity_is_sorted_by_a_click(admin, people, spring):
    of_spring = {"activity": spring.id}
    page = admin.get(PATH, of_spring)
    assert [head.a is None for head in page.html.select("th:not(.choose)")].count(True) == 0
    assert names(admin.get(PATH, of_spring | {"sort": "field.人数"})) == ["褚一", "褚二", "褚三"]
    assert names(admin.get(PATH, of_spring | {"sort": "-field.人数"}))[0] == "褚三"
    assert names(admin.get(PATH, of_spring | {"sort": "item.签退"}))[-1] == "褚一"
    # What was chosen stays so on the next page, in the file and behind the chips.
    page = admin.get(PATH, of_spring | {"sort": "-field.人数"})
    assert page.html.select_one("th[aria-sort=descending]").text == "人数"
    assert "sort=-field.%E4%BA%BA%E6%95%B0" in page.html.select_one(".clockin-chip a")["href"]
    rows = admin.get(PATH + "export.csv", of_spring | {"sort": "-field.人数"}).body.decode()
    assert [line.split(",")[1] for line in rows.splitlines()[1:]] == ["褚三", "褚二", "褚一"]


def test_on_a_phone_filters_fold_and_a_registration_is_a_card_of_three_lines(
    admin, people, spring, session
):
    people[0].phone = "15400000001"
    session.flush()
    page = admin.get(PATH, {"activity": spring.id, "came": "yes", "e": "签到"})
    assert page.html.select_one("[data-fold]").text == "筛选 (2)"
    row = page.html.select("tbody tr")[-1]
    assert row.select_one(".on-card-title").text == "褚一"
    lines = row.select(".on-card-line, .on-card-only")
    assert [cell["data-label"] for cell in lines] == ["系所", "手机", "已打卡"]
    assert row.select_one("a.cell-link")["href"] == "tel:15400000001"
    assert page.html.select_one(".pager span").text == "2 人"
