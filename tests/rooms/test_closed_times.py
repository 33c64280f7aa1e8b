"""When rooms are closed, by whichever rule, and that every way to take a room's time knows it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import vobject

from hhu_plugins.rooms import booking, cancellation, closed_times, decisions, occupancy, submission
from hhu_plugins.rooms.closed_times import CLOSED, OutsideHours, RoomClosed
from hhu_plugins.rooms.models import CONFIRMED, REJECTED, Closure, Reservation

SEARCH = "/meetingrooms/available/"


def during(session, room, start: datetime, end: datetime) -> list[tuple]:
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    found = closed_times.read(session, start, end).during(room, start, end)
    return [(each.start, each.end, each.reason) for each in found]


class TestRules:
    def test_without_any_it_is_always_open(self, session, room, tomorrow):
        assert not closed_times.read(session, tomorrow(0), tomorrow(23))
        assert during(session, room, tomorrow(0), tomorrow(23)) == []

    def test_one_room_one_place_and_all(self, session, add_room, add_closure, tomorrow):
        here, beside, away = add_room("101"), add_room("102"), add_room("9", location="致高楼")
        add_closure(tomorrow(8), tomorrow(9), reason="一间", room_id=here.id)
        add_closure(tomorrow(10), tomorrow(11), reason="一楼", location="勤学楼")
        add_closure(tomorrow(12), tomorrow(13), reason="全部")
        reasons = [
            [reason for _, _, reason in during(session, each, tomorrow(7), tomorrow(20))]
            for each in (here, beside, away)
        ]
        assert reasons == [["一间", "一楼", "全部"], ["一楼", "全部"], ["全部"]]

    def test_one_without_an_end_goes_on(self, session, room, add_closure, tomorrow):
        add_closure(tomorrow(10), None)
        assert during(session, room, tomorrow(9), tomorrow(9, 30)) == []
        later = tomorrow(9) + timedelta(days=400)
        assert during(session, room, later, later + timedelta(hours=1)) == [
            (later, later + timedelta(hours=1), "检修")
        ]

    def test_a_room_has_its_own_hours_or_those_of_all(
        self, session, room, add_room, add_hours, tomorrow
    ):
        other, closed = add_room("102"), add_room("103")
        add_hours("08:00–12:00")
        add_hours("10:00–14:00", room_id=other.id)
        add_hours("", room_id=closed.id)
        shown = [
            [(start, end) for start, end, _ in during(session, each, tomorrow(9), tomorrow(13))]
            for each in (room, other, closed)
        ]
        assert shown == [
            [(tomorrow(12), tomorrow(13))],
            [(tomorrow(9), tomorrow(10))],
            [(tomorrow(9), tomorrow(13))],
        ]

    def test_what_overlaps_is_told_once_the_closure_first(
        self, session, room, add_hours, add_closure, tomorrow
    ):
        add_hours("08:00–12:00、14:00–20:00")
        add_closure(tomorrow(11), tomorrow(15), reason="考试", room_id=room.id)
        add_closure(tomorrow(14), tomorrow(16), reason="检修")
        assert during(session, room, tomorrow(7), tomorrow(21)) == [
            (tomorrow(7), tomorrow(8), "非开放时间"),
            (tomorrow(11), tomorrow(15), "考试"),
            (tomorrow(15), tomorrow(16), "检修"),
            (tomorrow(20), tomorrow(21), "非开放时间"),
        ]

    @pytest.mark.parametrize(
        "week",
        ["", "|||||", "|" * 7, "24:00-25:00" + "|" * 6, "8:00-9:00" + "|" * 6, "x" + "|" * 6],
    )
    def test_the_database_keeps_only_weeks(self, session, week):
        statement = sa.text("INSERT INTO rooms_opening_hours (week, zone) VALUES (:week, 'UTC')")
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(statement, {"week": week})

    def test_there_is_one_table_for_all(self, session, add_hours):
        add_hours("08:00–12:00")
        with pytest.raises(sa.exc.IntegrityError):
            add_hours("08:00–12:00")


class TestSearch:
    @pytest.fixture(autouse=True)
    def college(self, room, add_room, add_hours, add_closure, tomorrow):
        """101 is closed from 10 to 12, all of them but from 8 to 20."""
        add_hours("08:00–20:00")
        add_closure(tomorrow(10), tomorrow(12), reason="期末考试", room_id=room.id)
        add_room("102")

    @pytest.fixture
    def mine(self, api, teacher):
        return api.as_user(teacher)

    def ask(self, mine, tomorrow, start: int, end: int, **more):
        window = {"time_from": tomorrow(start).isoformat(), "time_to": tomorrow(end).isoformat()}
        places = mine.get(SEARCH, window | more).json
        return [room for place in places for room in place["meetingrooms"]]

    def test_a_room_that_is_closed_is_not_free(self, mine, tomorrow):
        assert [each["info"]["name"] for each in self.ask(mine, tomorrow, 9, 11)] == ["102"]
        assert len(self.ask(mine, tomorrow, 8, 10)) == 2
        assert self.ask(mine, tomorrow, 7, 9) == []

    def test_gaps_end_where_it_closes(self, mine, tomorrow):
        first, second = self.ask(mine, tomorrow, 6, 22, length=60)
        gaps = [[tomorrow(8), tomorrow(10)], [tomorrow(12), tomorrow(20)]]
        assert first["free"] == [[each.isoformat() for each in gap] for gap in gaps]
        assert second["free"] == [[tomorrow(8).isoformat(), tomorrow(20).isoformat()]]

    def test_the_second_generation_shows_it_as_occupied(
        self, mine, room, teacher, tomorrow, add_reservation
    ):
        add_reservation(room, tomorrow(8), tomorrow(9))
        window = {"query_from": tomorrow(7).isoformat(), "query_to": tomorrow(13).isoformat()}
        found = mine.get(SEARCH, window).json[0]["reservations"]
        times = [[datetime.fromisoformat(each) for each in one.pop("time_range")] for one in found]
        assert times == [
            [tomorrow(7), tomorrow(8)],
            [tomorrow(8), tomorrow(9)],
            [tomorrow(10), tomorrow(12)],
        ]
        closed = {"reserve_user": "不开放", "contact": None}
        assert found == [
            closed | {"description": "非开放时间"},
            {"reserve_user": "t0001-褚杰", "contact": None, "description": "例会"},
            closed | {"description": "期末考试"},
        ]

    def test_a_window_of_ages_has_too_many_nights(self, mine, session, tomorrow):
        window = {"query_from": "1970-01-02T00:00:00Z", "query_to": "9990-01-01T00:00:00Z"}
        assert mine.get(SEARCH, window, status=400).json == {"detail": occupancy.TOO_MANY}

    def test_asked_for_closed_time_it_offers_what_is_open(self, mine, room, session, tomorrow):
        body = {
            "meetingroom": room.id,
            "reserve_from": tomorrow(10).isoformat(),
            "reserve_to": tomorrow(11).isoformat(),
            "description": "例会",
        }
        answer = mine.post("/reservations/", body, status=400).json
        assert answer["non_field_errors"] == ["会议室在该时间段不开放。"]
        offers = answer["alternatives"]
        assert offers["stretches"][0] == [tomorrow(9).isoformat(), tomorrow(10).isoformat()]
        assert [each["name"] for each in offers["meetingrooms"]] == ["102"]
        assert session.scalar(sa.select(sa.func.count()).select_from(Reservation)) == 0

        body["reserve_from"], body["reserve_to"] = (
            tomorrow(20).isoformat(),
            tomorrow(21).isoformat(),
        )
        answer = mine.post("/reservations/", body, status=400).json
        assert answer["non_field_errors"] == ["会议室在该时间段不开放。"]
        assert answer["alternatives"]["meetingrooms"] == []
        assert answer["alternatives"]["stretches"][0][1] == tomorrow(20).isoformat()

    def test_not_even_asked_for_without_waiting(self, mine, room, tomorrow):
        body = {"meetingroom": room.id, "description": "例会"}
        body |= {"reserve_from": tomorrow(11).isoformat(), "reserve_to": tomorrow(12).isoformat()}
        answer = mine.post(
            "/reservations/", body, status=400, headers={"Prefer": "respond-async"}
        ).json
        assert answer["non_field_errors"] == [CLOSED]

    def test_taken_rooms_offer_no_closed_time(
        self, mine, room, tomorrow, add_reservation, add_user
    ):
        add_reservation(room, tomorrow(9), tomorrow(10), user_id=add_user("t0002").id)
        body = {"meetingroom": room.id, "description": "例会"}
        body |= {"reserve_from": tomorrow(9).isoformat(), "reserve_to": tomorrow(10).isoformat()}
        answer = mine.post("/reservations/", body, status=400).json
        assert answer["non_field_errors"] == [decisions.TAKEN]
        starts = [start for start, _ in answer["alternatives"]["stretches"]]
        assert starts[0] == tomorrow(8).isoformat()
        assert tomorrow(10).isoformat() not in starts


class TestDecisions:
    @pytest.fixture
    def submit(self, session, teacher):
        def submit(room, start, end) -> int:
            asked = submission.submit(
                session,
                room_id=room.id,
                user_id=teacher.id,
                interval=(start, end),
                description="例会",
                decide_within=None,
            )
            return asked.id

        return submit

    def outcome(self, session, id_: int) -> tuple[str, str]:
        row = session.get(Reservation, id_, populate_existing=True)
        return row.status, row.status_reason

    def test_a_closure_that_came_meanwhile_is_not_overtaken(
        self, session, room, add_room, submit, add_closure, tomorrow
    ):
        closed, beside = (
            submit(each, tomorrow(10), tomorrow(11)) for each in (room, add_room("2"))
        )
        before, after = (submit(room, tomorrow(hour), tomorrow(hour + 1)) for hour in (9, 12))
        add_closure(tomorrow(10), tomorrow(12), room_id=room.id)
        decisions.decide_pending(session)
        assert self.outcome(session, closed) == (REJECTED, CLOSED)
        for other in (beside, before, after):
            assert self.outcome(session, other) == (CONFIRMED, "")

    def test_hours_that_came_meanwhile(self, session, room, submit, add_hours, tomorrow):
        ids = [submit(room, tomorrow(hour), tomorrow(hour + 1)) for hour in (9, 20)]
        add_hours("08:00–20:00")
        decisions.decide_pending(session)
        assert [self.outcome(session, id_)[0] for id_ in ids] == [CONFIRMED, REJECTED]

    def test_who_asks_again_for_what_was_kept_has_it(
        self, session, api, teacher, room, tomorrow, add_closure
    ):
        """The answer to the first got lost; a closure that came between has let it stand."""
        mine = api.as_user(teacher)
        body = {"meetingroom": room.id, "description": "例会"}
        body |= {"reserve_from": tomorrow(9).isoformat(), "reserve_to": tomorrow(10).isoformat()}
        first = mine.post("/reservations/", body).json
        add_closure(tomorrow(8), tomorrow(12))
        assert mine.post("/reservations/", body).json == first

    def test_a_closure_that_is_over_costs_nothing(
        self, session, room, submit, add_closure, tomorrow
    ):
        yesterday = tomorrow(8) - timedelta(days=3)
        add_closure(yesterday, yesterday + timedelta(hours=1))
        id_ = submit(room, tomorrow(10), tomorrow(11))
        read = []
        sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *a: read.append(a[2]))
        decisions.decide_pending(session)
        assert self.outcome(session, id_)[0] == CONFIRMED
        assert not [text for text in read if "UNION ALL" in text]


class TestAdministrators:
    @pytest.fixture
    def row(self, room, add_reservation, tomorrow) -> Reservation:
        return add_reservation(room, tomorrow(10), tomorrow(11))

    def test_never_into_a_closure(self, session, policy, row, room, teacher, add_closure, tomorrow):
        add_closure(tomorrow(14), tomorrow(15), room_id=room.id)
        with pytest.raises(RoomClosed) as refused, session.begin_nested():
            booking.move(
                session,
                policy,
                row,
                by_user_id=teacher.id,
                may_exceed=True,
                reserve_from=tomorrow(13, 30),
                reserve_to=tomorrow(14, 30),
            )
        assert refused.value.payload == {"non_field_errors": [CLOSED]}
        assert [each.reason for each in refused.value.by] == ["检修"]

    def test_outside_opening_hours_only_knowingly(
        self, session, policy, row, teacher, add_hours, tomorrow
    ):
        add_hours("08:00–18:00")
        times = {"reserve_from": tomorrow(18), "reserve_to": tomorrow(19)}
        with pytest.raises(OutsideHours), session.begin_nested():
            booking.move(session, policy, row, by_user_id=teacher.id, **times)
        booking.move(session, policy, row, by_user_id=teacher.id, may_exceed=True, **times)
        assert row.reserve_from == tomorrow(18)

    def test_one_that_stays_in_a_closure_may_be_shortened_and_not_longer(
        self, session, policy, row, teacher, add_closure, tomorrow
    ):
        add_closure(tomorrow(8), tomorrow(20))
        booking.move(session, policy, row, by_user_id=teacher.id, reserve_to=tomorrow(10, 30))
        with pytest.raises(RoomClosed), session.begin_nested():
            booking.move(session, policy, row, by_user_id=teacher.id, reserve_to=tomorrow(11))

    def test_no_restoring_into_a_closure(
        self, session, policy, row, teacher, add_closure, tomorrow
    ):
        cancellation.cancel(session, policy, row.id, by_user_id=teacher.id)
        add_closure(tomorrow(10), tomorrow(12))
        with pytest.raises(RoomClosed):
            booking.restore(session, policy, row, by_user_id=teacher.id, may_exceed=True)


def test_the_feed_of_a_room_tells_it(
    api, teacher, room, add_room, add_hours, add_closure, tomorrow
):
    add_closure(tomorrow(8), tomorrow(12), reason="考试", room_id=room.id)
    add_closure(tomorrow(8), None, reason="装修", location="勤学楼")
    add_closure(tomorrow(8), tomorrow(12), room_id=add_room("102").id)
    add_closure(tomorrow(8) - timedelta(days=30), tomorrow(8) - timedelta(days=20))
    add_closure(tomorrow(8).replace(year=9998), None, reason="拆除")
    add_hours("08:00–20:00")
    text = api.as_user(teacher).get(f"/meetingrooms/{room.id}/calendar.ics").body.decode()
    events = vobject.readOne(text).contents["vevent"]
    shown = [each for each in events if each.summary.value.startswith("不开放")]
    assert [each.summary.value for each in shown] == [
        "不开放：考试",
        "不开放：装修",
        "不开放：拆除",
    ]
    assert [each.dtstart.value for each in shown[:2]] == [tomorrow(8)] * 2
    assert shown[0].dtend.value == tomorrow(12)
    assert shown[1].dtend.value > tomorrow(8) + timedelta(days=365)
    nights = [each for each in events if each.summary.value == "非开放时间"]
    assert (tomorrow(20), tomorrow(8) + timedelta(days=1)) in [
        (each.dtstart.value, each.dtend.value) for each in nights
    ]
    assert len({each.uid.value for each in events}) == len(events)


def test_a_room_takes_its_closures_and_hours_with_it(
    session, room, add_closure, add_hours, tomorrow
):
    add_closure(tomorrow(8), None, room_id=room.id)
    add_hours("", room_id=room.id)
    session.delete(room)
    session.flush()
    session.expire_all()
    assert session.scalar(sa.select(sa.func.count()).select_from(Closure)) == 0
