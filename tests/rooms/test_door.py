"""The page at a room's door: what everybody reads there, and what can be done from it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.accounts.password_hashes import hash_password
from hhu_base.models import Group
from hhu_base.testing.clients import PASSWORD
from hhu_plugins.rooms import door_states
from hhu_plugins.rooms.models import CONFIRMED, HELD, Reservation
from hhu_plugins.rooms.policy import read_policy
from tests.rooms.conftest import ZONE

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def state(session, policy, room, tomorrow):
    """``state(10, 5)``: what is told at five past ten tomorrow."""

    def state(hour: int, minute: int = 0, policy=policy) -> door_states.DoorState:
        return door_states.read(session, policy, room, tomorrow(hour, minute))

    return state


class TestState:
    def test_a_room_that_nobody_has_is_free(self, state):
        found = state(10, 5)
        assert (found.state, found.until, found.next) == ("free", None, [])

    def test_it_is_free_until_somebody_has_it(self, state, room, add_reservation, tomorrow):
        add_reservation(room, tomorrow(14), tomorrow(15))
        found = state(10, 5)
        assert (found.state, found.until) == ("free", tomorrow(14))
        assert [line.clock for line in found.next] == ["14:00–15:00"]

    def test_it_is_taken_until_the_end_of_the_last_without_a_break(
        self, state, room, add_reservation, add_closure, tomorrow
    ):
        add_reservation(room, tomorrow(10), tomorrow(11))
        add_reservation(room, tomorrow(11), tomorrow(12))
        add_closure(tomorrow(12), tomorrow(13))
        add_reservation(room, tomorrow(14), tomorrow(15))
        found = state(10, 5)
        assert (found.state, found.until, found.choices) == ("taken", tomorrow(13), [])
        clocks = [(line.clock, line.is_closed) for line in found.next]
        assert clocks == [
            ("11:00–12:00", False),
            ("12:00–13:00", True),
            ("14:00–15:00", False),
        ]

    def test_it_is_held_or_closed(self, state, room, add_reservation, add_closure, tomorrow):
        add_reservation(room, tomorrow(10), tomorrow(11), status=HELD)
        add_closure(tomorrow(12), None)
        assert state(10, 30).state == "held"
        assert (state(12).state, state(12).until) == ("closed", None)

    def test_names_and_subjects_are_told_only_where_the_room_says_so(
        self, session, state, room, add_reservation, tomorrow
    ):
        add_reservation(room, tomorrow(10), tomorrow(11), description="人事讨论")
        assert (state(10, 5).now.text, state(10, 5).now.who) == ("会议", "")
        room.tells_who = True
        assert (state(10, 5).now.text, state(10, 5).now.who) == ("人事讨论", "褚杰")

    def test_what_can_be_booked_keeps_the_rules_of_the_room(
        self, session, state, room, add_reservation, tomorrow
    ):
        def clocks(*at) -> list[str]:
            return [choice.clock for choice in state(*at).choices]

        assert clocks(10) == ["10:30", "11:00", "11:30", "12:00", "13:00"]
        assert clocks(10, 20) == ["11:00", "11:30", "12:00", "12:30"]
        add_reservation(room, tomorrow(11, 30), tomorrow(12))
        assert clocks(10, 20) == ["11:00", "11:30"]
        room.max_minutes = 60
        assert clocks(10, 20) == ["11:00"]
        assert state(10, 20).choices[0].minutes == 40
        quarter = read_policy({"rooms.granularity": "15", "rooms.min_minutes": "15"}, ZONE)
        found = state(10, policy=quarter).choices
        assert [choice.minutes for choice in found] == [15, 30, 60]


@pytest.fixture
def page(browser, room):
    def page(query: str = "", status: int = 200):
        return browser.get(f"/r/{room.id}{query}", status=status)

    return page


@pytest.fixture
def me(add_user):
    return add_user("w0001", password=hash_password(PASSWORD))


def post(client, room_id: int, **values):
    """What the page says after a form of it was sent."""
    token = client.get("/app/me/").html.select_one("[name=csrf_token]")["value"]
    return client.post(f"/r/{room_id}", {"csrf_token": token, **values}).follow()


def text(page) -> str:
    return page.html.select_one("#door").get_text(" ", strip=True)


class TestPage:
    def test_everybody_reads_it_without_names(self, session, page, room, add_reservation):
        now = datetime.now(UTC)
        add_reservation(room, now - HOUR, now + HOUR, description="人事讨论")
        found = text(page())
        assert "使用中" in found
        assert "人事讨论" not in str(page().html)
        assert "褚杰" not in str(page().html)
        room.tells_who = True
        session.flush()
        assert "人事讨论 · 褚杰" in text(page())

    def test_a_room_that_there_is_not(self, browser):
        browser.get("/r/999999", status=404)
        browser.get("/r/999999/photo.jpg", status=404)

    def test_who_wants_to_book_signs_in_and_then_goes_on(self, browser, page, me, session, room):
        choice = page().html.select_one(".door-choices a")
        to_sign_in = browser.get(choice["href"], status=303)
        assert "/app/sign-in" in to_sign_in.location
        form = browser.get(to_sign_in.location).forms[0]
        form["username"], form["password"] = me.username, PASSWORD
        there = form.submit(status=303)
        assert there.location.endswith(choice["href"])
        form = browser.get(there.location).html.select_one("#door form")
        fields = {each["name"]: each.get("value", "") for each in form.select("input")}
        done = browser.post(form["action"], fields).follow()
        row = session.scalars(sa.select(Reservation)).one()
        assert (row.user_id, row.status, row.description) == (me.id, CONFIRMED, "临时会议")
        assert row.reserve_from <= datetime.now(UTC) < row.reserve_to
        assert "已预约到" in done.text
        assert "使用中" in text(done)

    def test_who_books_at_the_door_has_come(self, session, browser, page, room, me):
        room.checkin_since = datetime.now(UTC) - 24 * HOUR
        session.flush()
        mine = browser.as_user(me)
        until = page().html.select_one(".door-choices b").text.removeprefix("到 ")
        post(mine, room.id, do="book", until=until)
        row = session.scalars(sa.select(Reservation)).one()
        assert row.checked_in_at is not None

    def test_what_is_gone_meanwhile_is_said(self, session, browser, room, me, add_reservation):
        now = datetime.now(UTC)
        mine = browser.as_user(me)
        add_reservation(room, now - HOUR, now + 3 * HOUR)
        said = post(mine, room.id, do="book", until="23:30")
        assert "这个时间刚刚不能再预约了" in said.text
        assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 1

    def test_a_room_that_wants_approval_is_not_booked_at_the_door(
        self, session, browser, page, room, me
    ):
        group = Group(name="审批")
        session.add(group)
        session.flush()
        room.approvers_id = group.id
        session.flush()
        until = page().html.select_one(".door-choices b").text.removeprefix("到 ")
        said = post(browser.as_user(me), room.id, do="book", until=until)
        assert "需要审批" in said.text
        assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 0


class TestCheckin:
    @pytest.fixture
    def row(self, session, room, me, add_reservation):
        room.checkin_since = datetime.now(UTC) - 24 * HOUR
        start = datetime.now(UTC) - 5 * MINUTE
        return add_reservation(
            room, start, start + HOUR, user_id=me.id, status_changed_at=start - HOUR
        )

    def test_its_holder_checks_in_at_the_door(self, session, browser, page, row, me):
        assert "请签到" in text(page())
        page("?checkin", status=303)
        mine = browser.as_user(me)
        form = mine.get(f"/r/{row.room_id}?checkin").html.select_one(".door-checkin form")
        fields = {each["name"]: each.get("value", "") for each in form.select("input")}
        done = mine.post(form["action"], fields).follow()
        assert "已签到" in done.text
        session.refresh(row)
        assert row.checked_in_at is not None
        assert "请签到" not in text(done)

    def test_nobody_else_does(self, session, browser, row, teacher):
        other = browser.as_user(teacher)
        asked = other.get(f"/r/{row.room_id}?checkin")
        assert "不是您预约的" in text(asked)
        assert asked.html.select_one(".door-checkin form") is None
        said = post(other, row.room_id, do="checkin")
        assert "不是您预约的" in said.text
        session.refresh(row)
        assert row.checked_in_at is None


class TestPanel:
    def test_a_tablet_shows_codes_and_never_a_sign_in(self, page):
        found = page("?panel").html
        assert found.select_one(".door-scan svg")
        assert found.select_one(".app-top") is None
        for link in found.select("#door a"):
            assert "panel" in link["href"]
            code = page(link["href"].partition("?")[2].join(["?", ""])).html
            assert code.select_one(".door-code svg")
            assert code.select_one("form") is None

    def test_a_code_for_checking_in(self, page):
        assert page("?panel&checkin").html.select_one(".door-code svg")
