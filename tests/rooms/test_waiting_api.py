"""The REST services of waiting, holds and checking in."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_plugins.rooms import checkins, due, holds, waiting_list
from hhu_plugins.rooms.models import (
    CONFIRMED,
    HELD,
    OFFERED,
    RELEASED,
    REQUESTED,
    WAITING,
    Closure,
    Reservation,
    WaitingRequest,
)
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


class TestBackOffice:
    """A held time, as administrators see it."""

    @pytest.fixture
    def held(self, room, add_reservation, tomorrow):
        return add_reservation(room, tomorrow(10), tomorrow(11), status=HELD)

    def test_it_stands_in_the_calendar_the_list_the_conflicts_and_on_its_page(
        self, admin, held, room, tomorrow
    ):
        window = {"start": tomorrow(8).isoformat(), "end": tomorrow(20).isoformat()}
        [event] = admin.get("/admin/rooms/calendar/events.json", window).json["events"]
        assert event["text"] == "候补保留：例会"
        assert "候补保留" in admin.get("/admin/rooms/reservations/").text
        page = admin.get(f"/admin/rooms/reservations/{held.id}/").text
        assert "保留到" in page
        assert holds.ONLY_HELD in page
        sign = f"/admin/rooms/meetingrooms/{room.id}/door?day={tomorrow(10).date()}"
        asked = {
            "start": f"{tomorrow(10):%Y-%m-%dT%H:%M}",
            "end": f"{tomorrow(11):%Y-%m-%dT%H:%M}",
        }
        assert "候补保留：例会" in admin.get("/admin/rooms/conflicts/", asked).text
        assert "候补保留：例会" in admin.get(sign).text

    def test_an_administrator_takes_it_back_with_a_reason(self, admin, held, session):
        page = admin.get(f"/admin/rooms/reservations/do/cancel?id={held.id}")
        admin.submit(page, reason="学院急用")
        session.refresh(held)
        assert (held.status, held.status_reason) == ("cancelled", "学院急用")

    def test_a_closure_takes_it_back_and_who_had_it_waits_on(
        self, admin, held, session, room, tomorrow, teacher
    ):
        waits = WaitingRequest(
            user_id=teacher.id,
            room_id=room.id,
            reserve_from=held.reserve_from,
            reserve_to=held.reserve_to,
            wait_until=held.reserve_from,
            description="组会",
            is_new=False,
            status=OFFERED,
            reservation_id=held.id,
        )
        session.add(waits)
        session.flush()
        page = admin.get("/admin/rooms/closures/add")
        times = {
            "starts": f"{tomorrow(9):%Y-%m-%dT%H:%M}",
            "ends": f"{tomorrow(12):%Y-%m-%dT%H:%M}",
        }
        admin.submit(page, room_id=str(room.id), reason="检修", **times)
        session.refresh(held)
        session.refresh(waits)
        assert (held.status, held.status_reason) == ("cancelled", "会议室停用：检修")
        assert (waits.status, waits.reservation_id) == (WAITING, None)
        # And it is held for them again as soon as the closure is lifted.
        closure = session.scalar(sa.select(Closure.id))
        page = admin.get(f"/admin/rooms/closures/delete?id={closure}")
        admin.submit(page)
        session.refresh(waits)
        assert waits.status == OFFERED

    def test_somebody_urgent_in_its_place_and_who_had_it_waits_on(
        self, admin, held, session, room, tomorrow, teacher
    ):
        waits = WaitingRequest(
            user_id=teacher.id,
            room_id=room.id,
            reserve_from=held.reserve_from,
            reserve_to=held.reserve_to,
            wait_until=held.reserve_from,
            description="组会",
            is_new=False,
            status=OFFERED,
            reservation_id=held.id,
        )
        session.add(waits)
        session.flush()
        token = admin.get("/app/me/").html.select_one("[name=csrf_token]")["value"]
        admin.post(
            "/admin/rooms/conflicts/",
            {
                "csrf_token": token,
                "do": "replace",
                "id": held.id,
                "room_id": room.id,
                "reserve_from": f"{tomorrow(10):%Y-%m-%dT%H:%M}",
                "reserve_to": f"{tomorrow(11):%Y-%m-%dT%H:%M}",
                "user_id": teacher.id,
                "description": "紧急会议",
                "reason": "学院急用",
            },
        )
        session.refresh(waits)
        assert (waits.status, waits.reservation_id) == (WAITING, None)
        made = session.scalars(sa.select(Reservation).where(Reservation.status == CONFIRMED)).one()
        assert made.description == "紧急会议"

    def test_an_administrator_checks_in_for_who_came(self, admin, session, room, add_reservation):
        room.checkin_since = datetime.now(UTC) - DAY
        start = datetime.now(UTC)
        row = add_reservation(room, start, start + DAY / 24)
        page = admin.get(f"/admin/rooms/reservations/do/checkin?id={row.id}")
        admin.submit(page)
        session.refresh(row)
        assert row.checked_in_at is not None
        assert "没有签到" not in admin.get(f"/admin/rooms/reservations/{row.id}/").text

    def test_a_room_wants_to_be_checked_in_to_from_when_that_is_said_on(self, admin, session, room):
        page = admin.get(f"/admin/rooms/meetingrooms/{room.id}/")
        before = datetime.now(UTC)
        admin.submit(page, wants_checkin=True, tells_who=True)
        session.refresh(room)
        assert room.tells_who
        since = room.checkin_since
        assert since >= before - timedelta(seconds=1)
        admin.submit(admin.get(f"/admin/rooms/meetingrooms/{room.id}/"), label="大屏")
        session.refresh(room)
        assert room.checkin_since == since
        admin.submit(admin.get(f"/admin/rooms/meetingrooms/{room.id}/"), wants_checkin=False)
        session.refresh(room)
        assert room.checkin_since is None


class TestPageOfMine:
    def test_what_is_held_is_in_the_inbox_and_confirmed_with_a_tap(
        self, browser, session, room, teacher, add_reservation, tomorrow, policy
    ):
        row = waiting_list.submit(
            session,
            policy,
            user_id=teacher.id,
            interval=(tomorrow(10), tomorrow(11)),
            description="组会",
            room_id=room.id,
        )
        due.settle(session, policy)
        mine = browser.as_user(teacher)
        assert "101 空出来了" in mine.get("/app/inbox/").text
        page = mine.get("/app/rooms/waiting/")
        assert "等您确认" in page.text
        forms = [form for form in page.forms.values() if "do" in form.fields]
        confirm = next(form for form in forms if form["do"].value == "confirm")
        assert "已预约" in confirm.submit(status=303).follow().text
        session.refresh(row)
        assert row.status == "done"
        assert "101 空出来了" not in mine.get("/app/inbox/").text

    def test_waiting_is_given_up_there(
        self, browser, session, room, teacher, add_reservation, tomorrow, policy
    ):
        add_reservation(room, tomorrow(10), tomorrow(11))
        row = waiting_list.submit(
            session,
            policy,
            user_id=teacher.id,
            interval=(tomorrow(10), tomorrow(11)),
            description="组会",
            room_id=room.id,
        )
        page = browser.as_user(teacher).get("/app/rooms/waiting/")
        assert "您排在第一位" in page.text
        [give_up] = [form for form in page.forms.values() if "do" in form.fields]
        give_up.submit(status=303)
        session.refresh(row)
        assert row.status == "withdrawn"
