"""活动, the registration form, 打卡项 and 打卡员."""

import json
import re

import pytest
import sqlalchemy as sa

from hhu_base.mail.models import Mail
from hhu_base.models import AuditEntry
from hhu_plugins.activities.models import Activity, ClockinItem, Enrollment

from .conftest import FORM, HOUR

ACTIVITIES = "/admin/activities/activities/"
ITEMS = "/admin/activities/items/"
CHECK = "/admin/activities/form-check"


def local(moment) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def test_an_activity_is_added_with_its_form(admin, session, now):
    page = admin.get(ACTIVITIES + "add")
    admin.submit(
        page,
        name="春游",
        location="玄武湖",
        time_start="2027-04-01T08:30",
        time_end="2027-04-01T17:00",
        participants_total_limit="40",
        form_metas=json.dumps(FORM),
    )
    activity = session.scalars(sa.select(Activity)).one()
    assert (activity.name, activity.participants_total_limit) == ("春游", 40)
    assert activity.form_metas == FORM
    assert list(activity.form_metas) == list(FORM)
    assert "春游" in admin.get(ACTIVITIES).text


def test_a_form_that_is_none_is_refused_with_everything_that_is_wrong(admin, add_activity):
    activity = add_activity()
    wrong = json.dumps({"性别": {"type": "radio"}, "": {"type": "text"}})
    page = admin.get(f"{ACTIVITIES}{activity.id}/?tab=form")
    page = admin.submit(page, status=400, form_metas=wrong)
    assert "字段“性别”：选项（choices）必须是一个列表，至少有一项。" in page.text
    assert "字段名称不能为空。" in page.text
    assert activity.form_metas == {}


def test_the_end_is_not_before_the_start(admin, activity):
    page = admin.get(f"{ACTIVITIES}{activity.id}/")
    page = admin.submit(page, status=400, time_end="2020-01-01T00:00")
    assert "结束时间不能早于开始时间。" in page.text


def test_an_untouched_form_stays_as_it_is_and_a_change_is_in_the_audit(
    admin, session, add_activity
):
    activity = add_activity(form=FORM)
    page = admin.get(f"{ACTIVITIES}{activity.id}/")
    admin.submit(page, name="秋游")
    assert (activity.name, activity.form_metas) == ("秋游", FORM)
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.before, entry.after) == ({"名称": "春游"}, {"名称": "秋游"})


def test_a_changed_form_keeps_what_was_answered(
    admin, session, add_activity, add_enrollment, teacher
):
    activity = add_activity(form=FORM)
    enrollment = add_enrollment(activity, teacher, 姓名="褚杰")
    admin.submit(admin.get(f"{ACTIVITIES}{activity.id}/?tab=form"), form_metas="{}")
    assert activity.form_metas == {}
    assert enrollment.participating_metas == {"姓名": "褚杰"}
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert "姓名" in entry.before["报名表单"]


def test_a_higher_limit_gives_the_places_to_those_who_wait(
    admin, session, add_activity, add_enrollment, add_waiting, teacher, add_user
):
    activity = add_activity(participants_total_limit=1, has_waiting_list=True)
    add_enrollment(activity, teacher)
    second = add_user("t0002", email="t0002@hhu.example")
    add_waiting(activity, second)
    add_waiting(activity, add_user("t0003"))
    admin.submit(admin.get(f"{ACTIVITIES}{activity.id}/"), participants_total_limit="2")
    users = session.scalars(sa.select(Enrollment.user_id).order_by(Enrollment.id)).all()
    assert users == [teacher.id, second.id]
    assert session.scalars(sa.select(Mail.to_address)).all() == ["t0002@hhu.example"]


def check(browser, form: str, activity: str = ""):
    page = browser.get(ACTIVITIES + "add")
    token = {"X-CSRF-Token": browser.form(page)["csrf_token"].value}
    return browser.post(CHECK, {"form": form, "activity": activity}, headers=token, status=200)


def test_the_builder_reads_a_form_by_the_same_rules_and_in_its_order(admin):
    answer = check(admin, '{"乙": {"type": "text"}, "甲": {"type": "number"}}')
    assert [field["name"] for field in answer.json["fields"]] == ["乙", "甲"]
    assert answer.json["fields"][0]["required"] is False


NUMBERS = {"2": {"type": "text"}, "1": {"type": "number"}}


def test_a_new_field_whose_name_is_digits_is_refused_with_the_reason(admin, activity):
    page = admin.get(f"{ACTIVITIES}{activity.id}/?tab=form")
    page = admin.submit(page, status=400, form_metas=json.dumps(NUMBERS))
    for text in (page.text, *check(admin, json.dumps(NUMBERS)).json["problems"]):
        assert "名称不能只是数字，手机会打乱这些字段的次序" in text
    assert activity.form_metas == {}


