"""Registrations, attendance, evidence and corrections, as the administrators' pages ask for them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hhu_base.models import Department
from hhu_base.values.refusal import Refusal
from hhu_plugins.activities import (
    anomalies,
    attendance,
    clockin_corrections,
    enrollment_search,
    enrollments,
)
from hhu_plugins.activities.enrollment_search import Filters
from hhu_plugins.activities.expressions import ExpressionError, parse
from hhu_plugins.activities.models import Clockin, Enrollment

from .conftest import FORM, HOUR

NASTY = ["签到", "签退", "未到", "或许", "签到 第二天", "午餐（一）", "它'\"; --", "到", "了", "%_"]


@pytest.fixture
def find(session):
    def find(**filters) -> list[Enrollment]:
        return list(session.scalars(enrollment_search.find(Filters(**filters))))

    return find


@pytest.fixture
def fair(add_activity, add_user, add_item, add_enrollment, session):
    """Two activities with six people, and items of which they share some."""
    people = [add_user(f"t{number:04}", first_name=str(number)) for number in range(6)]
    items = {}
    for name, labels in (("一", NASTY[:6]), ("二", ["签到", *NASTY[6:]])):
        activity = add_activity(name)
        for label in labels:
            items[name, label] = add_item(activity, label)
        for person in people:
            add_enrollment(activity, person)
    return people, items


def naive(text: str, has) -> bool:
    """The filter once more, by recursive descent, for one person."""
    words = []
    rest = text
    while rest:
        known = sorted((label for label in NASTY if rest.startswith(label)), key=len)
        if known and known[-1] != "了":
            words.append(known[-1])
            rest = rest[len(known[-1]) :]
        else:
            if rest[0] not in "了的但 ":
                words.append(rest[0])
            rest = rest[1:]
    position = 0

    def either():
        nonlocal position
        value = both()
        while position < len(words) and words[position] == "或":
            position += 1
            other = both()
            value = value or other
        return value

    def both():
        nonlocal position
        value = unit()
        while position < len(words) and words[position] not in ("或", ")", "）"):
            if words[position] == "且":
                position += 1
            other = unit()
            value = value and other
        return value

    def unit():
        nonlocal position
        word = words[position]
        position += 1
        if word == "未":
            return not unit()
        if word in "(（":
            value = either()
            position += 1
            return value
        return has(word)

    return either()


LABELS = st.sampled_from([label for label in NASTY if label != "了"])
EXPRESSIONS = st.recursive(
    LABELS,
    lambda inner: st.one_of(
        st.builds("未{}".format, inner),
        st.builds("（{})".format, inner),
        st.builds("({}或{}）".format, inner, inner),
        st.builds("{}或{}".format, inner, inner),
        st.builds("{}且{}".format, inner, inner),
        st.builds("{}了但{}".format, inner, inner),
        st.builds("{} {}的".format, inner, inner),
    ),
    max_leaves=8,
)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_the_filter_finds_whom_a_naive_evaluator_finds(session, fair, data):
    people, items = fair
    pairs = [(key, person.id) for key in items for person in people]
    present = data.draw(st.sets(st.sampled_from(pairs)))
    text = data.draw(EXPRESSIONS)
    session.execute(sa.delete(Clockin))
    for key, user_id in present:
        session.add(Clockin(item_id=items[key].id, user_id=user_id))
    session.flush()
    session.expire_all()
    expression = parse(text, enrollment_search.labels(session))
    for only in (None, "一", "二"):
        activity_id = None if only is None else items[only, "签到"].activity_id
        found = session.scalars(
            enrollment_search.find(Filters(activity_id=activity_id, expression=expression))
        )
        expected = {
            (name, person.id)
            for name in (["一", "二"] if only is None else [only])
            for person in people
            if naive(text, lambda label, at=name, who=person.id: ((at, label), who) in present)
        }
        assert {(each.activity.name, each.user_id) for each in found} == expected


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet="且或未了的但()（） ，x签到退", max_size=60)
    | st.text(max_size=60)
    | st.lists(st.sampled_from([*"且或未（）", "签到"]), max_size=300).map("".join)
)
def test_whatever_is_typed_is_read_or_refused_with_a_place(text):
    problem = None
    try:
        parse(text, ["签到", "签退"])
    except ExpressionError as error:
        problem = error
    if problem is not None:
        assert 0 <= problem.position <= len(text)
        assert str(problem).endswith("。")


def test_what_somebody_has_clocked_in_for_follows_the_records(
    session, activity, add_enrollment, add_item, add_clockin, teacher
):
    enrollment = add_enrollment(activity, teacher)
    early, late = add_item(activity, "签到"), add_item(activity, "签退")
    records_of_both = [add_clockin(early, teacher), add_clockin(late, teacher)]

    def attended():
        session.flush()
        session.expire_all()
        return enrollment.attended

    assert attended() == ["签到", "签退"]
    early.label = "报到"
    assert attended() == ["报到", "签退"]
    session.delete(records_of_both[1])
    assert attended() == ["报到"]
    session.delete(enrollment)
    session.flush()
    assert add_enrollment(activity, teacher).attended == ["报到"]


def test_registrations_are_found_by_activity_department_time_person_and_answers(
    session, find, add_activity, add_enrollment, add_user, now
):
    department = Department(name="信息系")
    session.add(department)
    session.flush()
    one = add_user("t0001", department_id=department.id)
    two = add_user("x_99", last_name="欧阳", first_name="明远")
    here, there = add_activity("一", form=FORM), add_activity("二")
    first = add_enrollment(here, one, 姓名="褚杰", 爱好=["读书", "爬山"], 人数=12)
    second = add_enrollment(there, two)
    second.enroll_time = now - 48 * HOUR
    session.flush()
    assert find() == [second, first]
    assert find(activity_id=here.id) == [first]
    assert find(department_id=department.id) == [first]
    assert find(enrolled_from=now - HOUR) == [first]
    assert find(enrolled_to=now - HOUR) == [second]
    assert find(person="欧阳明") == find(person="X_ 远") == [second]
    assert find(person="%") == []
    assert find(answers={"爱好": "爬山"}) == find(answers={"人数": "12"}) == [first]
    assert find(answers={"爱好": "下棋"}) == find(answers={"没有": ""}) == []


def test_attendance_in_all_and_by_department(
    session, activity, add_item, add_user, add_enrollment, add_clockin
):
    departments = [Department(name=name) for name in ("信息系", "通信系")]
    session.add_all(departments)
    session.flush()
    places = [departments[0].id, departments[0].id, departments[1].id, None]
    people = [add_user(f"t{number}", department_id=place) for number, place in enumerate(places)]
    for person in people:
        add_enrollment(activity, person)
    early, late = add_item(activity, "签到"), add_item(activity, "签退")
    add_clockin(early, people[0])
    add_clockin(early, people[3])
    first, second = attendance.of_activity(session, activity.id)
    assert (first.total.present, first.total.missing, first.total.enrolled) == (2, 2, 4)
    found = {each.name: (each.present, each.enrolled) for each in first.departments}
    assert found == {"": (1, 1), "信息系": (1, 2), "通信系": (0, 1)}
    assert second.total.present == 0
    assert attendance.of_item(session, early.id) == attendance.Attendance("签到", 2, 4)
    assert attendance.of_item(session, late.id).missing == 4
    assert attendance.of_item(session, 999999) is None


def test_what_looks_odd_is_told(session, activity, add_item, add_user, add_clockin):
    item = add_item(activity)
    same = {"address": "10.0.0.7", "user_agent": "phone"}
    for number in range(3):
        add_clockin(item, add_user(f"s{number}"), code_age=1.0, **same)
    add_clockin(item, add_user("late"), code_age=28.4, address="10.0.0.8", user_agent="phone")
    found = {
        clockin.user.username: [odd.sentence for odd in anomalies.oddities(clockin, count, 25)]
        for clockin, count in session.execute(anomalies.history(activity_id=activity.id))
    }
    assert found == {
        **{f"s{number}": ["同一设备和网络上有 3 人打卡。"] for number in range(3)},
        "late": ["二维码已换过，打卡时已显示 28 秒。"],
    }
    assert len(session.execute(anomalies.history(item_id=item.id)).all()) == 4


def test_a_correction_needs_a_reason_and_an_enrollment(
    session, activity, add_item, add_user, add_enrollment, teacher, now
):
    item, admin = add_item(activity), add_user("root")
    values = {"item_id": item.id, "user_id": teacher.id, "by_user_id": admin.id, "now": now}
    with pytest.raises(Refusal, match="尚未报名"):
        clockin_corrections.add(session, **values, reason="手机没电")
    enrollment = add_enrollment(activity, teacher)
    for reason in (" ", "x" * 256):
        with pytest.raises(Refusal, match="原因"):
            clockin_corrections.add(session, **values, reason=reason)
    clockin_id = clockin_corrections.add(session, **values, reason="手机没电")
    with pytest.raises(Refusal, match="已存在"):
        clockin_corrections.add(session, **values, reason="手机没电")
    assert session.get(Clockin, clockin_id).corrected_by == admin.id
    removed = clockin_corrections.remove(session, clockin_id, reason="补录错误")
    assert removed["user_id"] == teacher.id
    assert removed["reason"] == "补录错误"
    assert clockin_corrections.remove(session, clockin_id, reason="补录错误") is None
    assert enrollments.cancel(session, enrollment.id, now=now) == []


def test_an_administrator_may_remove_an_enrollment_and_the_evidence_stays(
    session, activity, add_item, add_enrollment, add_clockin, teacher, now
):
    enrollment = add_enrollment(activity, teacher)
    add_clockin(add_item(activity), teacher)
    assert enrollments.cancel(session, enrollment.id, now=now + 100 * HOUR) == []
    assert len(session.scalars(sa.select(Clockin)).all()) == 1
