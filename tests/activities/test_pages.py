"""The teachers' pages of the activities: to find one, take part in it, and show its codes."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_plugins.activities import enrollments
from hhu_plugins.activities.models import Enrollment, WaitingEntry

from .conftest import FORM, HOUR

PATH = "/app/activities/"
DAY = timedelta(days=1)


@pytest.fixture
def theirs(browser, teacher):
    return browser.as_user(teacher)


def names(page) -> list[str]:
    return [name.text for name in page.html.select("#activities .rows b")]


def state(page) -> str:
    return page.html.select_one("main .badge-tone").text


def one(activity) -> str:
    return f"{PATH}{activity.id}/"


def send(theirs, activity, do: str = "enroll", status: int = 303, **values):
    """The form with these values, whatever the page offers."""
    token = theirs.get(PATH + "clockin/").html.find("input", {"name": "csrf_token"})["value"]
    fields = [("csrf_token", token), ("do", do)]
    for name, value in values.items():
        fields += [(name, each) for each in (value if isinstance(value, list) else [value])]
    return theirs.post(one(activity), fields, status=status)


def test_the_list_has_what_is_open_and_ones_own_the_next_first(
    theirs, add_activity, add_enrollment, teacher, now
):
    add_activity("后天", time_start=now + 2 * DAY, time_end=now + 3 * DAY)
    add_activity("过去", time_start=now - 2 * DAY, time_end=now - DAY)
    add_activity("明天", time_start=now + DAY, time_end=now + 2 * DAY)
    add_activity("不开放", open_for_enrollment=False)
    add_enrollment(add_activity("我的", open_for_enrollment=False, time_start=now), teacher)
    assert names(theirs.get(PATH)) == ["我的", "明天", "后天", "过去"]
    assert names(theirs.get(PATH, {"my": "yes"})) == ["我的"]


@pytest.mark.parametrize("text", ["羽毛球", "ymq", "体育馆", "羽毛球 体育馆"])
def test_the_list_is_searched_by_name_place_and_pinyin(theirs, add_activity, text):
    add_activity("教工羽毛球赛", location="体育馆")
    add_activity("春游")
    assert names(theirs.get(PATH, {"search": text})) == ["教工羽毛球赛"]


def test_a_search_that_is_too_much_says_so(theirs):
    page = theirs.get(PATH, {"search": "很 多 词 " * 5})
    assert "一次最多搜索" in page.html.find(role="alert").text


def test_a_long_list_has_pages(theirs, add_activity):
    for number in range(23):
        add_activity(f"活动{number:02}")
    first = theirs.get(PATH)
    assert len(names(first)) == 20
    second = theirs.get(first.html.find("a", string="下一页")["href"])
    assert len(names(second)) == 3
    assert second.html.find("a", string="上一页")["href"] == PATH
    assert names(theirs.get(PATH, {"page": "999999999999"})) == names(first)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "可以报名"),
        ({"participants_total_limit": 5}, "还有 5 个名额"),
        ({"participants_total_limit": 0}, "已满"),
        ({"participants_total_limit": 0, "has_waiting_list": True}, "已满，可以候补"),
        ({"time_start": None}, "已结束"),
    ],
)
def test_each_says_how_it_stands(theirs, add_activity, now, values, text):
    if "time_start" in values:
        values = {"time_start": now - 2 * DAY, "time_end": now - DAY}
    activity = add_activity("春游", **values)
    assert state(theirs.get(PATH)) == text
    assert state(theirs.get(one(activity))) == text


def test_the_form_is_as_the_administrator_made_it(theirs, add_activity):
    form = theirs.form(theirs.get(one(add_activity(form=FORM))))
    assert [form[f"f{number}"].value for number in (0, 1, 2, 4)] == ["", "1", "", "无"]
    assert form["f2"].options == [("男", False, None), ("女", False, None), ("", True, None)]
    assert [box.value for box in form.fields["f3"]] == ["读书", None, None]


def test_who_fills_it_in_is_enrolled_with_these_answers(theirs, add_activity, session, teacher):
    activity = add_activity(form=FORM)
    form = theirs.form(theirs.get(one(activity)))
    form["f0"], form["f1"], form["f2"], form["f4"] = "褚杰", "2", "男", "第一行\n第二行"
    form.fields["f3"][2].checked = True
    page = form.submit().follow()
    assert "报名成功" in page.html.find(role="status", class_="alert").text
    assert state(page) == "已报名"
    stored = session.scalars(sa.select(Enrollment)).one()
    assert stored.user_id == teacher.id
    assert stored.participating_metas == {
        "姓名": "褚杰",
        "人数": 2,
        "性别": "男",
        "爱好": ["读书", "下棋"],
        "备注": "第一行\n第二行",
    }
    assert "读书、下棋" in page.html.find(class_="activity-answers").text


def test_what_is_wrong_is_said_at_its_field_and_the_answers_stay(theirs, add_activity, session):
    activity = add_activity(form=FORM)
    page = send(theirs, activity, status=400, f1="许多", f3=["爬山"], f4="记得<b>带伞</b>")
    assert page.html.find(id="f0-error").text == "必填项姓名不得为空。"
    assert page.html.find(id="f1-error").text == "数字不合法"
    form = theirs.form(page)
    assert (form["f1"].value, form["f4"].value) == ("许多", "记得<b>带伞</b>")
    assert [box.checked for box in form.fields["f3"]] == [False, True, False]
    assert session.scalar(sa.select(sa.func.count(Enrollment.id))) == 0


def test_who_comes_too_late_keeps_the_answers_and_is_offered_to_wait(
    theirs, add_activity, add_enrollment, add_user, session
):
    activity = add_activity(
        form={"姓名": FORM["姓名"]}, participants_total_limit=1, has_waiting_list=True
    )
    form = theirs.form(theirs.get(one(activity)))
    form["f0"] = "褚杰"
    add_enrollment(activity, add_user("t0002"))
    page = form.submit(status=400)
    assert enrollments.FULL in page.html.find(role="alert").text
    again = theirs.form(page)
    assert (again["f0"].value, again["waitlist"].value) == ("褚杰", "yes")
    waiting = again.submit().follow()
    assert "候补第 1 位" in waiting.text
    assert session.scalars(sa.select(WaitingEntry)).one().participating_metas == {"姓名": "褚杰"}


def test_tapped_twice_it_is_one_place(theirs, activity, session):
    send(theirs, activity)
    page = send(theirs, activity).follow()
    assert "您已经报名这个活动" in page.text
    assert session.scalar(sa.select(sa.func.count(Enrollment.id))) == 1


def test_a_place_is_given_back_and_who_waited_has_it(
    theirs, add_activity, add_enrollment, add_waiting, add_user, teacher, session, mails
):
    activity = add_activity(participants_total_limit=1, has_waiting_list=True)
    other = add_user("t0002", email="other@example.com")
    add_enrollment(activity, teacher)
    add_waiting(activity, other)
    page = send(theirs, activity, "leave").follow()
    assert "已取消报名" in page.text
    assert session.scalars(sa.select(Enrollment.user_id)).all() == [other.id]
    assert "候补成功" in mails()[0].subject
    assert "您没有报名这个活动" in send(theirs, activity, "leave").follow().text


def test_who_has_clocked_in_keeps_the_place(
    theirs, activity, add_enrollment, add_item, add_clockin, teacher
):
    add_enrollment(activity, teacher)
    add_clockin(add_item(activity), teacher)
    page = send(theirs, activity, "leave").follow()
    assert enrollments.HAS_CLOCKED_IN in page.text
    assert state(page) == "已报名"


def test_who_no_longer_waits_and_may_not_see_it_is_led_to_the_list(
    theirs, add_activity, add_waiting, teacher, session
):
    activity = add_activity(open_for_enrollment=False)
    add_waiting(activity, teacher)
    assert "候补第 1 位" in theirs.get(one(activity)).text
    answer = send(theirs, activity, "stop")
    assert answer.location.endswith(PATH)
    assert session.scalar(sa.select(sa.func.count(WaitingEntry.id))) == 0
    theirs.get(one(activity), status=404)


def test_ones_own_clock_ins_are_shown(
    theirs, activity, add_enrollment, add_item, add_clockin, teacher
):
    add_enrollment(activity, teacher)
    add_clockin(add_item(activity, "签到", -3 * HOUR, -2 * HOUR), teacher)
    add_item(activity, "午餐", -2 * HOUR, -HOUR)
    add_item(activity, "现在")
    add_item(activity, "签退", HOUR, 2 * HOUR)
    lines = [
        " ".join(line.stripped_strings)
        for line in theirs.get(one(activity)).html.select(".lines li")
    ]
    assert [line.split()[0] for line in lines] == ["签到", "午餐", "现在", "签退"]
    assert [line.rpartition(" ")[2] for line in lines[:3]] == ["已打卡", "未打卡", "扫码打卡"]
    assert "打卡" not in lines[3]


def test_what_is_not_there_is_not_found(theirs, add_activity):
    closed = add_activity(open_for_enrollment=False)
    for path in (one(closed), f"{PATH}999999/", f"{PATH}{10**17}/"):
        theirs.get(path, status=404)
    send(theirs, closed, "nonsense", status=400)


def test_the_card_of_the_day_leads_there(theirs, activity, add_enrollment, teacher):
    add_enrollment(activity, teacher)
    page = theirs.get("/app/")
    assert page.html.select_one(f'.card-app a[href="{one(activity)}"]')
    assert page.html.select_one(f'.ways a[href="{PATH}"]')


def test_who_is_appointed_shows_the_code(theirs, activity, add_item, add_user, teacher, app):
    item = add_item(activity, staff=[teacher])
    other = add_item(activity, "别的", staff=[add_user("t0002")])
    page = theirs.get(PATH)
    page = theirs.get(page.html.main.find("a", href=f"{PATH}codes/")["href"])
    assert page.html.select(".rows a")[0]["href"] == f"{PATH}codes/{item.id}/"
    page = theirs.get(f"{PATH}codes/{item.id}/")
    assert page.html.select_one("#code svg")
    assert page.html.find("footer").a["href"] == f"{PATH}codes/"
    answer = theirs.get(f"{PATH}codes/{item.id}/code").json
    assert answer["key"].startswith("HHU-")
    for path in (f"{PATH}codes/{other.id}/", f"{PATH}codes/{other.id}/code"):
        theirs.get(path, status=404)
    assert "codes/" not in theirs.get(one(activity)).text