def test_fields_that_have_such_names_already_keep_them(admin, add_activity):
    activity = add_activity(form=NUMBERS)
    text = json.dumps({**NUMBERS, "备注": {"type": "text"}})
    answer = check(admin, text, str(activity.id))
    assert [field["name"] for field in answer.json["fields"]] == ["2", "1", "备注"]
    admin.submit(admin.get(f"{ACTIVITIES}{activity.id}/?tab=form"), form_metas=text)
    assert list(activity.form_metas) == ["2", "1", "备注"]
    more = json.dumps({**NUMBERS, "3": {"type": "text"}})
    assert "字段“3”" in check(admin, more, str(activity.id)).json["problems"][0]
    # Another activity has no such field yet.
    assert check(admin, text, str(add_activity("冬游").id)).json["problems"]


@pytest.mark.parametrize(
    ("form", "problem"),
    [("[", "第 1 行第 2 列不是有效的 JSON。"), ('{"a": 1}', "规则必须是一个 JSON 对象")],
)
def test_the_builder_says_what_is_wrong_with_a_pasted_form(admin, form, problem):
    assert re.search(problem, check(admin, form).json["problems"][0])


def test_who_may_only_look_changes_nothing(browser, add_staff, activity, add_item):
    looking = browser.as_user(add_staff("activities.view"))
    page = looking.get(f"{ACTIVITIES}{activity.id}/")
    assert page.html.select_one("fieldset[disabled]")
    looking.get(ACTIVITIES + "add", status=403)
    nobody = browser.as_user(add_staff("rooms.view", username="other"))
    nobody.get(f"{ACTIVITIES}{activity.id}/", status=403)
    nobody.get(f"{ACTIVITIES}{activity.id}/attendance", status=403)


def test_an_item_is_added_with_its_staff(admin, session, activity, teacher, now):
    page = admin.get(f"{ITEMS}add?activity_id={activity.id}")
    form = admin.form(page)
    assert form["activity_id"].value == str(activity.id)
    form["staff"].force_value([str(teacher.id)])
    admin.submit(page, label="签到", from_time=local(now), to_time=local(now + HOUR))
    item = session.scalars(sa.select(ClockinItem)).one()
    assert (item.label, item.activity_id) == ("签到", activity.id)
    assert item.staff == [teacher]
    assert "春游" in admin.get(ITEMS).text


def test_the_staff_of_an_item_is_chosen_on_its_page_and_leads_back(admin, activity, add_item):
    add_item(activity)
    home = f"{ACTIVITIES}{activity.id}/?tab=items"
    item = admin.get(home).html.select_one("a[href*='items/']:-soup-contains('打卡员')")
    assert admin.submit(admin.get(item["href"]), label="签离").location.endswith(home)


def test_a_label_that_the_filter_could_not_read_is_refused(admin, activity, now):
    page = admin.get(f"{ITEMS}add?activity_id={activity.id}")
    times = {"from_time": local(now), "to_time": local(now)}
    page = admin.submit(page, status=400, label="未或", **times)
    assert "打卡项名称不能只由" in page.text


def test_the_window_of_an_item_ends_after_it_begins(admin, activity, now):
    page = admin.get(f"{ITEMS}add?activity_id={activity.id}")
    times = {"from_time": local(now), "to_time": local(now)}
    assert "结束必须晚于开始。" in admin.submit(page, status=400, label="签到", **times).text


def test_an_item_that_was_used_stays_with_its_activity(
    admin, add_activity, add_item, add_enrollment, add_clockin, teacher
):
    activity, other = add_activity(), add_activity("秋游")
    item = add_item(activity)
    add_enrollment(activity, teacher)
    add_clockin(item, teacher)
    page = admin.get(f"{ITEMS}{item.id}/")
    admin.form(page)["activity_id"].force_value(str(other.id))
    assert "不能换到别的活动" in admin.submit(page, status=400).text


def test_the_activitys_page_shows_who_is_there(
    admin, session, now, activity, add_item, add_enrollment, add_clockin, teacher, add_user
):
    item = add_item(activity)
    add_enrollment(activity, teacher)
    add_enrollment(activity, add_user("t0002"))
    add_clockin(item, teacher)
    activity.time_start, activity.time_end = now - HOUR, now + HOUR
    session.flush()
    for path in ("", "?tab=items", "attendance"):
        path = f"{ACTIVITIES}{activity.id}/{path}"
        text = " ".join(admin.get(path).html.select_one(".item-count").text.split())
        assert text == "1 / 2 人已到，缺 1 人"


def test_an_activity_that_people_are_enrolled_in_is_not_deleted(
    admin, session, activity, add_enrollment, add_waiting, teacher, add_user
):
    add_waiting(activity, add_user("t0002"))
    path = f"{ACTIVITIES}delete?id={activity.id}"
    assert admin.get(path).html.select_one(".dependents").text.strip() == "1 条候补"
    add_enrollment(activity, teacher)
    assert admin.get(path).html.select_one(".dependents").text.strip() == "1 条报名记录"
    token = admin.form(admin.get(ACTIVITIES + "add"))["csrf_token"].value
    admin.post(ACTIVITIES + "delete", {"csrf_token": token, "id": activity.id})
    assert session.scalar(sa.select(sa.func.count(Activity.id))) == 1
