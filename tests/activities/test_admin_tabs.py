"""活动 as one place: its tabs, items changed where they stand, copies, the deadline."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_plugins.activities import clockin_proposals
from hhu_plugins.activities.models import Activity, ClockinItem, Enrollment

from .conftest import FORM, HOUR

ACTIVITIES = "/admin/activities/activities/"
ZONE = ZoneInfo("Asia/Shanghai")


def local(moment) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%dT%H:%M}"


def home(activity, rest: str = "") -> str:
    return f"{ACTIVITIES}{activity.id}/{rest}"


def test_the_tabs_lead_through_all_that_belongs_to_an_activity(admin, add_activity):
    activity = add_activity(form=FORM)
    page = admin.get(home(activity))
    links = page.html.select(".tabs a")
    assert [link.text for link in links] == ["概况", "报名表单", "打卡", "报名记录", "历史"]
    for link in links:
        page = admin.get(link["href"])
        current = page.html.select(".tabs [aria-current]")
        assert [each.text for each in current] == [link.text]
        assert page.html.select_one("h1").text == activity.name


def test_each_tab_saves_only_what_is_its_own_and_stays(admin, session, add_activity):
    activity = add_activity(form=FORM)
    page = admin.get(home(activity, "?tab=form"))
    answer = admin.submit(page, button="save_and_stay", form_metas="{}")
    assert answer.location.endswith(home(activity, "?tab=form"))
    assert (activity.form_metas, activity.name) == ({}, "春游")
    admin.submit(admin.get(home(activity)), name="秋游")
    assert activity.name == "秋游"
    entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [list(entry.after) for entry in entries] == [["报名表单"], ["名称"]]
    history = admin.get(home(activity, "?tab=history")).html.select(".timeline li")
    assert len(history) == 2


def test_the_history_tells_of_the_items_and_the_registrations_too(
    admin, session, add_activity, add_item, add_enrollment, teacher
):
    activity = add_activity(form=FORM)
    item = add_item(activity)
    row = add_enrollment(activity, teacher, 姓名="褚杰")
    admin.submit(admin.get(f"/admin/activities/items/{item.id}/"), label="签离")
    admin.submit(admin.get(f"/admin/activities/enrollments/{row.id}/"), f1="3")
    text = admin.get(home(activity, "?tab=history")).html.select_one(".timeline").text
    assert "签离" in text
    assert "人数" in text


def test_on_the_day_itself_attendance_is_on_top(admin, session, activity, add_item, now):
    add_item(activity)
    assert not admin.get(home(activity)).html.select(".attendance")
    activity.time_start = now
    session.flush()
    page = admin.get(home(activity))
    parts = page.html.select("main > section, main > form")
    assert "attendance" in parts[0]["class"]
    assert parts[0].select_one("[data-live]")["data-live"] == home(activity, "attendance")


def test_those_who_are_missing_open_with_their_names(
    admin, activity, add_item, add_enrollment, add_clockin, teacher, add_user
):
    item = add_item(activity)
    add_item(activity, "未签")  # its name holds a word of the sentences
    add_enrollment(activity, teacher)
    add_enrollment(activity, add_user("t2", first_name="二"))
    add_clockin(item, teacher)
    page = admin.get(home(activity, "?tab=items"))
    links = [a["href"] for a in page.html.select("a:-soup-contains('的名单')")]
    assert len(links) == 4  # of both items, as a whole and for those without a department
    for link in links[:2]:
        assert [e.text.strip() for e in admin.get(link).html.select("td.first")] == ["褚二"]
    assert len(admin.get(links[2]).html.select("td.first")) == 2


def test_the_times_of_items_are_proposed_from_the_activity(admin, session, add_activity, now):
    activity = add_activity(time_start=now + HOUR, time_end=now + 3 * HOUR)
    page = admin.get(home(activity, "?tab=items"))
    form = page.html.select(".item-line")[-1]
    assert form.select_one("[name=label]")["value"] == "签到"
    assert form.select_one("[name=from_time]")["value"] == local(now + HOUR / 2)
    add_line(admin, page)
    page = admin.get(home(activity, "?tab=items"))
    assert page.html.select(".item-line")[-1].select_one("[name=label]")["value"] == "签退"
    assert [item.label for item in session.scalars(sa.select(ClockinItem))] == ["签到"]


def lines(page) -> list:
    return [form for form in page.forms.values() if "from_time" in form.fields]


def add_line(admin, page, status=303, number=-1, **values):
    form = lines(page)[number]
    for name, value in values.items():
        form[name] = value
    return form.submit(status=status)


def test_items_are_changed_where_they_stand(admin, session, activity, add_item, now):
    item = add_item(activity)
    page = admin.get(home(activity, "?tab=items"))
    answer = add_line(admin, page, number=0, label="上车", to_time=local(now + 5 * HOUR))
    assert answer.location.endswith(home(activity, "?tab=items"))
    session.expire_all()
    assert item.label == "上车"
    assert local(item.to_time) == local(now + 5 * HOUR)
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.row_id) == ("修改", item.id)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"label": ""}, "该字段不能为空。"),
        ({"label": "未或"}, "打卡项名称不能只由"),
        ({"label": "签到"}, "这项活动已经有同名的打卡项。"),
        ({"from_time": "x"}, "格式"),
        ({"to_time": "2001-01-01T00:00"}, "结束必须晚于开始。"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_beside_it(
    admin, session, activity, add_item, values, said
):
    add_item(activity)
    page = admin.get(home(activity, "?tab=items"))
    page = add_line(admin, page, status=400, **values)
    form = page.html.select(".item-line")[-1]
    assert said in form.select_one(".field-error").text
    name, value = next(iter(values.items()))
    assert form.select_one(f"[name={name}]").get("value", "") == value
    assert session.scalar(sa.select(sa.func.count(ClockinItem.id))) == 1


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(
    admin, session, activity, add_item
):
    item = add_item(activity)
    page = admin.get(home(activity, "?tab=items"))
    item.label = "签离"
    session.flush()
    answer = add_line(admin, page, number=0, label="上车")
    assert "刚才有人修改了这个打卡项" in admin.get(answer.location).text
    assert item.label == "签离"


def test_a_line_of_another_activity_is_not_found(admin, activity, add_activity, add_item):
    other = add_item(add_activity("秋游"))
    add_item(activity)
    page = admin.get(home(activity, "?tab=items"))
    form = lines(page)[0]
    form["id"].force_value(str(other.id))
    form.submit(status=404)


def test_several_days_are_proposed_one_by_one(now):
    start = now.astimezone(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)
    found = clockin_proposals.propose(
        start, start + timedelta(days=1, hours=8), ZONE, {"第1天签退"}
    )
    assert [each.label for each in found] == ["第1天签到", "第2天签到", "第2天签退"]
    assert found[1].from_time == start + timedelta(days=1) - HOUR / 2
    assert all(each.from_time < each.to_time for each in found)


def test_an_activity_is_copied_to_another_day(
    admin, session, add_activity, add_item, add_enrollment, teacher, now
):
    activity = add_activity(form=FORM, enroll_until=now + HOUR, participants_total_limit=9)
    item = add_item(activity, staff=[teacher])
    add_enrollment(activity, teacher)
    page = admin.get(home(activity, "copy"))
    start = activity.time_start + timedelta(days=30)
    form = next(f for f in page.forms.values() if "time_start" in f.fields)
    form["time_start"], form["name"] = local(start), "秋游"
    answer = form.submit(status=303)
    made = session.scalars(sa.select(Activity).where(Activity.id != activity.id)).one()
    assert answer.location.endswith(home(made))
    assert (made.name, made.form_metas, made.participants_total_limit) == ("秋游", FORM, 9)
    assert made.open_for_enrollment is False
    shift = made.time_start - activity.time_start
    assert local(made.time_start) == local(start)
    assert made.time_end - activity.time_end == shift
    assert made.enroll_until - activity.enroll_until == shift
    copied = made.clockin_items[0]
    assert (copied.label, copied.from_time - item.from_time) == (item.label, shift)
    assert copied.staff == [teacher]
    counted = sa.select(sa.func.count(Enrollment.id)).where(Enrollment.activity_id == made.id)
    assert session.scalar(counted) == 0
    form["time_start"] = ""
    assert "该字段不能为空" in form.submit(status=400).text


def test_the_deadline_is_not_after_the_end(admin, activity):
    page = admin.get(home(activity))
    page = admin.submit(page, status=400, enroll_until="2099-01-01T00:00")
    assert "报名截止不能晚于活动结束。" in page.text


def test_who_may_only_look_sees_every_tab_and_changes_nothing(
    browser, add_staff, activity, add_item
):
    item = add_item(activity)
    looking = browser.as_user(add_staff("activities.view"))
    for rest in ("", "?tab=form", "?tab=items", "?tab=history"):
        page = looking.get(home(activity, rest))
        assert not page.html.select("main button[type=submit]")
    looking.get(home(activity, "copy"), status=403)
    token = page.html.find("input", {"name": "csrf_token"})["value"]
    values = {"csrf_token": token, "id": item.id, "label": "x"}
    looking.post(home(activity, "items"), values, status=403)
