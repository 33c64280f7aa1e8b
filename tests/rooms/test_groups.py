"""What is decided together: whole or not at all, in the order of arrival."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.values.refusal import FieldErrors
from hhu_plugins.rooms import cancellation, decisions, groups, submission, wishes
from hhu_plugins.rooms.groups import ChangedReservation, NewReservation
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    PENDING,
    REJECTED,
    WITHDRAWN,
    Change,
    DecisionCount,
    Reservation,
)
from hhu_plugins.rooms.policy import ENDED, GONE, OVER

HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def ask(session, teacher):
    """``ask(wish, …)``: a group that waits; its id."""

    def ask(*wanted, by=teacher, decide_within=timedelta(seconds=15)) -> int:
        return groups.submit(session, wanted, by_user_id=by.id, decide_within=decide_within)

    return ask


@pytest.fixture
def new(room, teacher, tomorrow):
    """``new(10, 11)``: the wish for the room at these hours."""

    def new(start, end, in_room=room, by=teacher) -> NewReservation:
        return NewReservation(by.id, in_room.id, (tomorrow(start), tomorrow(end)), "例会")

    return new


@pytest.fixture
def move(tomorrow):
    """``move(row, 10, 11)``: the wish to have it at these hours instead."""

    def move(row, start, end, **more) -> ChangedReservation:
        return ChangedReservation(row.id, interval=(tomorrow(start), tomorrow(end)), **more)

    return move


@pytest.fixture
def at(room, add_reservation, tomorrow):
    """``at(10, 11)``: a confirmed reservation of the room."""
    return lambda start, end, **more: add_reservation(room, tomorrow(start), tomorrow(end), **more)


@pytest.fixture
def outcome(session):
    def outcome(group_id: int) -> tuple[str, str]:
        found = groups.find_outcome(session, group_id)
        assert found is not None
        return found[:2]

    return outcome


def hours(session) -> list[tuple[int, int]]:
    """What is confirmed, from when to when."""
    session.expire_all()
    rows = session.scalars(sa.select(Reservation).where(Reservation.status == CONFIRMED))
    return sorted((row.reserve_from.hour + 8, row.reserve_to.hour + 8) for row in rows)


def test_all_of_a_group_is_granted_or_nothing(session, ask, new, at, outcome):
    at(12, 13)
    whole = ask(new(8, 9), new(9, 10))
    broken = ask(new(10, 11), new(12, 13), new(14, 15))
    assert groups.find_outcome(session, whole) is None
    assert decisions.decide_pending(session) == 5
    assert outcome(whole) == (CONFIRMED, "")
    assert outcome(broken) == (REJECTED, decisions.TAKEN)
    assert hours(session) == [(8, 9), (9, 10), (12, 13)]


def test_what_a_broken_group_wanted_is_free_for_those_behind_it(session, ask, new, at, outcome):
    at(12, 13)
    ask(new(10, 11), new(12, 13))
    behind = ask(new(10, 11))
    decisions.decide_pending(session)
    assert outcome(behind)[0] == CONFIRMED


def test_a_group_is_not_to_be_in_its_own_way(session, ask, new, outcome):
    twice = ask(new(10, 12), new(11, 13))
    decisions.decide_pending(session)
    assert outcome(twice) == (REJECTED, decisions.TAKEN)


def test_what_a_change_gives_up_is_there_for_who_came_after_it(
    session, ask, new, move, at, outcome
):
    row = at(10, 11)
    too_early = ask(new(10, 11))
    ask(move(row, 14, 15))
    after = ask(new(10, 11))
    decisions.decide_pending(session)
    assert outcome(too_early)[0] == REJECTED
    assert outcome(after)[0] == CONFIRMED
    assert hours(session) == [(10, 11), (14, 15)]


def test_one_after_the_other_moves_up(session, ask, move, at):
    """Each gets what the one before it gives up; the table never holds two of them at once."""
    rows = [at(hour, hour + 1) for hour in range(12, 8, -1)]
    for row in rows:
        hour = row.reserve_from.hour
        ask(move(row, hour + 1, hour + 2))
    decisions.decide_pending(session)
    assert hours(session) == [(10, 11), (11, 12), (12, 13), (13, 14)]
    assert {row.revision for row in rows} == {1}


def test_two_change_places_in_one_group(session, ask, move, at, outcome, tomorrow):
    one, other = at(10, 11), at(14, 15)
    swap = ask(move(one, 14, 15), move(other, 10, 11))
    decisions.decide_pending(session)
    assert outcome(swap) == (CONFIRMED, "")
    session.expire_all()
    assert (one.reserve_from, other.reserve_from) == (tomorrow(14), tomorrow(10))
    assert (one.revision, other.revision) == (1, 1)


def test_two_who_each_want_what_the_other_has_keep_what_they_have(session, ask, move, at, outcome):
    one, other = at(10, 11), at(14, 15)
    asked = [ask(move(one, 14, 15)), ask(move(other, 10, 11))]
    decisions.decide_pending(session)
    assert [outcome(each) for each in asked] == [(REJECTED, decisions.TAKEN)] * 2
    assert hours(session) == [(10, 11), (14, 15)]
    assert (one.revision, other.revision) == (0, 0)


def test_one_gives_way_and_another_gets_it_in_one_step(
    session, ask, new, move, at, add_user, outcome
):
    row, asker = at(10, 11), add_user("t0002")
    at(16, 17)
    in_vain = ask(move(row, 16, 17), new(10, 11, by=asker))
    granted = ask(move(row, 14, 15), new(10, 11, by=asker))
    decisions.decide_pending(session)
    assert outcome(in_vain)[0] == REJECTED
    assert outcome(granted)[0] == CONFIRMED
    assert hours(session) == [(10, 11), (14, 15), (16, 17)]


def test_changes_of_one_reservation_are_decided_one_after_the_other(
    session, ask, move, at, new, add_user, outcome, tomorrow
):
    """The second only says what is to be different, and the first has changed the rest."""
    row = at(10, 11)
    asked = [
        ask(move(row, 14, 15)),
        ask(ChangedReservation(row.id, description="新的说明")),
        ask(move(row, 16, 17, revision=0)),
        ask(new(14, 15, by=add_user("t0002"))),
        ask(move(row, 16, 17, revision=2)),
    ]
    assert decisions.decide_pending(session) == 5
    assert [outcome(each) for each in asked] == [
        (CONFIRMED, ""),
        (CONFIRMED, ""),
        (REJECTED, decisions.STALE),
        (REJECTED, decisions.TAKEN),
        (CONFIRMED, ""),
    ]
    session.expire_all()
    assert (row.reserve_from, row.description, row.revision) == (tomorrow(16), "新的说明", 3)


def test_who_wants_what_is_there_already_has_it(session, ask, move, at, outcome):
    row = at(10, 11)
    again = ask(move(row, 10, 11, revision=7))
    decisions.decide_pending(session)
    assert outcome(again)[0] == CONFIRMED
    session.expire_all()
    assert row.revision == 0


def test_it_may_grow_over_its_own_time(session, ask, move, at, new, outcome):
    row = at(10, 11)
    asked = [ask(move(row, 9, 12)), ask(new(11, 12))]
    decisions.decide_pending(session)
    assert [outcome(each)[0] for each in asked] == [CONFIRMED, REJECTED]


@pytest.mark.parametrize("status", [CANCELLED, REJECTED, WITHDRAWN])
def test_what_is_gone_meanwhile_is_not_changed(session, ask, move, at, outcome, status):
    row = at(10, 11)
    asked = ask(move(row, 14, 15))
    row.status = status
    session.flush()
    decisions.decide_pending(session)
    assert outcome(asked) == (REJECTED, GONE)
    session.expire_all()
    assert row.status == status


def test_what_is_over_is_not_changed_and_nothing_into_the_past(
    session, ask, at, move, outcome, tomorrow
):
    day = timedelta(days=2)
    row = at(10, 11)
    past = ask(ChangedReservation(row.id, interval=(tomorrow(10) - day, tomorrow(11) - day)))
    decisions.decide_pending(session)
    assert outcome(past) == (REJECTED, ENDED)
    row.reserve_from, row.reserve_to = row.reserve_from - day, row.reserve_to - day
    session.flush()
    over = ask(move(row, 14, 15))
    decisions.decide_pending(session)
    assert outcome(over) == (REJECTED, OVER)


def test_a_group_that_nobody_waits_for_any_more_is_withdrawn_whole(
    session, ask, new, move, at, outcome
):
    late = ask(new(8, 9), move(at(10, 11), 14, 15), decide_within=timedelta(seconds=-1))
    in_time = ask(new(8, 9))
    for_ever = ask(new(14, 15), decide_within=None)
    decisions.decide_pending(session)
    assert outcome(late) == (WITHDRAWN, decisions.NOT_DECIDED)
    assert outcome(in_time)[0] == outcome(for_ever)[0] == CONFIRMED
    counts = dict(session.execute(sa.select(DecisionCount.outcome, DecisionCount.number)).all())
    assert counts == {"late": 2, CONFIRMED: 2}


def test_what_is_withdrawn_is_never_decided_and_what_is_decided_stays(
    session, ask, new, move, at, outcome
):
    row = at(10, 11)
    asked = ask(new(8, 9), move(row, 14, 15))
    groups.withdraw(session, asked)
    assert decisions.decide_pending(session) == 0
    assert outcome(asked) == (WITHDRAWN, decisions.NOT_DECIDED)
    granted = ask(move(row, 14, 15))
    decisions.decide_pending(session)
    groups.withdraw(session, granted)
    assert outcome(granted)[0] == CONFIRMED


def test_one_that_its_holder_gives_back_while_it_waits_is_left_out(
    session, policy, ask, new, teacher, outcome
):
    asked = ask(new(8, 9), new(9, 10), new(10, 11))
    cancellation.cancel(session, policy, asked, by_user_id=teacher.id)
    assert groups.find_outcome(session, asked) is None
    decisions.decide_pending(session)
    assert outcome(asked)[0] == CONFIRMED
    assert hours(session) == [(9, 10), (10, 11)]


def test_a_wish_for_no_room_is_refused_before_it_waits(session, ask, teacher, tomorrow):
    nowhere = NewReservation(teacher.id, 10**9, (tomorrow(10), tomorrow(11)), "例会")
    with pytest.raises(FieldErrors):
        ask(nowhere)
    assert session.scalar(sa.select(sa.func.count()).select_from(Reservation)) == 0


def test_it_is_known_whether_a_request_has_written_it(session, at, move, teacher):
    row = at(10, 11)
    asked = groups.submit(
        session,
        [move(row, 14, 15)],
        by_user_id=teacher.id,
        decide_within=None,
        request_id="mine",
    )
    assert groups.is_written(session, asked, "mine")
    assert not groups.is_written(session, asked, "another")
    assert not groups.is_written(session, asked + 1, "mine")


def test_a_group_that_is_cut_by_the_limit_waits_for_the_next_turn(
    session, ask, new, outcome, monkeypatch
):
    limited = wishes.PENDING_ROWS.limit(sa.literal_column("3"))
    monkeypatch.setattr(wishes, "PENDING_ROWS", limited)
    monkeypatch.setattr(wishes, "MOST_AT_ONCE", 3)
    first = ask(new(8, 9))
    group = ask(new(9, 10), new(10, 11), new(11, 12))
    assert decisions.decide_pending(session) == 1
    assert outcome(first)[0] == CONFIRMED
    assert groups.find_outcome(session, group) is None
    assert decisions.decide_pending(session) == 3
    assert outcome(group)[0] == CONFIRMED


def test_who_waits_alone_pays_for_no_statement_more(session, room, teacher, tomorrow):
    submission.submit(
        session,
        room_id=room.id,
        user_id=teacher.id,
        interval=(tomorrow(10), tomorrow(11)),
        description="例会",
        decide_within=None,
    )
    said: list[str] = []
    connection = session.connection()

    def note(_connection, _cursor, statement, *_rest) -> None:
        said.append(statement)

    sa.event.listen(connection, "before_cursor_execute", note)
    try:
        decisions.decide_pending(session)
    finally:
        sa.event.remove(connection, "before_cursor_execute", note)
    # The lock, if there is anything; what waits; who stands in the way; the decision with its news.
    assert len(said) == 4


@pytest.mark.parametrize("seed", range(12))
def test_batches_are_decided_as_one_by_one(session, ask, teacher, add_room, tomorrow, policy, seed):
    """Against a model that knows single half hours, and asks of each group whether all are free."""
    chance = random.Random(seed)
    rooms = [add_room(str(number)).id for number in range(2)]
    held: dict[int, set] = {}  # reservation → its half hours
    expected: dict[int, str] = {}
    new_ones: dict[int, list] = {}

    def cells() -> tuple[set, int, int, int]:
        room, start = chance.randrange(2), chance.randrange(30)
        end = start + chance.randint(1, 5)
        return {(room, cell) for cell in range(start, end)}, room, start, end

    for _ in range(6):
        batch = []
        for _ in range(chance.randint(1, 10)):
            wanted, taking, gives_up, makes = [], [], set(), []
            known = chance.sample(sorted(held), min(len(held), chance.choice([0, 0, 1, 2])))
            for reservation_id in known:
                taken, room, start, end = cells()
                interval = (tomorrow(0) + start * HALF_HOUR, tomorrow(0) + end * HALF_HOUR)
                wanted.append(ChangedReservation(reservation_id, rooms[room], interval))
                gives_up.add(reservation_id)
                taking.append((reservation_id, taken))
            for _ in range(chance.choice([0, 1, 1, 2]) or not wanted):
                taken, room, start, end = cells()
                interval = (tomorrow(0) + start * HALF_HOUR, tomorrow(0) + end * HALF_HOUR)
                wanted.append(NewReservation(teacher.id, rooms[room], interval, f"{seed}"))
                makes.append(taken)
            batch.append((ask(*wanted), taking, gives_up, makes))
        decisions.decide_pending(session)
        for group_id, taking, gives_up, makes in batch:
            others = [taken for key, taken in held.items() if key not in gives_up]
            wishes_for = [taken for _, taken in taking] + makes
            everything = [cell for taken in [*others, *wishes_for] for cell in taken]
            is_granted = len(everything) == len(set(everything))
            expected[group_id] = CONFIRMED if is_granted else REJECTED
            new_ids = list(
                session.scalars(
                    sa.select(Reservation.id)
                    .where((Reservation.id == group_id) | (Reservation.group_id == group_id))
                    .order_by(Reservation.id)
                )
            )
            new_ones[group_id] = new_ids
            if is_granted:
                held |= dict(taking) | dict(zip(new_ids, makes, strict=True))
        for reservation_id in chance.sample(sorted(held), len(held) // 4):
            cancellation.cancel(session, policy, reservation_id, by_user_id=teacher.id)
            del held[reservation_id]
    for group_id, status in expected.items():
        found = session.scalars(
            sa.select(Change.status).where((Change.id == group_id) | (Change.group_id == group_id))
        ).all()
        assert set(found) <= {status}
    session.expire_all()
    stored = {}
    for row in session.scalars(sa.select(Reservation).where(Reservation.status == CONFIRMED)):
        start, end = (
            (moment - tomorrow(0)) // HALF_HOUR for moment in (row.reserve_from, row.reserve_to)
        )
        stored[row.id] = {(rooms.index(row.room_id), cell) for cell in range(start, end)}
    assert stored == held
    assert session.scalar(sa.select(sa.exists().where(Reservation.status == PENDING))) is False
