"""A series: planned, made whole or not at all, looked after together."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.rest import idempotency
from hhu_plugins.rooms import (
    calendar_feeds,
    decisions,
    groups,
    notifications,
    plans,
    recurrence,
    series,
    series_plans,
)
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    REJECTED,
    WITHDRAWN,
    Notice,
    Reservation,
    Series,
    Term,
)

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
PLAN, SERIES = "/reservations/series/plan/", "/reservations/series/"


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def other(add_user):
    return add_user("t0002", last_name="李", first_name="四")


@pytest.fixture
def wish(room, tomorrow):
    def wish(count: int = 4, **changes) -> dict:
        return {
            "meetingroom": room.id,
            "reserve_from": tomorrow(10).isoformat(),
            "reserve_to": tomorrow(11).isoformat(),
            "description": "高等数学",
            "rule": {"every": 1, "unit": "week", "count": count},
        } | changes

    return wish


@pytest.fixture
def commit(mine, wish):
    """``commit(count=4)``: a series that is planned and made; its JSON."""

    def commit(count: int = 4, dates=(), **changes) -> dict:
        asked = wish(count, **changes)
        digest = mine.post(PLAN, asked, status=200).json["digest"]
        return mine.post(SERIES, asked | {"digest": digest, "dates": list(dates)}).json

    return commit


def starts(found) -> list[datetime]:
    return [datetime.fromisoformat(each["reserve_from"]) for each in found]


def count(session, model=Reservation, *where) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model).where(*where))


def test_a_plan_tells_the_state_of_each_date_and_stores_nothing(
    mine, wish, session, room, other, add_room, add_reservation, tomorrow
):
    free = add_room("102")
    add_reservation(room, tomorrow(10, 30) + WEEK, tomorrow(11, 30) + WEEK, user_id=other.id)
    plan = mine.post(PLAN, wish(), status=200).json
    assert [each["state"] for each in plan["dates"]] == ["free", "taken", "free", "free"]
    assert starts(plan["dates"]) == [tomorrow(10) + n * WEEK for n in range(4)]
    taken = plan["dates"][1]
    assert taken["by"] == "t0002-李四"
    assert [each["id"] for each in taken["alternatives"]["meetingrooms"]] == [free.id]
    assert taken["alternatives"]["stretches"][0] == [
        (tomorrow(9, 30) + WEEK).isoformat(),
        (tomorrow(10, 30) + WEEK).isoformat(),
    ]
    assert plan["dates"][0]["alternatives"] is None
    assert (count(session), count(session, Series)) == (1, 0)


def test_what_is_past_or_too_far_ahead_is_told(mine, wish, tomorrow):
    yesterday = wish(
        3,
        reserve_from=(tomorrow(10) - timedelta(days=2)).isoformat(),
        reserve_to=(tomorrow(11) - timedelta(days=2)).isoformat(),
        rule={"every": 27, "count": 3},
    )
    states = [each["state"] for each in mine.post(PLAN, yesterday, status=200).json["dates"]]
    assert states == ["past", "free", "beyond"]


def test_closed_time_is_told_and_offered_to_nobody(
    mine, wish, room, add_room, tomorrow, monkeypatch
):
    closed_too, free = add_room("102"), add_room("103")
    exam = (tomorrow(0) + WEEK, tomorrow(0) + WEEK + timedelta(days=1))

    def closed_time(session, room_ids, window, only_closures):
        return {room.id: [exam], closed_too.id: [exam]}

    monkeypatch.setattr(plans, "closed_time", closed_time)
    planned = mine.post(PLAN, wish(2), status=200).json["dates"]
    assert [each["state"] for each in planned] == ["free", "closed"]
    offered = planned[1]["alternatives"]
    assert [each["id"] for each in offered["meetingrooms"]] == [free.id]
    for start, end in offered["stretches"]:
        assert datetime.fromisoformat(end) <= exam[0] or datetime.fromisoformat(start) >= exam[1]


def test_a_date_of_the_plan_is_no_other_time_for_another(
    mine, wish, room, other, add_reservation, tomorrow
):
    """All but these hours is taken for two weeks: nothing is left to be offered."""
    day = timedelta(days=1)
    for number in range(-1, 14):
        midnight = tomorrow(0) + number * day
        add_reservation(room, midnight, midnight + 10 * HOUR, user_id=other.id)
        until = 24 if number < 3 else 23
        add_reservation(room, midnight + 11 * HOUR, midnight + until * HOUR, user_id=other.id)
    # Today's hour may be still to come.
    for number in (-1, 1):
        start = tomorrow(10) + number * day
        add_reservation(room, start, start + HOUR, user_id=other.id)
    daily = wish(rule={"every": 1, "unit": "day", "count": 3})
    planned = mine.post(PLAN, daily, status=200).json["dates"]
    assert [each["state"] for each in planned] == ["free", "taken", "free"]
    offered = [
        datetime.fromisoformat(start) for start, _ in planned[1]["alternatives"]["stretches"]
    ]
    assert offered == [tomorrow(10) + 3 * day, tomorrow(23) + 3 * day, tomorrow(10) + 4 * day]


def test_other_rooms_close_by_come_first(
    mine, wish, room, other, add_room, add_reservation, tomorrow
):
    add_room("101", location="博学楼")
    add_room("999", location="致高楼", seats_count=9)
    near = add_room("109")
    add_reservation(room, tomorrow(10), tomorrow(11), user_id=other.id)
    [taken] = mine.post(PLAN, wish(1), status=200).json["dates"]
    names = [each["location"] for each in taken["alternatives"]["meetingrooms"]]
    assert names == [near.location, "博学楼"]


def test_all_dates_are_made_each_a_reservation_like_any_other(mine, commit, session, teacher):
    made = commit()
    assert (made["count"], made["description"]) == (4, "高等数学")
    assert made["rule"] == {"every": 1, "unit": "week", "count": 4}
    for index, each in enumerate(made["reservations"], 1):
        assert each["series"] == {"id": made["id"], "index": index, "count": 4}
        assert (each["status"], each["revision"], each["user"]) == (CONFIRMED, 0, teacher.id)
        assert mine.get(f"/reservations/{each['id']}/").json == each
    listed = mine.get("/reservations/").json["results"]
    assert [each["id"] for each in reversed(listed)] == [r["id"] for r in made["reservations"]]
    assert mine.get(f"{SERIES}{made['id']}/").json == made
    assert mine.get(SERIES).json["results"] == [made]


def test_dates_are_skipped_or_chosen_elsewhere(
    mine, commit, room, other, add_room, add_reservation, tomorrow
):
    elsewhere = add_room("102")
    for week in (1, 2, 3):
        add_reservation(
            room, tomorrow(10) + week * WEEK, tomorrow(11) + week * WEEK, user_id=other.id
        )
    later = {
        "reserve_from": (tomorrow(14) + 3 * WEEK).isoformat(),
        "reserve_to": (tomorrow(15) + 3 * WEEK).isoformat(),
    }
    made = commit(
        dates=[
            {"index": 2, "skip": True},
            {"index": 3, "meetingroom": elsewhere.id},
            {"index": 4, **later},
        ]
    )["reservations"]
    assert starts(made) == [tomorrow(10), tomorrow(10) + 2 * WEEK, tomorrow(14) + 3 * WEEK]
    assert [each["meetingroom"]["id"] for each in made] == [room.id, elsewhere.id, room.id]


def test_a_plan_that_has_changed_reserves_nothing_and_is_told(
    mine, wish, session, room, other, add_reservation, tomorrow
):
    asked = wish()
    old = mine.post(PLAN, asked, status=200).json
    row = add_reservation(room, tomorrow(10) + WEEK, tomorrow(11) + WEEK, user_id=other.id)
    answer = mine.post(SERIES, asked | {"digest": old["digest"]}, status=409).json
    assert answer["detail"] == series.CHANGED
    assert answer["plan"]["digest"] != old["digest"]
    assert [each["state"] for each in answer["plan"]["dates"]] == ["free", "taken", "free", "free"]
    assert [each.id for each in session.scalars(sa.select(Reservation))] == [row.id]
    # What its client then chooses is made.
    chosen = {"digest": answer["plan"]["digest"], "dates": [{"index": 2, "skip": True}]}
    assert len(mine.post(SERIES, asked | chosen).json["reservations"]) == 3


def test_one_that_is_overtaken_between_plan_and_decision_is_a_changed_plan(
    mine, wish, session, room, other, add_reservation, tomorrow, monkeypatch
):
    asked = wish()
    digest = mine.post(PLAN, asked, status=200).json["digest"]
    submit = groups.submit

    def overtaken(*arguments, **keywords):
        add_reservation(room, tomorrow(10) + 3 * WEEK, tomorrow(11) + 3 * WEEK, user_id=other.id)
        return submit(*arguments, **keywords)

    monkeypatch.setattr(groups, "submit", overtaken)
    answer = mine.post(SERIES, asked | {"digest": digest}, status=409).json
    assert answer["plan"]["dates"][3]["state"] == "taken"
    mine_confirmed = Reservation.status == CONFIRMED, Reservation.user_id != other.id
    assert count(session, Reservation, *mine_confirmed) == 0
    statuses = session.scalars(
        sa.select(Reservation.status).where(Reservation.user_id != other.id)
    ).all()
    assert statuses == [REJECTED] * 4
    assert mine.get(SERIES, {"past": "yes"}).json["results"] == []


def test_a_date_that_can_not_be_had_must_be_skipped_or_changed(
    mine, wish, room, other, add_reservation, tomorrow
):
    add_reservation(room, tomorrow(10) + WEEK, tomorrow(11) + WEEK, user_id=other.id)
    asked = wish()
    asked["digest"] = mine.post(PLAN, asked, status=200).json["digest"]

    def refused(*choices) -> str:
        answer = mine.post(SERIES, asked | {"dates": list(choices)}, status=400).json
        return answer["non_field_errors"][0]

    assert refused().startswith("第2次（")
    assert refused({"index": 9, "skip": True}) == series_plans.NO_SUCH_DATE.format(9)
    everything = [{"index": index, "skip": True} for index in range(1, 5)]
    assert refused(*everything) == series_plans.NOTHING_CHOSEN
    assert "9999" in refused({"index": 2, "meetingroom": 9999})


def test_sent_twice_it_is_one_series(mine, wish, session):
    asked = wish()
    asked["digest"] = mine.post(PLAN, asked, status=200).json["digest"]
    first = mine.post(SERIES, asked).json
    assert mine.post(SERIES, asked).json == first
    assert count(session) == 4
    # Long after it is another wish, and in its own way.
    session.get_one(Series, first["id"]).created_at -= timedelta(seconds=11)
    mine.post(SERIES, asked, status=409)


def test_two_that_wait_at_the_same_time_are_one_series(mine, wish, session, monkeypatch):
    asked = wish()
    asked["digest"] = mine.post(PLAN, asked, status=200).json["digest"]
    submit = series.submit

    def twice(*arguments, **keywords):
        submit(*arguments, **keywords)
        return submit(*arguments, **keywords)

    monkeypatch.setattr(series, "submit", twice)
    assert mine.post(SERIES, asked).json["count"] == 4
    assert count(session, Reservation, Reservation.status == CONFIRMED) == 4


def test_with_a_key_it_is_made_once(mine, wish, session, monkeypatch):
    asked = wish()
    asked["digest"] = mine.post(PLAN, asked, status=200).json["digest"]
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_remember", None)
        mine.post(SERIES, asked, status=500, headers=KEY)
    [made] = session.scalars(sa.select(Series))
    made.created_at -= timedelta(hours=1)
    for _ in range(2):
        assert mine.post(SERIES, asked, headers=KEY).json["id"] == made.id
    assert count(session) == 4


def test_what_nobody_decides_in_time_is_withdrawn_for_good(mine, wish, session, monkeypatch):
    from dataclasses import replace

    from hhu_plugins.rooms import series_orders

    monkeypatch.setitem(mine.client.app.registry, "rooms.reservation_timeout", 0.3)
    asleep = replace(series_orders.GROUP, decide=lambda session: None)
    monkeypatch.setattr(series_orders, "GROUP", asleep)
    asked = wish()
    asked["digest"] = mine.post(PLAN, asked, status=200).json["digest"]
    answer = mine.post(SERIES, asked, status=400).json
    assert answer["non_field_errors"] == [decisions.NOT_DECIDED]
    assert decisions.decide_pending(session) == 0
    assert session.scalars(sa.select(Reservation.status)).all() == [WITHDRAWN] * 4


def test_the_dates_ahead_are_given_back(mine, commit, session, tomorrow):
    made = commit()
    first = session.get_one(Reservation, made["reservations"][0]["id"])
    first.reserve_from -= timedelta(days=2)
    first.reserve_to -= timedelta(days=2)
    mine.delete(f"{SERIES}{made['id']}/")
    statuses = session.scalars(sa.select(Reservation.status).order_by(Reservation.id)).all()
    assert statuses == [CONFIRMED] + [CANCELLED] * 3
    mine.delete(f"{SERIES}{made['id']}/", status=404)
    assert mine.get(SERIES).json["results"] == []
    [left] = mine.get(SERIES, {"past": "yes"}).json["results"]
    assert (left["count"], len(left["reservations"])) == (4, 1)


def test_one_date_that_is_cancelled_leaves_the_others_their_places(mine, commit):
    made = commit()
    mine.delete(f"/reservations/{made['reservations'][1]['id']}/")
    left = mine.get(f"{SERIES}{made['id']}/").json["reservations"]
    assert [each["series"]["index"] for each in left] == [1, 3, 4]
    assert {each["series"]["count"] for each in left} == {4}


def test_the_dates_ahead_are_moved_all_alike(mine, commit, session, tomorrow):
    made = commit()
    change = {
        "reserve_from": (tomorrow(14) + WEEK + timedelta(days=1)).isoformat(),
        "reserve_to": (tomorrow(16) + WEEK + timedelta(days=1)).isoformat(),
        "from": f"{tomorrow(10) + WEEK:%Y-%m-%d}",
    }
    plan = mine.patch(f"{SERIES}{made['id']}/", change).json
    assert [each["state"] for each in plan["dates"]] == ["free"] * 3
    assert count(session, Reservation, Reservation.revision > 0) == 0
    moved = mine.patch(f"{SERIES}{made['id']}/", change | {"digest": plan["digest"]}).json
    day = timedelta(days=1)
    assert starts(moved["reservations"]) == [
        tomorrow(10), *(tomorrow(14) + n * WEEK + day for n in (1, 2, 3))
    ]  # fmt: skip
    assert [each["revision"] for each in moved["reservations"]] == [0, 1, 1, 1]
    assert moved["reservations"][3]["reserve_to"] == (tomorrow(16) + 3 * WEEK + day).isoformat()
    assert [each["id"] for each in moved["reservations"]] == [
        each["id"] for each in made["reservations"]
    ]


@pytest.mark.parametrize("steps", [1, -1])
def test_each_date_may_get_the_time_that_another_gives_up(mine, commit, steps, tomorrow):
    """Moved by a day, a daily series is in its own way everywhere."""
    made = commit(5, rule={"every": 1, "unit": "day", "count": 5})
    day = timedelta(days=1)
    first = starts(made["reservations"])[1] + steps * day
    change = {
        "reserve_from": first.isoformat(),
        "reserve_to": (first + timedelta(hours=1)).isoformat(),
        "from": f"{tomorrow(10) + day:%Y-%m-%d}",
    }
    if steps < 0:
        mine.delete(f"/reservations/{made['reservations'][0]['id']}/")
    plan = mine.patch(f"{SERIES}{made['id']}/", change).json
    moved = mine.patch(f"{SERIES}{made['id']}/", change | {"digest": plan["digest"]}).json
    assert starts(moved["reservations"])[-4:] == [first + n * day for n in range(4)]
    assert [each["revision"] for each in moved["reservations"]][-4:] == [1] * 4


def test_a_change_that_can_not_be_had_whole_leaves_all_as_it_was(
    mine, commit, session, room, other, add_reservation, tomorrow
):
    made = commit()
    add_reservation(room, tomorrow(14) + 2 * WEEK, tomorrow(15) + 2 * WEEK, user_id=other.id)
    change = {"reserve_from": tomorrow(14).isoformat(), "reserve_to": tomorrow(15).isoformat()}
    path = f"{SERIES}{made['id']}/"
    plan = mine.patch(path, change).json
    assert [each["state"] for each in plan["dates"]] == ["free", "free", "taken", "free"]
    change["digest"] = plan["digest"]
    mine.patch(path, change, status=400)
    assert mine.get(path).json == made
    # What is skipped stays as it is.
    moved = mine.patch(path, change | {"dates": [{"index": 3, "skip": True}]}).json
    assert [each["revision"] for each in moved["reservations"]] == [1, 1, 0, 1]
    assert mine.patch(path, change, status=409).json["plan"]


def test_the_room_and_the_description_of_all_are_changed(mine, commit, add_room):
    made, room = commit(), add_room("102")
    path, change = f"{SERIES}{made['id']}/", {"meetingroom": room.id, "description": "线性代数"}
    change["digest"] = mine.patch(path, change).json["digest"]
    changed = mine.patch(path, change).json["reservations"]
    assert {each["meetingroom"]["id"] for each in changed} == {room.id}
    assert {each["description"] for each in changed} == {"线性代数"}
    # Sent again it is the same.
    assert mine.patch(path, change).json["reservations"] == changed


def test_a_date_is_added_and_counted_in_its_place(mine, commit, session, tomorrow):
    made = commit()
    day = tomorrow(10) + WEEK + timedelta(days=1)
    extra = {"reserve_from": day.isoformat(), "reserve_to": (day + timedelta(hours=2)).isoformat()}
    path = f"{SERIES}{made['id']}/dates/"
    added = mine.post(path, extra).json
    assert added["series"] == {"id": made["id"], "index": 3, "count": 5}
    assert added["description"] == "高等数学"
    assert mine.post(path, extra).json == added
    now = mine.get(f"{SERIES}{made['id']}/").json
    assert [each["series"]["index"] for each in now["reservations"]] == [1, 2, 3, 4, 5]
    taken = {"reserve_from": tomorrow(10).isoformat(), "reserve_to": tomorrow(12).isoformat()}
    assert "alternatives" in mine.post(path, taken, status=400).json


def test_a_series_has_no_more_than_sixty_dates(mine, commit, wish, tomorrow):
    made = commit(60, rule={"every": 1, "unit": "day", "count": 60})
    assert made["count"] == 60
    day = tomorrow(14)
    extra = {"reserve_from": day.isoformat(), "reserve_to": (day + timedelta(hours=1)).isoformat()}
    answer = mine.post(f"{SERIES}{made['id']}/dates/", extra, status=400).json
    assert answer["non_field_errors"] == [series.FULL]
    until = wish(rule={"unit": "day", "until": f"{tomorrow(0) + timedelta(days=60):%Y-%m-%d}"})
    assert "60" in mine.post(PLAN, until, status=400).json["non_field_errors"][0]


def test_somebody_elses_is_not_found(api, commit, other, tomorrow):
    path, they = f"{SERIES}{commit()['id']}/", api.as_user(other)
    they.get(path, status=404)
    they.delete(path, status=404)
    they.patch(path, {"description": "我的"}, status=404)
    times = {"reserve_from": tomorrow(14).isoformat(), "reserve_to": tomorrow(15).isoformat()}
    they.post(path + "dates/", times, status=404)
    assert they.get(SERIES).json["results"] == []


def test_teaching_weeks_are_those_of_the_term(mine, wish, session, tomorrow):
    day = tomorrow(10)
    monday = day.date() - timedelta(days=day.weekday())
    session.add_all(
        [
            Term(name="本学期", first_monday=monday, weeks_count=18),
            Term(name="明年", first_monday=monday + 30 * WEEK, weeks_count=16),
        ]
    )
    assert [each["name"] for each in mine.get("/reservations/terms/").json] == ["明年", "本学期"]
    odd = wish(rule={"weeks": "1-16 单周"})
    assert starts(mine.post(PLAN, odd, status=200).json["dates"]) == [
        day + 2 * n * WEEK for n in range(8)
    ]
    later = mine.get("/reservations/terms/").json[0]["id"]
    planned = mine.post(PLAN, wish(rule={"weeks": "3", "term": later}), status=200).json
    assert starts(planned["dates"]) == [day + 32 * WEEK]
    answer = mine.post(PLAN, wish(rule={"weeks": "17-20"}), status=400).json
    assert answer["rule"]["weeks"] == ["这个学期只有 18 周。"]


def test_without_a_term_there_are_no_teaching_weeks(mine, wish, session, tomorrow):
    for rule, name in (({"weeks": "1"}, "term"), ({"weeks": "1", "term": 999}, "term")):
        assert mine.post(PLAN, wish(rule=rule), status=400).json["rule"][name]


DAY = datetime(2026, 1, 1, tzinfo=UTC)
BAD = {
    "no end": {},
    "two ends": {"count": 3, "until": "2030-01-01"},
    "no number": {"every": 0, "count": 3},
    "too many": {"count": 61},
    "no unit": {"unit": "month", "count": 3},
    "an eighth day": {"weekdays": [8], "count": 3},
    "days are no list": {"weekdays": "1,3", "count": 3},
    "an object": {"weekdays": {"a": 1}, "count": 3},
    "no day": {"until": "tomorrow"},
    "no such day": {"until": "2030-02-30"},
    "until before the first": {"until": "2020-01-01"},
    "endless": {"every": 99, "unit": "week", "count": 60},
    "two ways": {"every": 1, "rrule": "FREQ=DAILY;COUNT=2"},
    "weeks": {"weeks": "每周"},
    "empty weeks": {"weeks": ","},
    "blank weeks": {"weeks": " "},
    "rrule without an end": {"rrule": "FREQ=DAILY"},
    "rrule with a part that is not known": {"rrule": "FREQ=YEARLY;COUNT=3"},
    "rrule by the second": {"rrule": "FREQ=SECONDLY;COUNT=3"},
    "rrule by hour": {"rrule": "FREQ=DAILY;COUNT=3;BYHOUR=9"},
    "numbered days in a week": {"rrule": "FREQ=WEEKLY;COUNT=3;BYDAY=1MO"},
    "rrule twice": {"rrule": "FREQ=DAILY;FREQ=DAILY;COUNT=3"},
    "nonsense": {"rrule": "nonsense"},
    "rrule with two ends": {"rrule": "FREQ=DAILY;COUNT=3;UNTIL=20300101"},
    "rrule until no day": {"rrule": "FREQ=DAILY;UNTIL=20301301"},
    "a month day of none": {"rrule": "FREQ=MONTHLY;COUNT=3;BYMONTHDAY=0"},
    "never": {"rrule": "FREQ=MONTHLY;COUNT=3;BYMONTHDAY=31;BYDAY=5MO;INTERVAL=12"},
    "null": None,
    "a number": 5,
    "a text": "FREQ=DAILY;COUNT=3",
}


def test_what_is_no_object_and_no_array_is_said_in_chinese(mine, wish):
    answer = mine.post(PLAN, wish(rule=1), status=400).json
    assert answer["rule"] == ["应为一个 JSON 对象。"]
    answer = mine.post(SERIES, wish(digest="x", dates=5), status=400).json
    assert answer["dates"] == ["应为一个 JSON 数组。"]


@pytest.mark.parametrize("rule", BAD.values(), ids=BAD)
def test_a_rule_that_is_none_is_told_in_one_sentence(mine, wish, session, rule):
    monday = date(2026, 9, 7)
    session.add(Term(name="本学期", first_monday=monday, weeks_count=50))
    answer = mine.post(PLAN, wish(rule=rule), status=400).json
    assert isinstance(answer["non_field_errors"][0], str)


def test_fields_are_checked_as_those_of_a_reservation(mine, wish, tomorrow):
    for changes, field in (
        ({"meetingroom": 9999}, "meetingroom"),
        ({"meetingroom": None}, "meetingroom"),
        ({"reserve_from": "x"}, "reserve_from"),
        ({"reserve_to": tomorrow(15).isoformat()}, "non_field_errors"),
        ({"reserve_to": tomorrow(9).isoformat()}, "non_field_errors"),
    ):
        assert mine.post(PLAN, wish(**changes), status=400).json[field]
    for changes, field in (
        ({"description": " "}, "description"),
        ({"digest": "x"}, None),
        ({"digest": None}, "digest"),
        ({"digest": "x", "dates": [{"index": "a"}]}, "dates"),
        ({"digest": "x", "dates": [{"index": 1}] * 61}, "dates"),
        ({"digest": "x", "dates": {"index": 1}}, "dates"),
    ):
        answer = mine.post(SERIES, wish(**changes), status=400 if field else 409).json
        assert field is None or answer[field]


def test_the_feeds_tell_that_they_belong_together(mine, session, commit, teacher, room):
    made = commit()
    for feed in (
        calendar_feeds.of_person(session, teacher.id, datetime.now(UTC)),
        calendar_feeds.of_room(session, room.id, datetime.now(UTC)),
    ):
        assert {entry.series for entry in feed.entries} == {f"series-{made['id']}"}
        assert len({entry.name for entry in feed.entries}) == 4
    text = mine.get("/reservations/calendar.ics/").text
    assert text.count(f"RELATED-TO;RELTYPE=SERIES:series-{made['id']}@") == 4


def test_an_administrator_makes_and_cancels_for_somebody_else_who_is_told(
    session, policy, room, teacher, add_user, tomorrow, mails
):
    admin = add_user("admin")
    teacher.email = "t0001@hhu.example"
    intervals = [(tomorrow(8) + n * WEEK, tomorrow(18) + n * WEEK) for n in range(3)]
    wanted = plans.slots(policy, room.id, intervals)

    def make() -> int:
        series_id, group_id = series.submit(
            session,
            wanted,
            user_id=teacher.id,
            by_user_id=admin.id,
            description="培训",
            rule={"every": 1, "count": 3},
            fingerprint="",
            decide_within=None,
        )
        groups.decide_now(session, policy, group_id, by_user_id=admin.id)
        return series_id

    series_id = make()
    rows = series.reservations(session, series_id)
    assert {(row.user_id, row.status_changed_by) for row in rows} == {(teacher.id, admin.id)}
    assert count(session, Notice) == 3
    with pytest.raises(Exception, match=decisions.TAKEN):
        make()
    session.execute(sa.update(Notice).values(due_at=sa.func.now()))
    assert notifications.tell_what_is_due(session, policy.zone) == 3
    [mail] = mails()
    assert mail.subject.startswith("【代为预约】勤学楼 101，")
    assert mail.subject.endswith("18:00 等 3 次")
    assert mail.body.count("08:00–18:00") == 3
    assert series.cancel_ahead(session, policy, series_id, by_user_id=admin.id, reason="停电") == 3
    session.execute(sa.update(Notice).values(due_at=sa.func.now()))
    notifications.tell_what_is_due(session, policy.zone)
    _, mail = mails()
    assert "原因：停电" in mail.body


def test_what_can_not_be_shifted_so_far_is_refused(mine, commit):
    made = commit(12, rule={"every": 1, "unit": "week", "count": 12})
    change = {"reserve_from": "9998-12-31T10:00", "reserve_to": "9998-12-31T11:00"}
    states = {each["state"] for each in mine.patch(f"{SERIES}{made['id']}/", change).json["dates"]}
    assert states == {"beyond"}
    backwards = {"reserve_from": "2030-01-01T11:00", "reserve_to": "2030-01-01T10:00"}
    mine.patch(f"{SERIES}{made['id']}/", backwards, status=400)


def test_a_series_of_years_at_the_end_of_the_calendar(
    mine, session, teacher, room, add_reservation
):
    rows = []
    for year in (2027, 2031):
        start = datetime(year, 3, 1, 10, tzinfo=UTC)
        rows.append(add_reservation(room, start, start + HOUR, series_index=1))
    made = Series(user_id=teacher.id, description="x", rule={}, dates_count=2, fingerprint="")
    session.add(made)
    session.flush()
    for row in rows:
        row.series_id = made.id
    change = {"reserve_from": "9998-12-31T10:00", "reserve_to": "9998-12-31T11:00"}
    answer = mine.patch(f"{SERIES}{made.id}/", change, status=400).json
    assert answer["non_field_errors"] == [recurrence.TOO_FAR]
