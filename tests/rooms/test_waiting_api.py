"""The REST services of waiting, holds and checking in."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_plugins.rooms import checkins, holds, waiting_list
from hhu_plugins.rooms.models import CONFIRMED, HELD, RELEASED, REQUESTED, Reservation
from hhu_plugins.rooms.policy import GONE

DAY = timedelta(days=1)


@pytest.fixture
def settle(run_task):
    """What the worker does every few seconds."""
    return lambda: run_task("rooms.due")


@pytest.fixture
def asking(room, tomorrow):
    def asking(start=10, end=11, **more):
        return {
            "meetingroom": room.id,
            "reserve_from": tomorrow(start).isoformat(),
            "reserve_to": tomorrow(end).isoformat(),
            "description": "组会",
            **more,
        }

    return asking


@pytest.fixture
def mine(api, add_user):
    return api.as_user(add_user("w0001"))


@pytest.fixture
def theirs(api, add_user):
    return api.as_user(add_user("w0002"))


def test_from_waiting_to_the_reservation(
    api, mine, theirs, teacher, room, add_reservation, tomorrow, asking, settle
):
    taken = add_reservation(room, tomorrow(10), tomorrow(11))
    first = mine.post("/reservations/waiting/", asking()).json
    second = theirs.post("/reservations/waiting/", asking()).json
    assert (first["ahead"], second["ahead"]) == (0, 1)
    assert mine.post("/reservations/waiting/", asking()).json == first
    settle()
    [shown] = mine.get("/reservations/waiting/").json["results"]
    assert (shown["id"], shown["state"], shown["ahead"]) == (first["id"], "waiting", 0)
    assert (shown["reservation"], shown["hold_until"]) == (None, None)
    assert shown["meetingroom"]["id"] == room.id

    api.as_user(teacher).delete(f"/reservations/{taken.id}/")
    [shown] = mine.get("/reservations/waiting/").json["results"]
    assert (shown["state"], shown["ahead"]) == ("offered", None)
    assert shown["hold_until"] > datetime.now(UTC).isoformat()
    held = shown["reservation"]["id"]
    assert shown["reservation"]["status"] == HELD
    assert theirs.get("/reservations/waiting/").json["results"][0]["ahead"] == 0

    theirs.post(f"/reservations/{held}/confirm/", status=404)
    for _ in range(2):
        assert mine.post(f"/reservations/{held}/confirm/", status=200).json["status"] == CONFIRMED
    [shown] = mine.get("/reservations/waiting/").json["results"]
    assert (shown["state"], shown["hold_until"]) == ("done", None)
    assert shown["reservation"]["status"] == CONFIRMED


def test_what_is_given_back_goes_to_the_next(
    api, mine, theirs, teacher, room, add_reservation, tomorrow, asking, settle
):
    taken = add_reservation(room, tomorrow(10), tomorrow(11))
    for each in (mine, theirs):
        each.post("/reservations/waiting/", asking())
    settle()
    api.as_user(teacher).delete(f"/reservations/{taken.id}/")
    held = mine.get("/reservations/waiting/").json["results"][0]["reservation"]["id"]
    mine.delete(f"/reservations/{held}/")
    mine.delete(f"/reservations/{held}/", status=404)
    answer = mine.post(f"/reservations/{held}/confirm/", status=400)
    assert answer.json == {"non_field_errors": [holds.TOO_LATE]}
    assert mine.get("/reservations/waiting/").json["results"][0]["state"] == "withdrawn"
    [shown] = theirs.get("/reservations/waiting/").json["results"]
    assert shown["state"] == "offered"
    mine.delete(f"/reservations/waiting/{shown['id']}/", status=404)
    theirs.delete(f"/reservations/waiting/{shown['id']}/")
    theirs.delete(f"/reservations/waiting/{shown['id']}/", status=404)


def test_any_room_that_fits(mine, add_room, asking, settle):
    add_room("大", seats_count=50, equipment=["投影", "白板"])
    wanted = asking(people_count=40, equipment=["投影", "白板"], location="勤学楼")
    del wanted["meetingroom"]
    mine.post("/reservations/waiting/", wanted)
    settle()
    [shown] = mine.get("/reservations/waiting/").json["results"]
    assert (shown["meetingroom"], shown["people_count"]) == (None, 40)
    assert (shown["equipment"], shown["location"]) == (["投影", "白板"], "勤学楼")
    assert shown["reservation"]["meetingroom"]["name"] == "大"


def test_what_can_not_be_waited_for_is_refused(mine, asking):
    def refused(**more) -> dict:
        return mine.post("/reservations/waiting/", asking(**more), status=400).json

    assert refused(meetingroom=999_999)["meetingroom"]
    assert refused(meetingroom=None, people_count=5000) == {
        "non_field_errors": [waiting_list.NONE_FITS]
    }
    assert refused(start=11, end=10)["non_field_errors"]
    yesterday = datetime.now(UTC) - DAY
    past = {"reserve_from": yesterday.isoformat(), "reserve_to": (yesterday + DAY / 24).isoformat()}
    assert refused(**past)["non_field_errors"]
    assert refused(description="")["description"]
    assert refused(equipment={})
    assert refused(confirms_itself="vielleicht")["confirms_itself"]


def test_the_list_of_reservations_shows_the_new_states_only_when_asked(
    mine, session, room, add_reservation, tomorrow, add_user
):
    user = session.scalar(sa.text("SELECT id FROM core_users WHERE username = 'w0001'"))
    for hour, status in enumerate((CONFIRMED, HELD, RELEASED, REQUESTED), 10):
        add_reservation(room, tomorrow(hour), tomorrow(hour + 1), status=status, user_id=user)

    def statuses(query: str = "") -> list[str]:
        return [row["status"] for row in mine.get(f"/reservations/{query}").json["results"]]

    assert statuses() == [CONFIRMED]
    assert statuses("?status=held") == [HELD]
    assert statuses("?status=held, requested,released") == [REQUESTED, RELEASED, HELD]
    assert statuses("?status=") == [CONFIRMED]
    assert mine.get("/reservations/?status=gone", status=400).json["status"]


class TestCheckin:
    @pytest.fixture
    def begun(self, session, room, add_reservation):
        """``begun(minutes)``: a reservation of mine that began so long ago."""
        user = session.scalar(sa.text("SELECT id FROM core_users WHERE username = 'w0001'"))
        room.checkin_since = datetime.now(UTC) - DAY
        session.flush()

        def begun(minutes: int) -> Reservation:
            start = datetime.now(UTC) - timedelta(minutes=minutes)
            return add_reservation(
                room,
                start,
                start + timedelta(hours=1),
                user_id=user,
                status_changed_at=start - DAY,
            )

        return begun

    @pytest.fixture
    def check_in(self, mine):
        return lambda row, status: mine.post(f"/reservations/{row.id}/checkin/", status=status).json

    @pytest.mark.parametrize("minutes", [-9, 0, 14])
    def test_who_comes_keeps_the_room(self, mine, begun, check_in, settle, session, minutes):
        row = begun(minutes)
        for _ in range(2):
            assert check_in(row, 200)["status"] == CONFIRMED
        session.execute(
            sa.update(Reservation).values(reserve_from=Reservation.reserve_from - DAY / 48)
        )
        settle()
        session.refresh(row)
        assert row.status == CONFIRMED

    @pytest.mark.parametrize(
        ("minutes", "sentence"), [(-11, checkins.TOO_EARLY), (16, checkins.RELEASED_ALREADY)]
    )
    def test_too_early_and_too_late(self, mine, begun, check_in, minutes, sentence):
        assert check_in(begun(minutes), 400) == {"non_field_errors": [sentence]}

    def test_what_can_not_be_checked_in_to(self, mine, theirs, begun, check_in, session, room):
        row = begun(5)
        theirs.post(f"/reservations/{row.id}/checkin/", status=404)
        room.checkin_since = None
        session.flush()
        assert check_in(row, 400) == {"non_field_errors": [checkins.NOT_WANTED]}
        row.status = "cancelled"
        session.flush()
        assert check_in(row, 400) == {"non_field_errors": [GONE]}
