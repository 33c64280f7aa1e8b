"""The teachers' pages of the activities: to find one, take part in it, and show its codes."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.documents.file_store import FileStore
from hhu_plugins.activities import enrollments, form_files
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


STAY = {
    "住宿": {"type": "radio", "required": True, "default": "", "choices": ["是", "否"]},
    "几晚": {
        "type": "number",
        "required": True,
        "default": "",
        "when": {"field": "住宿", "is": "是"},
    },
}


@pytest.mark.parametrize(
    ("stay", "nights", "stored"),
    [
        ("否", "", {"住宿": "否"}),
        ("否", "很多", {"住宿": "否"}),
        ("是", "2", {"住宿": "是", "几晚": 2}),
    ],
)
def test_what_is_asked_under_a_condition_counts_only_then(
    theirs, add_activity, session, stay, nights, stored
):
    activity = add_activity(form=STAY)
    assert "“住宿”选“是”时填写" in theirs.get(one(activity)).text
    send(theirs, activity, f0=stay, f1=nights)
    assert session.scalars(sa.select(Enrollment)).one().participating_metas == stored


def test_under_its_condition_it_has_to_be_answered(theirs, add_activity):
    page = send(theirs, add_activity(form=STAY), status=400, f0="是")
    assert "几晚" in page.html.find(id="f1-error").text


def test_what_is_on_ones_card_is_filled_in(theirs, add_activity):
    form = {"姓名": {"type": "text", "required": True, "default": "", "fill": "fullname"}}
    assert theirs.form(theirs.get(one(add_activity(form=form))))["f0"].value == "褚杰"


def test_after_the_deadline_there_is_no_form(theirs, add_activity, now):
    activity = add_activity(enroll_until=now - HOUR)
    page = theirs.get(one(activity))
    assert state(page) == "报名已截止"
    assert not page.html.find("form", {"class": "form"})
    assert enrollments.TOO_LATE in send(theirs, activity, status=400).text


FILES = {
    "姓名": {"type": "text", "required": True, "default": ""},
    "证明": {"type": "file", "required": True, "default": ""},
    "照片": {"type": "file", "required": False, "default": ""},
}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


@pytest.fixture
def uploads(app, tmp_path, monkeypatch):
    settings = replace(app.registry["activities.uploads"], store=FileStore(tmp_path / "files"))
    monkeypatch.setitem(app.registry, "activities.uploads", settings)


def with_files(theirs, page, *sent, status=303, **values):
    """The page's form as a browser sends it: a part for each field of files, if only an empty one."""
    form = theirs.form(page)
    fields = {name: form[name].value for name in form.fields if name not in (None, "file")} | values
    parts = [("file", name, content) for name, content in sent]
    return theirs.post(page.request.path, list(fields.items()), upload_files=parts, status=status)


def test_a_file_is_an_answer_and_is_not_lost_by_another_mistake(
    theirs, add_activity, session, uploads
):
    activity = add_activity(form=FILES)
    page = theirs.get(one(activity))
    nothing = ("", b"")
    page = with_files(theirs, page, ("在职证明.png", PNG), nothing, status=400)
    assert "姓名" in page.html.find(id="f0-error").text
    assert "已上传：在职证明.png" in page.text
    page = with_files(theirs, page, nothing, nothing, f0="褚杰").follow()
    assert "在职证明.png" in page.html.find(class_="activity-answers").text
    stored = session.scalars(sa.select(Enrollment)).one().participating_metas
    assert stored["证明"]["name"] == "在职证明.png"
    assert stored["照片"] == ""


def test_a_file_that_is_not_taken_says_so_at_its_field(theirs, add_activity, uploads, session):
    page = theirs.get(one(add_activity(form=FILES)))
    page = with_files(theirs, page, ("x.exe", b"MZ"), ("", b""), status=400, f0="褚杰")
    assert "不接受 .exe 文件" in page.html.find(id="f1-error").text
    assert theirs.form(page)["f0"].value == "褚杰"
    assert session.scalar(sa.select(sa.func.count(Enrollment.id))) == 0


def test_somebody_elses_file_is_none(theirs, add_activity, uploads, session, add_user, app):
    activity = add_activity(form=FILES)
    row = form_files.keep(
        session,
        app.registry["activities.uploads"],
        io.BytesIO(PNG),
        "a.png",
        activity_id=activity.id,
        user_id=add_user("t0002").id,
        field="证明",
    )
    page = send(theirs, activity, status=400, f0="褚杰", **{"f1-kept": str(row.id)})
    assert "请上传" in page.html.find(id="f1-error").text


def test_what_is_refused_moves_nobody_up_in_silence(
    theirs, add_activity, add_waiting, add_user, session, mails
):
    """Whoever comes frees nothing, but finds a place that was free for who waits."""
    activity = add_activity(form={"姓名": FORM["姓名"]}, has_waiting_list=True)
    add_waiting(activity, add_user("t0002", email="t2@example.com"))
    session.execute(sa.update(type(activity)).values(participants_total_limit=1))
    send(theirs, activity, status=400, f0="褚杰")
    assert (session.scalar(sa.select(sa.func.count(Enrollment.id))), len(mails())) == (0, 0)
