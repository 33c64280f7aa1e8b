"""协商: asked, and answered yes, no, too late or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.mail.models import Mail
from hhu_plugins.rooms import ask_answers, giving_way
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, HELD, Ask, Reservation

from .conftest import refused

TAKEN = "会议室在该时间段已经被占用。"


@pytest.fixture
def holder(add_user):
    return add_user("holder", last_name="褚", first_name="杰", email="holder@hhu.edu.cn")


@pytest.fixture
def asker(add_user):
    return add_user("asker", last_name="林", first_name="晨", email="asker@hhu.edu.cn")


@pytest.fixture
def held(room, holder, add_reservation, tomorrow) -> Reservation:
    return add_reservation(room, tomorrow(10), tomorrow(12), user_id=holder.id)


@pytest.fixture
def as_holder(api, holder):
    return api.as_user(holder)


@pytest.fixture
def as_asker(api, asker):
    return api.as_user(asker)


@pytest.fixture
def wish(tomorrow):
    def body(**changes) -> dict:
        return {
            "reserve_from": tomorrow(10).isoformat(),
            "reserve_to": tomorrow(12).isoformat(),
            "description": "招生工作会",
            "reason": "专家只有这个时间。",
        } | changes

    return body


@pytest.fixture
def asked(as_asker, held, wish):
    """The ask as its asker got it."""

    def ask(status: int = 201, row: Reservation = held, **changes):
        return as_asker.post(f"/reservations/{row.id}/asks/", wish(**changes), status=status).json

    return ask


def test_the_holder_is_told_at_once_with_what_they_would_have_instead(
    asked, as_holder, held, holder, asker, other_room, subjects_of, tomorrow, session
):
    answer = asked()
    assert answer["status"] == "open"
    assert answer["reservation"]["user"] == {"id": holder.id, "name": "褚杰"}
    assert answer["user"] == {"id": asker.id, "name": "林晨"}
    assert answer["offer"] == {
        "meetingroom": answer["offer"]["meetingroom"],
        "reserve_from": tomorrow(10).isoformat(),
        "reserve_to": tomorrow(12).isoformat(),
    }
    assert answer["offer"]["meetingroom"]["id"] == other_room.id
    assert as_holder.get("/asks/").json == {"waiting": [answer], "mine": []}
    assert as_holder.get(f"/asks/{answer['id']}/").json == answer
    assert (subjects_of(holder), subjects_of(asker)) == (["请求让出"], [])
    mail = session.scalars(sa.select(Mail)).one()
    assert "专家只有这个时间。" in mail.body
    assert "勤学楼 102" in mail.body
    assert f"/app/asks/{answer['id']}/" in mail.body
    assert held.status == CONFIRMED


def test_a_yes_moves_the_one_and_confirms_the_other(
    asked,
    as_holder,
    as_asker,
    held,
    room,
    other_room,
    subjects_of,
    holder,
    asker,
    session,
    tomorrow,
):
    answer = as_holder.post(f"/asks/{asked()['id']}/yes/", {}, status=200).json
    assert answer["status"] == "accepted"
    session.refresh(held)
    assert (held.room_id, held.reserve_from, held.status) == (
        other_room.id,
        tomorrow(10),
        CONFIRMED,
    )
    made = as_asker.get(f"/reservations/{answer['made']}/").json
    assert (made["status"], made["meetingroom"]["id"]) == (CONFIRMED, room.id)
    assert made["description"] == "招生工作会"
    assert (subjects_of(holder), subjects_of(asker)) == (["请求让出"], ["协商成功"])
    assert as_asker.get("/asks/").json == {"waiting": [], "mine": [answer]}
    again = as_holder.post(f"/asks/{answer['id']}/yes/", {}, status=400).json
    assert refused(again) == [ask_answers.ANSWERED]


def test_a_holder_may_give_it_up_instead(asked, as_holder, held, other_room, session):
    answer = as_holder.post(f"/asks/{asked()['id']}/yes/", {"give_up": True}, status=200).json
    assert (answer["status"], answer["offer"]) == ("accepted", None)
    session.refresh(held)
    assert (held.status, held.status_reason) == (CANCELLED, "让给了林晨。")
    assert session.get_one(Reservation, answer["made"]).status == CONFIRMED


def test_without_an_offer_a_yes_gives_it_up(asked, as_holder, held, session, add_room):
    add_room("小间", seats_count=4)
    answer = asked(offer=None)
    assert answer["offer"] is None
    assert as_holder.post(f"/asks/{answer['id']}/yes/", {}, status=200).json["status"] == "accepted"
    session.refresh(held)
    assert held.status == CANCELLED


def test_a_holder_may_choose_another_room_or_time(asked, as_holder, held, add_room, session):
    ask = asked()
    small = add_room("小间", seats_count=4)
    answer = as_holder.post(f"/asks/{ask['id']}/yes/", {"meetingroom": small.id}, status=200).json
    assert answer["offer"]["meetingroom"]["id"] == small.id
    session.refresh(held)
    assert held.room_id == small.id


def test_an_offer_that_somebody_took_meanwhile_leaves_the_question_open(
    asked, as_holder, held, other_room, add_reservation, add_user, tomorrow, session
):
    ask = asked()
    add_reservation(other_room, tomorrow(11), tomorrow(13), user_id=add_user("third").id)
    answer = as_holder.post(f"/asks/{ask['id']}/yes/", {}, status=400).json
    assert refused(answer) == [giving_way.OFFER_TAKEN]
    session.refresh(held)
    assert held.room_id != other_room.id
    assert as_holder.get(f"/asks/{ask['id']}/").json["status"] == "open"
    assert as_holder.post(f"/asks/{ask['id']}/yes/", {"give_up": True}, status=200).json["made"]


def test_a_no_is_told_with_other_rooms_and_is_the_last_word(
    asked, as_holder, as_asker, held, other_room, subjects_of, holder, asker, session
):
    ask = asked()
    answer = as_holder.post(f"/asks/{ask['id']}/no/", {"reason": "学生已经通知了"}, status=200).json
    assert (answer["status"], answer["status_reason"]) == ("refused", "学生已经通知了")
    assert (subjects_of(holder), subjects_of(asker)) == (["请求让出"], ["协商未成"])
    mail = session.scalars(sa.select(Mail).order_by(Mail.id.desc())).first()
    assert "学生已经通知了" in mail.body
    assert "勤学楼 102（12 座）" in mail.body
    assert refused(asked(400)) == [giving_way.ONCE]
    assert as_holder.post(f"/asks/{ask['id']}/yes/", {}, status=400)
    session.refresh(held)
    assert held.revision == 0


def test_taken_back_it_is_over(asked, as_asker, as_holder, subjects_of, holder):
    ask = asked()
    as_holder.delete(f"/asks/{ask['id']}/", status=404)
    as_asker.delete(f"/asks/{ask['id']}/", status=204)
    assert subjects_of(holder) == ["请求让出", "不用让出了"]
    answer = as_asker.delete(f"/asks/{ask['id']}/", status=400).json
    assert refused(answer) == [ask_answers.ANSWERED]
    assert as_holder.get("/asks/").json["waiting"] == []


def test_silence_is_a_no(
    asked, as_asker, as_holder, subjects_of, holder, asker, session, policy, held
):
    ask = asked()
    row = session.get_one(Ask, ask["id"])
    assert ask_answers.expire(session, policy) == 0
    row.answer_before = datetime.now(UTC) - timedelta(seconds=1)
    session.flush()
    # Whoever looks first finds it so, whether the task has run or not.
    answer = as_holder.post(f"/asks/{ask['id']}/yes/", {}, status=400).json
    assert refused(answer) == [ask_answers.OVERDUE]
    assert as_holder.get("/asks/").json["waiting"] == []
    assert ask_answers.expire(session, policy) == 1
    assert ask_answers.expire(session, policy) == 0
    assert as_asker.get(f"/asks/{ask['id']}/").json["status"] == "expired"
    assert (subjects_of(holder), subjects_of(asker)) == (["请求让出"], ["协商未成"])
    session.refresh(held)
    assert held.revision == 0


@pytest.mark.parametrize("what", ["change", "cancel", "end"])
def test_it_ends_with_the_reservation_as_it_was(
    asked, as_holder, as_asker, held, subjects_of, holder, asker, what, tomorrow
):
    ask = asked()
    path = f"/reservations/{held.id}/"
    if what == "change":
        as_holder.patch(path, {"reserve_from": tomorrow(11).isoformat()})
    elif what == "cancel":
        as_holder.delete(path, status=204)
    else:
        as_holder.post(path + "end/", {}, status=200)
    found = as_asker.get(f"/asks/{ask['id']}/").json
    assert found["status"] == "closed"
    offered = [] if what == "change" else ["请确认候补"]
    assert (subjects_of(holder), subjects_of(asker)) == (
        ["请求让出", "协商结束"],
        ["协商结束", *offered],
    )
    if what == "change":  # a new reservation, as it were: it may be asked for again
        assert asked(reserve_from=tomorrow(11).isoformat())["status"] == "open"


@pytest.mark.parametrize("what", ["cancel", "move away"])
def test_who_asked_is_the_first_to_be_offered_what_becomes_free(
    asked, as_holder, api, add_user, asker, held, room, wish, what, tomorrow, session, subjects_of
):
    third = add_user("third")
    body = wish(meetingroom=room.id)
    del body["reason"]
    assert api.as_user(third).post("/reservations/waiting/", body).json["ahead"] == 0
    asked()
    path = f"/reservations/{held.id}/"
    if what == "cancel":
        as_holder.delete(path, status=204)
    else:
        later = {"reserve_from": tomorrow(14), "reserve_to": tomorrow(16)}
        as_holder.patch(path, {name: when.isoformat() for name, when in later.items()})
    [hold] = session.scalars(sa.select(Reservation).where(Reservation.status == HELD))
    assert (hold.user_id, hold.room_id, hold.reserve_from) == (asker.id, room.id, tomorrow(10))
    assert subjects_of(asker) == ["协商结束", "请确认候补"]


def test_another_description_changes_nothing(asked, as_holder, held):
    ask = asked()
    as_holder.patch(f"/reservations/{held.id}/", {"description": "答辩"})
    assert as_holder.post(f"/asks/{ask['id']}/yes/", {"give_up": True}, status=200).json["made"]


def test_of_two_askers_one_gets_it_and_the_other_is_told(
    asked, api, add_user, as_holder, held, wish, subjects_of, other_room
):
    second = add_user("second")
    as_second = api.as_user(second)
    first_ask = asked()
    second_ask = as_second.post(f"/reservations/{held.id}/asks/", wish()).json
    as_holder.post(f"/asks/{second_ask['id']}/yes/", {}, status=200)
    assert as_second.get(f"/asks/{second_ask['id']}/").json["status"] == "accepted"
    assert as_holder.get(f"/asks/{first_ask['id']}/").json["status"] == "closed"
    answer = as_holder.post(f"/asks/{first_ask['id']}/yes/", {}, status=400).json
    assert refused(answer) == [ask_answers.ANSWERED]


def test_time_that_somebody_else_has_got_beside_it_ends_it(
    asked, as_holder, held, room, add_reservation, add_user, tomorrow, subjects_of, holder, asker
):
    ask = asked(reserve_to=tomorrow(12, 30).isoformat())
    add_reservation(room, tomorrow(12), tomorrow(13), user_id=add_user("third").id)
    answer = as_holder.post(f"/asks/{ask['id']}/yes/", {}, status=400).json
    assert refused(answer) == [ask_answers.VAIN]
    assert as_holder.get(f"/asks/{ask['id']}/").json["status"] == "closed"
    assert subjects_of(asker) == ["协商结束"]


def test_who_is_asked_and_for_what(
    asked, as_holder, held, room, add_reservation, add_user, tomorrow, wish, session, asker
):
    answer = as_holder.post(f"/reservations/{held.id}/asks/", wish(), status=400).json
    assert refused(answer) == [giving_way.OWN]
    at = {"reserve_from": tomorrow(14).isoformat(), "reserve_to": tomorrow(15).isoformat()}
    assert refused(asked(400, **at)) == [giving_way.BESIDE]
    assert asked(400, reserve_to=tomorrow(23).isoformat())["non_field_errors"]
    third = add_reservation(room, tomorrow(12), tomorrow(13), user_id=add_user("third").id)
    assert refused(asked(400, reserve_to=tomorrow(12, 30).isoformat())) == [giving_way.OTHERS]
    third.status = CANCELLED
    now = datetime.now(UTC)
    soon = add_reservation(
        room, now + timedelta(minutes=50), now + timedelta(hours=2), user_id=held.user_id
    )
    at = {
        "reserve_from": (now + timedelta(minutes=50)).isoformat(),
        "reserve_to": (now + timedelta(hours=2)).isoformat(),
    }
    if soon.reserve_to <= held.reserve_from:
        assert refused(asked(400, row=soon, **at)) == [giving_way.TOO_LATE]
    soon.status = CANCELLED
    begun = add_reservation(
        room, now - timedelta(minutes=90), now + timedelta(minutes=30), user_id=held.user_id
    )
    assert refused(asked(400, row=begun, **at)) == [giving_way.BEGUN]
    begun.status = CANCELLED
    session.flush()
    asked(404, row=begun)
    assert asked(400, reason=" ") == {
        "reason": ["该字段不能为空。"],
        "non_field_errors": ["原因：该字段不能为空。"],
    }


def test_at_most_three_wait_for_an_answer(asked, add_room, add_reservation, holder, tomorrow):
    for number in range(4):
        row = add_reservation(add_room(f"3{number}"), tomorrow(10), tomorrow(12), user_id=holder.id)
        answer = asked(201 if number < 3 else 400, row=row)
    assert refused(answer) == [giving_way.TOO_MANY]


@pytest.mark.parametrize("problem", ["taken", "short", "not theirs", "no room", "closed"])
def test_an_offer_is_one_that_the_holder_can_have(
    asked, other_room, add_reservation, add_closure, add_user, tomorrow, problem, session
):
    offer = {
        "meetingroom": other_room.id,
        "reserve_from": tomorrow(14).isoformat(),
        "reserve_to": tomorrow(16).isoformat(),
    }
    if problem == "taken":
        add_reservation(other_room, tomorrow(15), tomorrow(17), user_id=add_user("third").id)
    elif problem == "short":
        offer["reserve_to"] = tomorrow(15).isoformat()
    elif problem == "not theirs":
        from hhu_base.models import Department

        other_room.departments = [Department(name="校办")]
        session.flush()
    elif problem == "no room":
        offer["meetingroom"] = 10**9
    else:
        add_closure(tomorrow(14), tomorrow(15))
    assert list(asked(400, offer=offer)) == ["offer"]


def test_the_offer_may_be_another_time_in_the_same_room(
    asked, as_holder, held, room, tomorrow, session
):
    """Nothing else is free: half an hour later, if that is all that is asked for."""
    answer = asked(
        reserve_to=tomorrow(10, 30).isoformat(),
        offer={
            "meetingroom": room.id,
            "reserve_from": tomorrow(10, 30).isoformat(),
            "reserve_to": tomorrow(12, 30).isoformat(),
        },
    )
    as_holder.post(f"/asks/{answer['id']}/yes/", {}, status=200)
    session.refresh(held)
    assert (held.reserve_from, held.reserve_to) == (tomorrow(10, 30), tomorrow(12, 30))


def test_what_is_offered_does_not_lie_in_what_is_asked_for(
    asked, held, room, tomorrow, add_reservation
):
    """There is no other room: the nearest times in this one that the asker does not want."""
    # Two hours before are as near, unless the day is so old that the answer may come later.
    add_reservation(room, tomorrow(8), tomorrow(10))
    answer = asked(reserve_to=tomorrow(12, 30).isoformat())
    offer = answer["offer"]
    assert offer["meetingroom"]["id"] == room.id
    assert offer["reserve_from"] == tomorrow(12, 30).isoformat()


def test_what_the_rules_refuse_to_the_asker_is_told_to_both(
    asked,
    as_holder,
    asker,
    subjects_of,
    held,
    app,
    add_reservation,
    add_room,
    tomorrow,
    monkeypatch,
):
    from dataclasses import replace

    ask = asked()
    strict = replace(app.registry["rooms.policy"], max_open=1)
    monkeypatch.setitem(app.registry, "rooms.policy", strict)
    add_reservation(add_room("9"), tomorrow(15), tomorrow(16), user_id=asker.id)
    for _ in range(2):
        answer = as_holder.post(f"/asks/{ask['id']}/yes/", {"give_up": True}, status=400).json
        assert refused(answer) == ["还没有换成：每人最多有1个未结束的预约，请先取消一个再预约。"]
    assert subjects_of(asker) == ["还没有约成"]
    assert held.status == CONFIRMED
    assert as_holder.get(f"/asks/{ask['id']}/").json["status"] == "open"


def test_nobody_else_sees_it(asked, api, add_user):
    ask = asked()
    third = api.as_user(add_user("third"))
    for call in (third.get, third.delete):
        call(f"/asks/{ask['id']}/", status=404)
    for what in ("yes", "no"):
        third.post(f"/asks/{ask['id']}/{what}/", {}, status=404)
    assert third.get("/asks/").json == {"waiting": [], "mine": []}


def test_only_the_holder_answers(asked, as_asker):
    ask = asked()
    for what in ("yes", "no"):
        as_asker.post(f"/asks/{ask['id']}/{what}/", {}, status=404)


def test_who_can_be_asked(as_asker, as_holder, room, held, holder, tomorrow):
    window = f"reserve_from={tomorrow(8):%Y-%m-%dT%H:%M}&reserve_to={tomorrow(11):%Y-%m-%dT%H:%M}"
    path = f"/meetingrooms/{room.id}/reservations/?{window}"
    [found] = as_asker.get(path).json
    assert found == {
        "id": held.id,
        "user": {"id": holder.id, "name": "褚杰"},
        "reserve_from": tomorrow(10).isoformat(),
        "reserve_to": tomorrow(12).isoformat(),
        "can_ask": True,
    }
    assert as_holder.get(path).json[0]["can_ask"] is False
    as_asker.get(f"/meetingrooms/{room.id + 1000}/reservations/?{window}", status=404)
