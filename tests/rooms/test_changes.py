"""A reservation is changed in place: whole, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.rest import idempotency
from hhu_plugins.rooms import changes, decisions, groups
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    PENDING,
    REJECTED,
    WITHDRAWN,
    Change,
    Notice,
    Reservation,
)
from hhu_plugins.rooms.policy import ENDED, GONE, OVER

TAKEN = "会议室在该时间段已经被占用。"
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def meeting(room, add_reservation, tomorrow) -> Reservation:
    return add_reservation(room, tomorrow(10), tomorrow(11))


def stored(row: Reservation) -> tuple:
    columns = ("room_id", "reserve_from", "reserve_to", "description", "status", "revision")
    return tuple(getattr(row, name) for name in columns)


def path(row: Reservation) -> str:
    return f"/reservations/{row.id}/"


def test_whatever_is_sent_changes_and_the_rest_stays(mine, add_room, meeting, tomorrow):
    other = add_room("102")
    answer = mine.patch(path(meeting), {"meetingroom": other.id, "description": "换个地方"}).json
    assert answer["meetingroom"]["id"] == other.id
    assert (answer["description"], answer["status"], answer["revision"]) == (
        "换个地方",
        CONFIRMED,
        1,
    )
    answer = mine.patch(path(meeting), {"reserve_to": tomorrow(12).isoformat()}).json
    assert (meeting.reserve_from, meeting.reserve_to) == (tomorrow(10), tomorrow(12))
    assert (answer["revision"], answer["series"]) == (2, None)
    assert mine.get(path(meeting)).json == answer
    assert meeting.description == "换个地方"


def test_its_own_time_does_not_stand_in_its_way(mine, meeting, tomorrow):
    wish = {
        "reserve_from": tomorrow(10, 30).isoformat(),
        "reserve_to": tomorrow(11, 30).isoformat(),
    }
    assert mine.patch(path(meeting), wish).json["reserve_from"] == wish["reserve_from"]


def test_times_are_widened_to_the_grid_as_those_of_a_new_one(mine, meeting, tomorrow):
    mine.patch(path(meeting), {"reserve_to": tomorrow(11, 20).isoformat()})
    assert meeting.reserve_to == tomorrow(11, 30)


def test_times_that_nobody_touches_may_be_beyond_the_limits(mine, room, add_reservation, tomorrow):
    long = add_reservation(room, tomorrow(8, 7), tomorrow(18))
    sent_back = {"reserve_from": tomorrow(8, 7).isoformat(), "description": "全天培训"}
    assert mine.patch(path(long), sent_back).json["description"] == "全天培训"
    assert long.reserve_from == tomorrow(8, 7)


def test_a_whole_room_may_be_sent_back_as_it_was_read(mine, meeting, add_room):
    other = add_room("102")
    room = mine.get(f"/meetingrooms/{other.id}/").json
    whole = mine.get(path(meeting)).json
    assert mine.patch(path(meeting), whole | {"meetingroom": room}).json["meetingroom"] == room


def test_what_is_taken_is_refused_with_alternatives_and_leaves_it_untouched(
    mine, room, add_user, add_room, meeting, add_reservation, tomorrow
):
    other = add_room("102")
    add_reservation(room, tomorrow(14), tomorrow(15), user_id=add_user("t0002").id)
    before = stored(meeting)
    wish = {"reserve_from": tomorrow(14).isoformat(), "reserve_to": tomorrow(15).isoformat()}
    answer = mine.patch(path(meeting), wish, status=400).json
    assert answer["non_field_errors"] == [TAKEN]
    assert [each["id"] for each in answer["alternatives"]["meetingrooms"]] == [other.id]
    assert len(answer["alternatives"]["stretches"]) == 3
    assert stored(meeting) == before


BAD = {
    "taken apart": ({"reserve_to": "gestern"}, "reserve_to"),
    "no room": ({"meetingroom": 10**6}, "meetingroom"),
    "null": ({"description": None}, "description"),
    "blank": ({"description": " "}, "description"),
    "a list": ({"meetingroom": [1]}, "meetingroom"),
    "a room without an id": ({"meetingroom": {}}, "meetingroom"),
    "true": ({"revision": True}, "revision"),
    "negative": ({"revision": -1}, "revision"),
    "too large": ({"revision": 10**20}, "revision"),
    "NUL": ({"description": "a\0b"}, "description"),
}


@pytest.mark.parametrize(("wish", "field"), BAD.values(), ids=BAD)
def test_bad_input_is_told_by_field_and_in_one_sentence(mine, meeting, wish, field):
    before = stored(meeting)
    answer = mine.patch(path(meeting), wish, status=400).json
    assert answer[field]
    assert answer["non_field_errors"]
    assert stored(meeting) == before


def test_limits_are_those_of_a_new_one(mine, policy, meeting, tomorrow):
    def refused(**times) -> list[str]:
        wish = {name: value.isoformat() for name, value in times.items()}
        return mine.patch(path(meeting), wish, status=400).json["non_field_errors"]

    assert refused(reserve_to=tomorrow(14)) == [policy.length_sentence]
    assert refused(reserve_from=tomorrow(11)) == [policy.length_sentence]
    past = datetime.now(UTC) - timedelta(days=1)
    assert refused(reserve_from=past, reserve_to=past + timedelta(hours=1)) == [ENDED]
    far = datetime.now(UTC) + timedelta(days=400)
    assert refused(reserve_from=far, reserve_to=far + timedelta(hours=1)) == [
        policy.horizon_sentence
    ]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(PENDING, changes.WAITS), (CANCELLED, GONE), (REJECTED, GONE), (WITHDRAWN, GONE)],
)
def test_only_a_confirmed_one_can_be_changed_or_ended(
    mine, room, add_reservation, tomorrow, status, sentence
):
    row = add_reservation(room, tomorrow(10), tomorrow(11), status=status)
    wish = {"description": "新的说明"}
    assert mine.patch(path(row), wish, status=400).json["non_field_errors"] == [sentence]
    answer = mine.post(path(row) + "end/", status=400)
    assert answer.json["non_field_errors"] == [sentence]


def test_what_is_over_stays_as_it_is(mine, room, add_reservation, tomorrow):
    day = timedelta(days=2)
    row = add_reservation(room, tomorrow(10) - day, tomorrow(11) - day)
    for answer in (
        mine.patch(path(row), {"description": "x"}, status=400),
        mine.post(path(row) + "end/", status=400),
    ):
        assert answer.json["non_field_errors"] == [OVER]


def test_somebody_elses_is_not_found(api, add_user, meeting):
    other = api.as_user(add_user("t0002"))
    other.patch(path(meeting), {"description": "我的"}, status=404)
    other.post(path(meeting) + "end/", status=404)
    other.patch("/reservations/999999/", {"description": "我的"}, status=404)


def test_a_revision_that_is_out_of_date_is_a_conflict(mine, session, meeting):
    mine.patch(path(meeting), {"description": "第一次", "revision": 0})
    answer = mine.patch(path(meeting), {"description": "第二次", "revision": 0}, status=409).json
    assert answer == {"detail": decisions.STALE}
    assert meeting.description == "第一次"
    mine.patch(path(meeting), {"description": "第二次", "revision": 1})


def test_one_that_is_overtaken_while_it_waits_is_a_conflict(
    mine, session, meeting, teacher, monkeypatch
):
    """Another device was a moment faster."""
    submit = groups.submit

    def overtaken(session, wishes, **keywords):
        faster = groups.ChangedReservation(meeting.id, description="先到")
        submit(session, [faster], **keywords)
        return submit(session, wishes, **keywords)

    monkeypatch.setattr(groups, "submit", overtaken)
    wish = {"description": "后到", "revision": 0}
    assert mine.patch(path(meeting), wish, status=409).json == {"detail": decisions.STALE}
    assert (meeting.description, meeting.revision) == ("先到", 1)


def test_sent_twice_it_is_one_change(mine, session, meeting, tomorrow):
    wish = {"reserve_to": tomorrow(12).isoformat(), "revision": 0}
    first = mine.patch(path(meeting), wish).json
    assert mine.patch(path(meeting), wish).json == first
    assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 1


def test_with_a_key_it_is_answered_as_the_first_time(mine, session, meeting, monkeypatch):
    wish = {"description": "第一次", "revision": 0}
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_remember", None)
        mine.patch(path(meeting), wish, status=500, headers=KEY)
    assert meeting.description == "第一次"
    first = mine.patch(path(meeting), wish, headers=KEY).json
    mine.patch(path(meeting), {"description": "别的"})
    assert mine.patch(path(meeting), wish, headers=KEY).json == first
    mine.patch(path(meeting), {"description": "不同"}, headers=KEY, status=422)


def test_nothing_to_change_waits_for_nobody(mine, session, meeting):
    assert mine.patch(path(meeting), {}).json["revision"] == 0
    assert mine.patch(path(meeting), {"description": meeting.description}).json["revision"] == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0


def test_what_nobody_decides_in_time_is_withdrawn_for_good(mine, session, meeting, monkeypatch):
    from dataclasses import replace

    from hhu_plugins.rooms import orders

    monkeypatch.setitem(mine.client.app.registry, "rooms.reservation_timeout", 0.3)
    asleep = replace(orders.GROUP, decide=lambda session: None)
    monkeypatch.setattr(orders, "GROUP", asleep)
    before = stored(meeting)
    answer = mine.patch(path(meeting), {"description": "新"}, status=400).json
    assert answer["non_field_errors"] == [decisions.NOT_DECIDED]
    assert decisions.decide_pending(session) == 0
    session.expire_all()
    assert stored(meeting) == before
    assert session.scalars(sa.select(Change.status)).all() == [WITHDRAWN]


@pytest.fixture
def running(session, room, add_reservation) -> Reservation:
    now = datetime.now(UTC)
    return add_reservation(room, now - timedelta(hours=1), now + timedelta(hours=2))


def test_a_running_one_ends_now_and_the_rest_is_free(mine, policy, room, running, add_user, api):
    answer = mine.post(path(running) + "end/", status=200).json
    assert answer["status"] == CONFIRMED
    end = datetime.fromisoformat(answer["reserve_to"])
    assert end == policy.up(end)
    assert timedelta(0) <= end - datetime.now(UTC) + timedelta(seconds=30) <= policy.step * 2
    wish = {
        "meetingroom": room.id,
        "reserve_from": answer["reserve_to"],
        "reserve_to": (end + timedelta(hours=1)).isoformat(),
        "description": "接着用",
    }
    api.as_user(add_user("t0002")).post("/reservations/", wish)
    # Once more it is the same.
    assert mine.post(path(running) + "end/", status=200).json == answer


def test_one_that_has_not_begun_is_cancelled(mine, meeting):
    for _ in range(2):
        answer = mine.post(path(meeting) + "end/", status=200).json
        assert (answer["status"], answer["id"]) == (CANCELLED, meeting.id)


def test_an_administrator_changes_and_ends_for_somebody_else_who_is_told(
    session, policy, add_user, running, meeting, teacher
):
    admin = add_user("admin")
    group_id = changes.submit(
        session,
        policy,
        meeting,
        by_user_id=admin.id,
        reserve_to=meeting.reserve_to + timedelta(hours=5),
        may_exceed=True,
        decide_within=None,
    )
    groups.decide_now(session, policy, group_id, by_user_id=admin.id)
    session.refresh(meeting)
    assert (meeting.status_changed_by, meeting.revision) == (admin.id, 1)
    changes.end(session, policy, running, by_user_id=admin.id)
    told = session.scalars(sa.select(Notice.reservation_id)).all()
    assert sorted(told) == sorted([meeting.id, running.id])
