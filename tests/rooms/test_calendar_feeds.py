"""The reservations as calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import vobject

from hhu_plugins.rooms import booking, calendar_feeds, cancellation
from hhu_plugins.rooms.models import (
    CANCELLED,
    HELD,
    PENDING,
    REJECTED,
    RELEASED,
    REQUESTED,
    WITHDRAWN,
)

DAY = timedelta(days=1)


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def other(add_user):
    return add_user(
        "t0002", last_name="欧阳", first_name="修", phone="15400009876", email="o@hhu.example"
    )


@pytest.fixture
def read(mine, room):
    """``read()``: the caller's own entries by their ids; ``read("room")``: those of the room."""

    def entries(of: str = "mine") -> dict[int, object]:
        path = "/reservations" if of == "mine" else f"/meetingrooms/{room.id}"
        text = mine.get(f"{path}/calendar.ics").body.decode()
        found = vobject.readOne(text).contents.get("vevent", [])
        return {
            int(each.uid.value.split("@")[0].removeprefix("reservation-")): each for each in found
        }

    return entries


class TestOnesOwn:
    def test_a_reservation(self, read, room, add_reservation, tomorrow):
        row = add_reservation(room, tomorrow(10), tomorrow(11), description="教研室例会")
        entry = read()[row.id]
        assert entry.uid.value == f"reservation-{row.id}@127.0.0.1"
        assert (entry.dtstart.value, entry.dtend.value) == (tomorrow(10), tomorrow(11))
        assert entry.summary.value == entry.description.value == "教研室例会"
        assert entry.location.value == "勤学楼 101"
        assert (entry.status.value, entry.sequence.value) == ("CONFIRMED", "0")

    def test_a_place_is_not_said_twice(self, read, add_room, add_reservation, tomorrow):
        row = add_reservation(add_room("勤学楼 508"), tomorrow(10), tomorrow(11))
        assert read()[row.id].location.value == "勤学楼 508"

    def test_nobody_elses(self, read, room, add_reservation, other, tomorrow):
        add_reservation(room, tomorrow(10), tomorrow(11), user_id=other.id)
        assert read() == {}

    @pytest.mark.parametrize(
        ("status", "shown"),
        [
            (PENDING, "TENTATIVE"),
            (CANCELLED, "CANCELLED"),
            (REJECTED, None),
            (WITHDRAWN, None),
            (HELD, None),
            (RELEASED, None),
            (REQUESTED, None),
        ],
    )
    def test_what_else_there_is(self, read, room, add_reservation, tomorrow, status, shown):
        row = add_reservation(
            room, tomorrow(10), tomorrow(11), status=status, status_reason="会议改期"
        )
        found = read()
        assert (found[row.id].status.value if found else None) == shown
        if status == CANCELLED:
            assert found[row.id].summary.value == "已取消：例会"
            assert found[row.id].description.value == "例会\n取消原因：会议改期"

    def test_the_past_goes_back_some_weeks(self, read, room, add_reservation, tomorrow):
        recent = tomorrow(10) - calendar_feeds.PAST + 2 * DAY
        old = tomorrow(10) - calendar_feeds.PAST - 2 * DAY
        kept, _ = [add_reservation(room, at, at + DAY / 24) for at in (recent, old)]
        assert set(read()) == {kept.id}

    def test_a_cancelled_one_is_told_for_a_while(self, read, room, add_reservation, tomorrow):
        now = datetime.now(UTC)
        kept, _ = [
            add_reservation(
                room, tomorrow(10), tomorrow(11), status=CANCELLED, status_changed_at=now - ago
            )
            for ago in (calendar_feeds.CANCELLED_FOR - DAY, calendar_feeds.CANCELLED_FOR + DAY)
        ]
        assert set(read()) == {kept.id}


class TestRevisions:
    @pytest.fixture
    def row(self, room, add_reservation, tomorrow):
        return add_reservation(room, tomorrow(10), tomorrow(11))

    def test_a_reservation_that_was_asked_for_has_none(self, mine, read, room, tomorrow):
        body = {
            "meetingroom": room.id,
            "reserve_from": tomorrow(10).isoformat(),
            "reserve_to": tomorrow(11).isoformat(),
            "description": "例会",
        }
        made = mine.post("/reservations/", body).json
        assert read()[made["id"]].sequence.value == "0"

    def test_moving_describing_cancelling_and_restoring_each_count(
        self, read, session, policy, row, room, add_room, tomorrow, teacher
    ):
        def check(revision: int, status: str = "CONFIRMED") -> None:
            entry = read()[row.id]
            assert (entry.sequence.value, entry.status.value) == (str(revision), status)
            assert entry.last_modified.value == entry.dtstamp.value
            assert entry.last_modified.value >= moments[-1]
            moments.append(entry.last_modified.value)

        moments = [row.status_changed_at.replace(microsecond=0)]
        check(0)
        row.reserve_to = tomorrow(12)
        booking.place(session, row, by_user_id=teacher.id)
        check(1)
        row.room_id = add_room("102").id
        booking.place(session, row, by_user_id=teacher.id)
        check(2)
        assert read()[row.id].location.value == "勤学楼 102"
        row.description = "另一个会"
        session.flush()
        check(3)
        cancellation.cancel(session, policy, row.id, by_user_id=teacher.id)
        check(4, "CANCELLED")
        session.refresh(row)
        booking.place(session, row, by_user_id=teacher.id)
        check(5)
        assert read()[row.id].dtstart.value == tomorrow(10)

    def test_what_nobody_sees_is_no_change(self, session, row):
        session.execute(sa.text("UPDATE rooms_reservations SET decide_before = now()"))
        session.refresh(row)
        assert (row.revision, row.changed_at) == (0, None)


