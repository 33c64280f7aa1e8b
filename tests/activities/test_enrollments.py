"""POST, GET and DELETE /enrollments/, and the waiting list."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from hhu_plugins.activities import enrollments, tasks
from hhu_plugins.activities.models import Enrollment, WaitingEntry
from hhu_plugins.activities.waiting_list import MovedUp

from .conftest import FORM, HOUR

FULL = "报名人数已经达到上限，无法继续报名。"
ALREADY = "你已经报名过该活动。"
NO_ANSWERS = "报名失败：报名表单不合法。"


@pytest.fixture
def ask(mine):
    """``ask(activity, {"姓名": "褚杰"})``: the answer to a wish to take part."""

    def ask(activity, answers=None, status=201, client=None, **body):
        body = {
            "activity": getattr(activity, "id", activity),
            "participating_metas": json.dumps(answers or {}),
            **body,
        }
        return (client or mine).post("/enrollments/", body, status=status).json

    return ask


@pytest.fixture
def events(app):
    """What was told to the rest of the house."""
    told = []
    app.registry.registerHandler(told.append, (MovedUp,))
    yield told
    app.registry.unregisterHandler(told.append, (MovedUp,))


def test_a_person_takes_a_place(ask, add_activity, teacher, session):
    activity = add_activity(form=FORM)
    answer = ask(activity, {"姓名": "褚杰", "性别": "男", "无关": 1})
    stored = session.scalars(sa.select(Enrollment)).one()
    assert answer == {
        "id": stored.id,
        "enroll_time": answer["enroll_time"],
        "activity": activity.id,
        "user": teacher.id,
        "participating_metas": '{"姓名": "褚杰", "人数": 1, "性别": "男", "爱好": ["读书"], "备注": "无"}',
    }
    assert answer["enroll_time"].endswith("+08:00")


def test_the_answers_may_come_as_an_object_and_the_id_as_digits(ask, add_activity):
    activity = add_activity(form=FORM)
    answer = ask(str(activity.id), participating_metas={"姓名": "褚杰", "人数": "12"})
    assert json.loads(answer["participating_metas"])["人数"] == 12


def test_a_form_may_have_no_fields_and_the_body_may_be_a_form(mine, activity):
    mine.client.post(
        "/enrollments", {"activity": activity.id, "participating_metas": "{}"}, status=201
    )


@pytest.mark.parametrize(
    ("values", "answers", "errors"),
    [
        ({"open_for_enrollment": False}, {}, {"activity": ["报名通道暂未开启。"]}),
        (
            {"time_start": -2 * HOUR, "time_end": -HOUR},
            {},
            {"activity": ["该活动已结束，无法继续报名。"]},
        ),
        ({"participants_total_limit": 0}, {}, {"activity": [FULL]}),
        ({}, {"姓名": ""}, {"non_field_errors": ["必填项姓名不得为空。（字段：姓名）"]}),
        (
            {"open_for_enrollment": False, "time_end": -HOUR, "participants_total_limit": 0},
            {},
            {"activity": ["报名通道暂未开启。"]},
        ),
        (
            {"time_end": -HOUR, "participants_total_limit": 0},
            {},
            {"activity": ["该活动已结束，无法继续报名。"]},
        ),
    ],
)
def test_it_is_refused_in_the_order_of_the_contract(
    ask, add_activity, now, session, values, answers, errors
):
    values = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in values.items()
    }
    if "time_end" in values:
        values.setdefault("time_start", now - 3 * HOUR)
    activity = add_activity(form=FORM, **values)
    [sentences] = errors.values()
    # The first client reads nothing but non_field_errors.
    assert ask(activity, answers, status=400) == errors | {"non_field_errors": sentences}
    assert session.scalars(sa.select(Enrollment)).all() == []


def test_a_second_time_is_refused_before_the_answers_are_looked_at(ask, add_activity):
    activity = add_activity(form=FORM)
    ask(activity, {"姓名": "褚杰"})
    assert ask(activity, {}, status=400) == {"non_field_errors": [ALREADY]}


def test_the_last_place_is_given_once(ask, api, add_activity, add_user):
    activity = add_activity(participants_total_limit=1)
    ask(activity)
    other = api.as_user(add_user("t0002"))
    assert ask(activity, status=400, client=other) == {
        "activity": [FULL],
        "non_field_errors": [FULL],
    }


def test_an_unknown_activity_is_a_field_error(ask):
    sentence = "无效主键 “99999” － 对象不存在。"
    assert ask(99999, status=400) == {
        "activity": [sentence],
        "non_field_errors": [f"活动：{sentence}"],
    }


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"participating_metas": ["该字段是必填项。"]}),
        ({"participating_metas": None}, {"participating_metas": ["该字段不能为 null。"]}),
        ({"activity": True}, {"activity": ["类型错误，应为主键。"]}),
        ({"activity": None}, {"activity": ["该字段不能为 null。"]}),
    ],
)
def test_a_field_that_is_missing_or_wrong_is_named(mine, activity, body, errors):
    base = {"activity": activity.id}
    if "activity" in body:
        base["participating_metas"] = "{}"
    [(field, [sentence])] = errors.items()
    title = {"activity": "活动", "participating_metas": "报名表"}[field]
    assert mine.post("/enrollments/", base | body, status=400).json == errors | {
        "non_field_errors": [f"{title}：{sentence}"]
    }


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b"null", b"x=1", b"\xff", b'{"activity": 1, "waitlist": "x"}', b""]
)
def test_a_body_that_cannot_be_read_is_told_to_the_client_that_reads_nothing_else(mine, body):
    headers = {"Content-Type": "application/json"}
    answer = mine.call(mine.client.post, "/enrollments/", body, headers=headers, status=400).json
    [sentence] = answer["non_field_errors"]
    assert sentence
    assert answer.get("detail", sentence) == sentence


@pytest.mark.parametrize(
    "metas",
    ["", " ", "garbage", "null", "[]", "5", '"x"', "{", "[" * 100_000, "NaN", '{"a": NaN}']
    + ["9" * 5000, [], [1], 5, True, "{" + " " * 300_000 + "}", '{"姓名": {}}', '{"姓名": true}'],
    ids=lambda metas: str(metas)[:12],
)
def test_what_is_no_object_of_answers_is_refused(ask, add_activity, metas):
    answer = ask(add_activity(form=FORM), participating_metas=metas, status=400)
    assert answer == {"non_field_errors": [NO_ANSWERS]}


def test_an_enrollment_keeps_its_answers_when_the_form_changes(ask, mine, add_activity, session):
    activity = add_activity(form=FORM)
    made = ask(activity, {"姓名": "褚杰"})
    activity.form_metas = {"学号": {"type": "text", "required": True, "default": ""}}
    session.flush()
    assert mine.get(f"/enrollments/{made['id']}/").json == made


def test_the_list_has_the_callers_own_newest_first(mine, add_activity, add_enrollment, add_user):
    teacher, other = add_user("t0003"), add_user("t0002")
    first, second = add_activity("一"), add_activity("二")
    older, newer = add_enrollment(first, teacher), add_enrollment(second, teacher)
    add_enrollment(first, other)
    found = mine.as_user(teacher).get("/enrollments/").json
    assert [each["id"] for each in found["results"]] == [newer.id, older.id]
    assert found["count"] == 2


def test_an_enrollment_of_somebody_else_is_not_found(mine, activity, add_enrollment, add_user):
    path = f"/enrollments/{add_enrollment(activity, add_user('t0002')).id}/"
    assert mine.get(path, status=404).json == {"detail": "未找到。"}
    mine.delete(path, status=404)


def test_a_place_that_was_given_back_can_be_taken_again(ask, mine, add_activity):
    activity = add_activity(participants_total_limit=1)
    made = ask(activity)
    assert mine.delete(f"/enrollments/{made['id']}/").body == b""
    mine.delete(f"/enrollments/{made['id']}/", status=404)
    ask(activity)


def test_after_the_end_nobody_can_undo_it(mine, add_activity, add_enrollment, teacher, now):
    activity = add_activity(time_start=now - 2 * HOUR, time_end=now - HOUR)
    enrollment = add_enrollment(activity, teacher)
    answer = mine.delete(f"/enrollments/{enrollment.id}/", status=400).json
    assert answer == {"detail": "该活动已结束，无法取消报名。"}


def test_who_has_clocked_in_can_not_say_that_he_never_came(
    mine, activity, add_enrollment, add_item, add_clockin, teacher
):
    enrollment = add_enrollment(activity, teacher)
    add_clockin(add_item(activity), teacher)
    answer = mine.delete(f"/enrollments/{enrollment.id}/", status=400).json
    assert answer == {"detail": "您已在该活动打卡，无法取消报名。"}


def test_without_a_waiting_list_the_refusal_stands(ask, add_activity):
    activity = add_activity(participants_total_limit=0)
    assert ask(activity, status=400, waitlist=True)["activity"] == [FULL]


def test_with_one_a_client_that_does_not_know_it_is_refused(ask, add_activity):
    activity = add_activity(participants_total_limit=0, has_waiting_list=True)
    assert ask(activity, status=400)["activity"] == [FULL]


def test_a_free_place_is_taken_at_once_also_by_who_would_wait(ask, add_activity):
    activity = add_activity(participants_total_limit=1, has_waiting_list=True)
    assert ask(activity, waitlist=True)["activity"] == activity.id


def test_who_waits_is_told_the_position_and_keeps_it(ask, api, mine, add_activity, add_user):
    activity = add_activity(form=FORM, participants_total_limit=0, has_waiting_list=True)
    other = api.as_user(add_user("t0002"))
    name = {"姓名": "甲"}
    answer = ask(activity, name, status=202, waitlist=True)
    assert answer == {"activity": activity.id, "position": 1}
    assert ask(activity, name, status=202, waitlist=True, client=other)["position"] == 2
    assert ask(activity, {"姓名": "乙"}, status=202, waitlist=True)["position"] == 1
    [place] = mine.get("/enrollments/waiting/").json["results"]
    assert place["position"] == 1
    assert json.loads(place["participating_metas"])["姓名"] == "乙"
    mine.delete(f"/enrollments/waiting/{place['id']}/")
    mine.delete(f"/enrollments/waiting/{place['id']}/", status=404)
    assert other.get("/enrollments/waiting/").json["results"][0]["position"] == 1


def test_who_waits_answers_the_form_as_all_do(ask, add_activity):
    activity = add_activity(form=FORM, participants_total_limit=0, has_waiting_list=True)
    answer = ask(activity, {}, status=400, waitlist=True)
    assert answer == {"non_field_errors": ["必填项姓名不得为空。（字段：姓名）"]}


def test_a_free_place_goes_to_who_has_waited_the_longest(
    ask, mine, add_activity, add_user, add_waiting, session, events
):
    activity = add_activity(participants_total_limit=1, has_waiting_list=True)
    made = ask(activity)
    first, second = add_user("t0002"), add_user("t0003")
    add_waiting(activity, first, 姓名="甲")
    add_waiting(activity, second)
    mine.delete(f"/enrollments/{made['id']}/")
    enrollment = session.scalars(sa.select(Enrollment)).one()
    assert enrollment.user_id == first.id
    assert enrollment.participating_metas == {"姓名": "甲"}
    assert session.scalars(sa.select(WaitingEntry.user_id)).all() == [second.id]
    [event] = events
    assert (event.activity_id, event.user_id) == (activity.id, first.id)
    assert event.enrollment_id == enrollment.id


def test_nobody_is_called_to_an_activity_that_is_over(
    session, add_activity, add_user, add_enrollment, add_waiting, now
):
    activity = add_activity(
        participants_total_limit=1,
        has_waiting_list=True,
        time_start=now - 2 * HOUR,
        time_end=now - HOUR,
    )
    enrollment = add_enrollment(activity, add_user("t0002"))
    add_waiting(activity, add_user("t0003"))
    assert enrollments.cancel(session, enrollment.id, now=now) == []


def test_who_comes_after_the_limit_was_raised_does_not_jump_the_queue(
    ask, add_activity, add_user, add_waiting, session, events
):
    activity = add_activity(participants_total_limit=1, has_waiting_list=True)
    first = add_user("t0002")
    add_waiting(activity, first)
    assert ask(activity, status=202, waitlist=True)["position"] == 1
    assert session.scalars(sa.select(Enrollment.user_id)).all() == [first.id]
    assert [event.user_id for event in events] == [first.id]


def test_places_that_became_free_unnoticed_are_given_away_by_a_periodic_task(
    session, app, add_activity, add_user, add_waiting, events
):
    activity = add_activity(participants_total_limit=1, has_waiting_list=True)
    closed = add_activity(participants_total_limit=0, has_waiting_list=True)
    first, second = add_user("t0002"), add_user("t0003")
    add_waiting(activity, first)
    add_waiting(activity, second)
    add_waiting(closed, first)
    request = SimpleNamespace(db=session, registry=app.registry)
    tasks.fill_places(request)
    tasks.fill_places(request)
    assert [(event.activity_id, event.user_id) for event in events] == [(activity.id, first.id)]
    assert session.scalars(sa.select(Enrollment.user_id)).all() == [first.id]
