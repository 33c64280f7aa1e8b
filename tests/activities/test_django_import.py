"""The activities' part of a takeover."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial

import pytest
import sqlalchemy as sa

from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, ClockinStaff, Enrollment
from tests.cli.django_import.dumps import (
    activity,
    clockinmeta,
    clockinrecord,
    enrollment,
    notes,
    other,
    outcomes,
    reasons,
    user,
)

from .conftest import FORM

ANSWERS = {"姓名": "褚杰", "已删除的字段": ["x", 1], "🎉": None}


@pytest.fixture
def take(take_objects):
    """``take(object, …)``: a takeover of these, and of two people."""
    return partial(take_objects, user(1), user(2))


def staff(pk=1, **fields):
    return other("activity.clockinstaff", pk, **{"clockin_meta": 3, "staff": 2, **fields})


EVERYTHING = (
    activity(form_metas=json.dumps(FORM)),
    enrollment(participating_metas=json.dumps(ANSWERS)),
    clockinmeta(),
    clockinrecord(),
    staff(1),
    staff(2, staff=["t0001"]),
)


def whole_with(broken):
    return [broken if found["model"] == broken["model"] else found for found in EVERYTHING]


def test_all_of_it_keeps_its_ids_and_the_answers_stay_as_they_were_given(session, take):
    assert reasons(take(*EVERYTHING)) == []
    kept = session.get_one(Activity, 7)
    assert kept.form_metas == FORM
    assert list(kept.form_metas) == list(FORM)
    assert kept.time_start == datetime(2020, 3, 1, 1, tzinfo=UTC)
    assert kept.created == datetime(2020, 2, 1, 9, tzinfo=UTC)
    assert kept.participants_total_limit is None
    found = session.get_one(Enrollment, 5)
    assert (found.participating_metas, found.attended) == (ANSWERS, ["签到"])
    people = session.get_one(ClockinItem, 3).staff
    assert [person.username for person in people] == ["t0001", "t0002"]
    clockin = session.get_one(Clockin, 9)
    assert (clockin.user_id, clockin.time) == (1, datetime(2020, 3, 1, 0, 50, tzinfo=UTC))


def test_a_second_run_finds_it_there(session, take):
    take(*EVERYTHING)
    again = take(*EVERYTHING, staff(3))
    assert reasons(again) == []
    for model in {found["model"] for found in EVERYTHING}:
        assert set(outcomes(again, model)) == {"已有"}
    assert session.scalar(sa.select(sa.func.count()).select_from(ClockinStaff)) == 2


FIELD = {"type": "text", "required": False, "default": ""}


@pytest.mark.parametrize(
    ("broken", "note", "kept"),
    [
        (activity(form_metas="{"), "表单不是有效的 JSON", {}),
        (activity(form_metas="[]"), "表单必须是一个 JSON 对象", {}),
        (activity(form_metas={"a": {"type": "date"}, "b": FIELD}), "舍弃字段“a”", {"b": FIELD}),
        (activity(form_metas={"a": 1, "b": FIELD}), "舍弃字段“a”", {"b": FIELD}),
        (
            activity(form_metas={"a": FIELD | {"hint": "x", "required": "yes"}}),
            "没有“hint”这个属性",
            {"a": FIELD},
        ),
        (
            activity(form_metas={"a": {"type": "radio", "choices": ["x", "x"], "default": "y"}}),
            "重复",
            {"a": {"type": "radio", "required": False, "default": "", "choices": ["x"]}},
        ),
        (
            activity(form_metas='{"a": {"type": "text"}, "a": {"type": "number"}}'),
            "“a”出现了不止一次",
            {"a": FIELD},
        ),
        (activity(form_metas={" a": FIELD, "a": FIELD}), "首尾的空格", {"a": FIELD}),
        (activity(form_metas={"长" * 1001: FIELD, "b": FIELD}), "1000", {"b": FIELD}),
    ],
)
def test_of_a_form_what_can_be_read_is_kept(session, take, broken, note, kept):
    done = take(*whole_with(broken))
    assert reasons(done) == []
    assert any(note in told for told in notes(done)), notes(done)
    assert session.get_one(Activity, 7).form_metas == kept


def test_labels_may_be_long(session, take):
    label = "本人自愿参加，并已阅读上述说明" * 10
    done = take(
        activity(form_metas={label: FIELD}), clockinmeta(label=label), clockinmeta(4, label=label)
    )
    assert reasons(done) == []
    assert list(session.get_one(Activity, 7).form_metas) == [label]
    assert session.get_one(ClockinItem, 3).label == label
    assert session.get_one(ClockinItem, 4).label == f"{label} 4"


@pytest.mark.parametrize(
    ("broken", "note"),
    [
        (activity(time_end="2020-02-01T00:00:00Z"), "time_end 不晚于 time_start"),
        (activity(participants_total_limit=-1), "participants_total_limit 不是非负整数"),
        (activity(created="x"), "created 不是有效的时间"),
        (enrollment(participating_metas="[]"), "participating_metas 不是有效的 JSON"),
        (enrollment(participating_metas="{"), "participating_metas 不是有效的 JSON"),
        (enrollment(participating_metas={"a": "\0"}), "包含空字符"),
        (clockinmeta(to_time="2020-03-01T08:30:00"), "to_time 不晚于 from_time"),
        (clockinmeta(need_enrollment=False), "这里打卡需要先报名"),
        (clockinmeta(label="x" * 256), "label 有 256 个字符"),
    ],
)
def test_what_can_not_be_is_lost_and_told_and_the_record_taken(session, take, broken, note):
    done = take(*whole_with(broken))
    assert reasons(done) == []
    assert any(note in told for told in notes(done)), notes(done)
    assert session.get(Clockin, 9)


@pytest.mark.parametrize(
    "broken",
    [
        enrollment(activity=99),
        enrollment(user=99),
        clockinmeta(activity=None),
        clockinrecord(clockin_meta=99),
        clockinrecord(created="soon"),
        activity(name="x" * 256),
        activity(time_start=None),
    ],
)
def test_what_means_nothing_is_refused(session, take, broken):
    done = take(*whole_with(broken))
    assert any(f"{broken['model']} #{broken['pk']}：" in told for told in reasons(done))


def test_who_is_enrolled_twice_is_refused_the_second_time(session, take):
    done = take(*EVERYTHING, enrollment(6), clockinrecord(10))
    assert reasons(done) == [
        "activity.enrollment #6：“7 1”已被 #5 占用",
        "activity.clockinrecord #10：“3 1”已被 #9 占用",
    ]


def test_two_items_with_one_label_are_told_apart(session, take):
    done = take(*EVERYTHING, clockinmeta(4))
    assert reasons(done) == []
    assert "activity.clockinmeta #4：活动中已有“签到”，改名为“签到 4”" in notes(done)
    assert session.get_one(ClockinItem, 4).label == "签到 4"