class TestOfARoom:
    def test_shows_what_the_availability_query_shows(
        self, mine, read, room, add_reservation, other, tomorrow
    ):
        row = add_reservation(
            room, tomorrow(10), tomorrow(11), user_id=other.id, description="论文答辩"
        )
        window = {"query_from": tomorrow(8).isoformat(), "query_to": tomorrow(20).isoformat()}
        [taken] = mine.get("/meetingrooms/available/", window).json[0]["reservations"]
        entry = read("room")[row.id]
        assert entry.summary.value == f"{taken['reserve_user']}：{taken['description']}"
        assert entry.description.value == "预约人：t0002-欧阳修\n电话：15400009876\n论文答辩"
        assert entry.location.value == "勤学楼 101"
        assert "o@hhu.example" not in entry.serialize()

    def test_of_a_cancelled_one_there_is_only_the_time(
        self, read, room, add_reservation, other, tomorrow
    ):
        row = add_reservation(
            room,
            tomorrow(10),
            tomorrow(11),
            user_id=other.id,
            description="秘密的会",
            status=CANCELLED,
            status_reason="秘密的原因",
        )
        entry = read("room")[row.id]
        assert (entry.status.value, entry.summary.value) == ("CANCELLED", "已取消")
        text = entry.serialize()
        assert not any(word in text for word in ("秘密", "欧阳", "t0002", "15400009876"))

    @pytest.mark.parametrize("status", [PENDING, REJECTED, WITHDRAWN])
    def test_what_is_not_decided_or_was_refused_is_not_shown(
        self, read, room, add_reservation, tomorrow, status
    ):
        add_reservation(room, tomorrow(10), tomorrow(11), status=status)
        assert read("room") == {}

    def test_has_its_own_and_no_other_rooms(self, read, room, add_room, add_reservation, tomorrow):
        row = add_reservation(room, tomorrow(10), tomorrow(11))
        add_reservation(add_room("102"), tomorrow(10), tomorrow(11))
        assert set(read("room")) == {row.id}

    def test_one_that_is_cancelled_over_and_over_does_not_make_it_endless(
        self, session, read, room, add_reservation, tomorrow, monkeypatch
    ):
        monkeypatch.setattr(calendar_feeds, "MOST_CANCELLED", 2)
        now = datetime.now(UTC)
        rows = [
            add_reservation(
                room,
                tomorrow(10),
                tomorrow(11),
                status=CANCELLED,
                status_changed_at=now - hours * DAY / 24,
            )
            for hours in (3, 1, 2)
        ]
        assert set(read("room")) == {rows[1].id, rows[2].id}

    @pytest.mark.parametrize("room_id", ["999999", "9" * 30, "x", "%EF%BC%91"])
    def test_of_no_room_there_is_none(self, mine, room_id):
        answer = mine.get(f"/meetingrooms/{room_id}/calendar.ics", status=404)
        assert answer.json == {"detail": "未找到。"}


class TestAsking:
    @pytest.fixture
    def address(self, mine):
        return mine.get("/current-user/calendar/").json["url"].removeprefix("http://127.0.0.1:6543")

    def test_like_a_calendar_program(self, api, address, room, add_reservation, tomorrow):
        add_reservation(room, tomorrow(10), tomorrow(11))
        answer = api.get(address, headers={"Accept": "text/calendar"})
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert vobject.readOne(answer.body.decode()).vevent.summary.value == "例会"

    def test_again_and_nothing_has_changed(self, api, address, room, add_reservation, tomorrow):
        add_reservation(room, tomorrow(10), tomorrow(11))
        first = api.get(address)
        known = {"If-None-Match": first.headers["ETag"]}
        again = api.get(address, headers=known, status=304)
        assert again.body == b""
        assert again.headers["ETag"] == first.headers["ETag"]
        add_reservation(room, tomorrow(14), tomorrow(15))
        assert api.get(address, headers=known).headers["ETag"] != first.headers["ETag"]

    def test_only_for_its_head(self, api, address):
        answer = api.client.head(address, status=200)
        assert answer.headers["ETag"] == api.get(address).headers["ETag"]
        assert answer.body == b""

    def test_two_people_have_two_etags(self, api, mine, other, room):
        path = f"/meetingrooms/{room.id}/calendar.ics"
        mine_, theirs = mine.get(path), api.as_user(other).get(path)
        assert mine_.body == theirs.body
        assert mine_.headers["ETag"] != theirs.headers["ETag"]

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    def test_a_feed_can_only_be_read(self, api, address, method):
        answer = api.client.request(address, method=method, status=405)
        assert "GET" in answer.headers["Allow"]
