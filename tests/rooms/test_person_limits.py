"""How much one person may have at once, decided under the lock with everything else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_plugins.rooms import decisions, person_limits, submission, wishes
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Meetingroom, Reservation
from hhu_plugins.rooms.occupancy import RESERVATIONS
from hhu_plugins.rooms.person_limits import PersonLimits
from hhu_plugins.rooms.policy import read_policy
from tests.locks import take_off_the_lock
from tests.rooms.conftest import ZONE

HOUR = timedelta(hours=1)
TOO_MANY = "每人最多有2个未结束的预约，请先取消一个再预约。"
TOO_LONG = "每人每周最多预约10小时，您这一周的预约已超出。"


@pytest.fixture
def ask(session, teacher, add_room):
    """``ask(start, end)``: a pending request for a room of its own; returns its id."""

    def ask(start: datetime, end: datetime, *, by: User = teacher, room=None) -> int:
        room = room or add_room(f"R{session.scalar(sa.func.count(Meetingroom.id))}")
        row = submission.submit(
            session,
            room_id=room.id,
            user_id=by.id,
            interval=(start, end),
            description="例会",
            decide_within=None,
        )
        return row.id

    return ask


@pytest.fixture
def outcomes(session):
    """``outcomes(policy, ids)``: what is decided, the reason where it is refused."""

    def outcomes(policy, *ids: int) -> list[str]:
        decisions.decide_pending(session, policy)
        found = session.execute(
            sa.select(Reservation.status, Reservation.status_reason)
            .where(Reservation.id.in_(ids))
            .order_by(Reservation.id)
        )
        return [reason or status for status, reason in found]

    return outcomes


@pytest.fixture
def two_at_once(policy):
    return replace(policy, max_open=2)


@pytest.fixture
def ten_hours(policy):
    return replace(policy, max_hours_a_week=10)


@pytest.fixture
def monday():
    """``monday(hour, weekday)``: in the week after next, site time."""
    today = datetime.now(UTC).astimezone(ZONE).replace(minute=0, second=0, microsecond=0)
    first = today + timedelta(days=14 - today.weekday())

    def at(hour: int, weekday: int = 0) -> datetime:
        return (first + timedelta(days=weekday)).replace(hour=hour)

    return at


def test_who_has_as_many_as_they_may_gets_no_more_and_others_do(
    two_at_once, ask, outcomes, tomorrow, add_user
):
    ids = [ask(tomorrow(10), tomorrow(11)) for _ in range(3)]
    ids.append(ask(tomorrow(10), tomorrow(11), by=add_user("t0002")))
    assert outcomes(two_at_once, *ids) == [CONFIRMED, CONFIRMED, TOO_MANY, CONFIRMED]


def test_only_what_they_have_counts_and_not_what_is_over_given_back_or_was_refused(
    two_at_once, ask, outcomes, tomorrow, add_reservation, room, add_room
):
    add_reservation(room, tomorrow(8), tomorrow(9), status=CANCELLED)
    ago = datetime.now(UTC) - 3 * HOUR
    add_reservation(add_room("old"), ago, ago + HOUR)
    add_reservation(room, tomorrow(10), tomorrow(11))
    ids = [
        ask(tomorrow(10), tomorrow(11), room=room),  # is taken
        ask(tomorrow(12), tomorrow(13)),
        ask(tomorrow(14), tomorrow(15)),
    ]
    assert outcomes(two_at_once, *ids) == [decisions.REPEATED, CONFIRMED, TOO_MANY]


def test_the_same_request_sent_twice_is_still_one_request(
    two_at_once, ask, outcomes, tomorrow, room, add_room, add_reservation
):
    add_reservation(add_room("other"), tomorrow(8), tomorrow(9))
    ids = [ask(tomorrow(10), tomorrow(11), room=room) for _ in range(2)]
    assert outcomes(two_at_once, *ids) == [CONFIRMED, decisions.REPEATED]


def test_what_was_given_back_can_be_had_again(two_at_once, ask, outcomes, tomorrow, session):
    ids = [ask(tomorrow(10), tomorrow(11)) for _ in range(3)]
    assert outcomes(two_at_once, *ids)[-1] == TOO_MANY
    session.execute(sa.update(Reservation).where(Reservation.id == ids[0]).values(status=CANCELLED))
    assert outcomes(two_at_once, ask(tomorrow(12), tomorrow(13))) == [CONFIRMED]


def test_a_week_has_so_many_hours_from_monday_on(ten_hours, ask, outcomes, monday):
    ids = [ask(monday(8, day), monday(11, day)) for day in (0, 2, 6)]  # nine
    ids.append(ask(monday(20, 6), monday(22, 6)))  # eleven
    ids.append(ask(monday(20, 6), monday(21, 6)))  # ten
    ids.append(ask(monday(0, 7), monday(3, 7)))  # the next week
    ids.append(ask(monday(20, -1), monday(23, -1)))  # the one before
    assert outcomes(ten_hours, *ids) == [CONFIRMED] * 3 + [TOO_LONG] + [CONFIRMED] * 3


def test_what_crosses_into_the_next_week_counts_in_each_with_its_part(
    ten_hours, ask, outcomes, monday
):
    ids = [ask(monday(8, day), monday(11, day)) for day in (0, 1, 2)]  # nine
    ids.append(ask(monday(23, 6), monday(2, 7)))  # one more here, two there
    ids.append(ask(monday(5, 6), monday(6, 6)))
    assert outcomes(ten_hours, *ids) == [CONFIRMED] * 4 + [TOO_LONG]


@pytest.mark.parametrize("kind", ["superuser", "rooms.change"])
def test_administrators_have_no_limits(
    kind, two_at_once, ask, outcomes, tomorrow, superuser, add_staff
):
    by = superuser if kind == "superuser" else add_staff(kind)
    ids = [ask(tomorrow(10), tomorrow(11), by=by) for _ in range(3)]
    assert outcomes(two_at_once, *ids) == [CONFIRMED] * 3


def test_staff_who_may_only_look_have_them(two_at_once, ask, outcomes, tomorrow, add_staff):
    by = add_staff("rooms.view", "repairs.change")
    ids = [ask(tomorrow(10), tomorrow(11), by=by) for _ in range(3)]
    assert outcomes(two_at_once, *ids)[-1] == TOO_MANY


def test_without_limits_nothing_more_is_asked_of_the_database(
    policy, two_at_once, ask, session, tomorrow, connection
):
    def statements(policy) -> int:
        ask(tomorrow(10), tomorrow(11))
        said = []
        sa.event.listen(connection, "before_cursor_execute", lambda *args: said.append(args[2]))
        decisions.decide_pending(session, policy)
        return len(said)

    with_a_limit, without = statements(two_at_once), statements(policy)
    assert with_a_limit == without + 1
    assert statements(None) == without


def test_a_client_is_told_so(app, api, teacher, room, tomorrow, two_at_once, monkeypatch):
    monkeypatch.setitem(app.registry, "rooms.policy", two_at_once)
    mine = api.as_user(teacher)

    def reserve(hour: int, status: int):
        times = {
            "reserve_from": tomorrow(hour).isoformat(),
            "reserve_to": tomorrow(hour + 1).isoformat(),
        }
        return mine.post(
            "/reservations/", {"meetingroom": room.id, "description": "会", **times}, status=status
        )

    reserve(8, 201)
    reserve(9, 201)
    assert reserve(10, 400).json == {"non_field_errors": [TOO_MANY]}


# What two requests at once may do.


class Race:
    """Two threads: the second begins when the first has looked, and overtakes it if it can."""

    def __init__(self, monkeypatch, is_locked: bool):
        self._has_first_looked = threading.Event()
        self._both_have_looked = threading.Barrier(2)
        look = person_limits.load

        def look_and_wait(*args):
            found = look(*args)
            self._has_first_looked.set()
            with suppress(threading.BrokenBarrierError):
                # In vain if the lock keeps the other one from looking.
                self._both_have_looked.wait(0.5 if is_locked else 30)
            return found

        monkeypatch.setattr(person_limits, "load", look_and_wait)

    def run(self, function: Callable[[int], None]) -> None:
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(function, 1)
            assert self._has_first_looked.wait(30)
            second = threads.submit(function, 2)
            first.result(60)
            second.result(60)


@pytest.mark.parametrize("is_locked", [True, False], ids=["", "control: without the lock"])
def test_of_two_requests_at_once_only_one_is_the_last(
    house, policy, monkeypatch, is_locked, tomorrow
):
    engine = house.registry["engine"]
    with Session(engine) as session, session.begin():
        user = User(username=f"racer-{is_locked}")
        rooms = [
            Meetingroom(name=f"{is_locked} {number}", location="勤学楼", seats_count=9)
            for number in range(2)
        ]
        session.add_all([user, *rooms])
        session.flush()
        user_id, room_ids = user.id, [room.id for room in rooms]
    if not is_locked:
        take_off_the_lock(monkeypatch)
    # The lock of the pending rows would hide the race; see tests/flows/test_control.py.
    pending = wishes.PENDING_ROWS.with_for_update(skip_locked=True, of=RESERVATIONS)
    monkeypatch.setattr(wishes, "PENDING_ROWS", pending)

    def reserve(number: int) -> None:
        with Session(engine) as session:
            submission.submit(
                session,
                room_id=room_ids[number - 1],
                user_id=user_id,
                interval=(tomorrow(10), tomorrow(11)),
                description="例会",
                decide_within=None,
            )
            session.commit()
            decisions.decide_pending(session, replace(policy, max_open=1))
            session.commit()

    Race(monkeypatch, is_locked).run(reserve)
    with Session(engine) as session:
        confirmed = session.scalar(
            sa.select(sa.func.count(Reservation.id)).where(
                Reservation.user_id == user_id, Reservation.status == CONFIRMED
            )
        )
    assert confirmed == (1 if is_locked else 2)


# The hours of a week against minutes that are counted one by one, across a change of clocks too.

_BERLIN = ZoneInfo("Europe/Berlin")
_START = datetime(2026, 10, 19, tzinfo=UTC)  # summer time ends on the 25th, a Sunday


@st.composite
def spans(draw):
    start = draw(st.integers(0, 14 * 48))
    return start, start + draw(st.integers(1, 48))


@given(held=st.lists(spans(), max_size=12), wanted=spans(), hours=st.integers(1, 40))
def test_hours_are_counted_as_clocks_on_the_wall_begin_the_week(held, wanted, hours):
    policy = replace(read_policy({}, _BERLIN), max_hours_a_week=hours)

    def half_hours(span):
        return [_START + number * HOUR / 2 for number in range(*span)]

    def week(moment):
        return moment.astimezone(_BERLIN).isocalendar()[:2]

    counted: dict = {}
    for span in (*held, wanted):
        for moment in half_hours(span):
            counted[week(moment)] = counted.get(week(moment), 0) + 1
    is_too_much = any(counted[week(moment)] > 2 * hours for moment in half_hours(wanted))

    def interval(span):
        return _START + span[0] * HOUR / 2, _START + span[1] * HOUR / 2

    limits = PersonLimits(policy, _START, {1: {n: interval(s) for n, s in enumerate(held)}})
    start, end = interval(wanted)
    row = SimpleNamespace(id=99, user_id=1, reserve_from=start, reserve_to=end)
    assert bool(limits.refusal(row)) == is_too_much
