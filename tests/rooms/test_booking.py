"""The rules of booking, without anybody who waits."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import booking, cancellation, decisions, occupancy, submission
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    PENDING,
    REJECTED,
    STATUSES,
    WITHDRAWN,
    Reservation,
)
from hhu_plugins.rooms.policy import ENDED


@pytest.fixture
def submit(session, teacher, room):
    """``submit(start, end)``: a pending request; returns its id."""

    def submit(start, end, in_room=room, decide_within=timedelta(seconds=15), by=teacher) -> int:
        return submission.submit(
            session,
            room_id=in_room.id,
            user_id=by.id,
            interval=(start, end),
            description="例会",
            decide_within=decide_within,
        ).id

    return submit


@pytest.fixture
def status(session):
    """``status(id)``: what is stored, whatever the session remembers."""

    def status(reservation_id: int) -> str:
        return session.scalar(sa.select(Reservation.status).where(Reservation.id == reservation_id))

    return status


@pytest.fixture
def read(session):
    """``read(id)``: the row as it is stored."""

    def read(reservation_id: int) -> Reservation:
        return session.get_one(Reservation, reservation_id, populate_existing=True)

    return read


def statuses(session, *ids: int) -> list[str]:
    found = dict(
        session.execute(
            sa.select(Reservation.id, Reservation.status).where(Reservation.id.in_(ids))
        ).all()
    )
    return [found[number] for number in ids]


def test_who_came_first_gets_the_room(session, submit, tomorrow):
    ids = [submit(tomorrow(10), tomorrow(11)) for _ in range(3)]
    assert decisions.decide_pending(session) == 3
    assert statuses(session, *ids) == [CONFIRMED, REJECTED, REJECTED]


def test_of_three_that_overlap_in_a_row_only_the_one_in_the_middle_gives_way(
    session, submit, tomorrow
):
    first = submit(tomorrow(10), tomorrow(11))
    middle = submit(tomorrow(10, 30), tomorrow(11, 30))
    last = submit(tomorrow(11), tomorrow(12))
    decisions.decide_pending(session)
    assert statuses(session, first, middle, last) == [CONFIRMED, REJECTED, CONFIRMED]


def test_the_one_in_the_middle_keeps_both_neighbours_out_if_it_came_first(
    session, submit, tomorrow
):
    middle = submit(tomorrow(10, 30), tomorrow(11, 30))
    before = submit(tomorrow(10), tomorrow(11))
    after = submit(tomorrow(11), tomorrow(12))
    inside = submit(tomorrow(10, 45), tomorrow(11))
    around = submit(tomorrow(10), tomorrow(12))
    decisions.decide_pending(session)
    assert statuses(session, middle, before, after, inside, around) == [CONFIRMED] + [REJECTED] * 4


def test_what_is_confirmed_already_stands_and_other_rooms_do_not_matter(
    session, submit, add_room, room, add_reservation, tomorrow
):
    other = add_room("102")
    add_reservation(room, tomorrow(10), tomorrow(11))
    add_reservation(other, tomorrow(14), tomorrow(15))
    taken = submit(tomorrow(10, 30), tomorrow(11, 30))
    free = submit(tomorrow(14), tomorrow(15))
    elsewhere = submit(tomorrow(10), tomorrow(11), in_room=other)
    decisions.decide_pending(session)
    assert statuses(session, taken, free, elsewhere) == [REJECTED, CONFIRMED, CONFIRMED]


@pytest.mark.parametrize("old", [REJECTED, WITHDRAWN, CANCELLED])
def test_what_does_not_count_stands_in_nobodys_way(
    session, submit, room, add_reservation, tomorrow, old
):
    add_reservation(room, tomorrow(10), tomorrow(11), status=old)
    new = submit(tomorrow(10), tomorrow(11))
    decisions.decide_pending(session)
    assert statuses(session, new) == [CONFIRMED]


def test_a_reservation_of_the_night_before_is_seen(
    session, submit, room, add_reservation, tomorrow
):
    """The longest that the table takes: the query looks back that far, and no farther."""
    add_reservation(room, tomorrow(10), tomorrow(10) + timedelta(hours=24))
    day = timedelta(days=1)
    ids = [
        submit(tomorrow(9, 30) + day, tomorrow(10) + day),
        submit(tomorrow(10) + day, tomorrow(11) + day),
    ]
    decisions.decide_pending(session)
    assert statuses(session, *ids) == [REJECTED, CONFIRMED]


def test_who_was_told_no_in_the_meantime_is_withdrawn_and_frees_the_way(
    session, submit, read, tomorrow
):
    late = submit(tomorrow(10), tomorrow(11), decide_within=timedelta(seconds=-1))
    in_time = submit(tomorrow(10), tomorrow(11))
    for_ever = submit(tomorrow(12), tomorrow(13), decide_within=None)
    decisions.decide_pending(session)
    assert statuses(session, late, in_time, for_ever) == [WITHDRAWN, CONFIRMED, CONFIRMED]
    assert read(late).status_reason == decisions.NOT_DECIDED


def test_what_has_ended_while_it_waited_is_rejected(session, submit, read):
    end = datetime.now(UTC) - timedelta(seconds=1)
    ended = submit(end - timedelta(hours=1), end)
    still_on = submit(end - timedelta(hours=1), end + timedelta(hours=1))
    decisions.decide_pending(session)
    assert statuses(session, ended, still_on) == [REJECTED, CONFIRMED]
    assert read(ended).status_reason == ENDED


def test_with_nothing_pending_nothing_is_decided(session, submit, tomorrow):
    assert decisions.decide_pending(session) == 0
    submit(tomorrow(10), tomorrow(11))
    assert decisions.decide_pending(session) == 1
    assert decisions.decide_pending(session) == 0


def test_the_outcome_of_a_request_is_found_when_it_is_decided(session, submit, add_user, tomorrow):
    first = submit(tomorrow(10), tomorrow(11))
    second = submit(tomorrow(10), tomorrow(11), by=add_user("t0002"))
    assert submission.find_outcome(session, first) is None
    decisions.decide_pending(session)
    assert submission.find_outcome(session, first) == (CONFIRMED, "", None)
    assert submission.find_outcome(session, second) == (REJECTED, decisions.TAKEN, None)


def test_a_request_for_no_room_is_refused(session, teacher, tomorrow):
    submitted = submission.submit(
        session,
        room_id=10**9,
        user_id=teacher.id,
        interval=(tomorrow(10), tomorrow(11)),
        description="例会",
        decide_within=None,
    )
    assert submitted is None


@pytest.mark.parametrize("decided", [one for one in STATUSES if one != PENDING])
def test_what_is_decided_is_not_withdrawn(
    session, room, add_reservation, tomorrow, decided, status
):
    reservation = add_reservation(room, tomorrow(10), tomorrow(11), status=decided)
    submission.withdraw(session, reservation.id)
    assert status(reservation.id) == decided


def test_what_is_withdrawn_is_never_decided(session, submit, read, tomorrow):
    reservation_id = submit(tomorrow(10), tomorrow(11))
    submission.withdraw(session, reservation_id)
    assert decisions.decide_pending(session) == 0
    row = read(reservation_id)
    assert (row.status, row.status_reason) == (WITHDRAWN, decisions.NOT_DECIDED)


def test_what_is_cancelled_before_its_decision_is_never_decided(
    session, policy, submit, teacher, read, tomorrow
):
    reservation_id = submit(tomorrow(10), tomorrow(11))
    assert cancellation.cancel(session, policy, reservation_id, by_user_id=teacher.id)
    assert decisions.decide_pending(session) == 0
    assert read(reservation_id).status == CANCELLED


def test_cancelling_is_for_the_holder_and_only_once(
    session, policy, teacher, add_user, room, add_reservation, read, tomorrow
):
    other = add_user("t0002")
    reservation_id = add_reservation(room, tomorrow(10), tomorrow(11)).id

    def cancel(user) -> bool:
        return cancellation.cancel(
            session, policy, reservation_id, by_user_id=user.id, holder_id=user.id
        )

    assert not cancel(other)
    assert cancel(teacher)
    assert not cancel(teacher)
    assert read(reservation_id).status_changed_by == teacher.id


def test_history_tells_when_and_from_whom(
    session, policy, submit, teacher, add_user, read, tomorrow
):
    begin = datetime.now(UTC)
    confirmed = submit(tomorrow(10), tomorrow(11))
    rejected = submit(tomorrow(10), tomorrow(11), by=add_user("t0002"))
    decisions.decide_pending(session)
    row = read(confirmed)
    assert (row.status, row.status_reason, row.status_changed_by) == (CONFIRMED, "", None)
    assert begin < row.status_changed_at < datetime.now(UTC)
    row = read(rejected)
    assert (row.status_reason, row.status_changed_by) == (decisions.TAKEN, None)
    assert row.status_changed_at > begin

    decided_at = read(confirmed).status_changed_at
    admin = add_user("admin")
    cancellation.cancel(session, policy, confirmed, by_user_id=admin.id, reason="房间维修")
    row = read(confirmed)
    assert (row.status, row.status_reason) == (CANCELLED, "房间维修")
    assert (row.user_id, row.status_changed_by) == (teacher.id, admin.id)
    assert row.status_changed_at > decided_at


@pytest.fixture
def placing(session, teacher, room):
    """``placing(start, end)``: a new reservation that an administrator makes."""

    def placing(start, end) -> Reservation:
        reservation = Reservation(
            room_id=room.id,
            user_id=teacher.id,
            reserve_from=start,
            reserve_to=end,
            description="例会",
        )
        booking.place(session, reservation, by_user_id=teacher.id, status_reason="管理员安排")
        return reservation

    return placing


def test_what_an_administrator_places_is_confirmed_at_once(placing, teacher, read, tomorrow):
    row = read(placing(tomorrow(10), tomorrow(11)).id)
    assert (row.status, row.status_reason) == (CONFIRMED, "管理员安排")
    assert row.status_changed_by == teacher.id


def test_placing_refuses_what_is_taken(session, placing, room, add_reservation, tomorrow):
    add_reservation(room, tomorrow(10), tomorrow(11))
    with pytest.raises(Refusal, match=decisions.TAKEN):
        placing(tomorrow(10, 30), tomorrow(11, 30))
    session.flush()
    assert session.scalar(sa.select(sa.func.count()).select_from(Reservation)) == 1
    placing(tomorrow(11), tomorrow(12))


def test_placing_decides_what_came_before_it(session, placing, submit, tomorrow):
    earlier = submit(tomorrow(10), tomorrow(11))
    with pytest.raises(Refusal):
        placing(tomorrow(10), tomorrow(11))
    assert statuses(session, earlier) == [CONFIRMED]


def test_a_reservation_that_is_moved_does_not_stand_in_its_own_way(
    session, teacher, room, add_reservation, read, tomorrow
):
    add_reservation(room, tomorrow(12), tomorrow(13))
    moved = add_reservation(room, tomorrow(10), tomorrow(11))
    moved.reserve_from, moved.reserve_to = tomorrow(10, 30), tomorrow(12)
    booking.place(session, moved, by_user_id=teacher.id)
    assert read(moved.id).reserve_to == tomorrow(12)
    moved.reserve_to = tomorrow(12, 30)
    with pytest.raises(Refusal):
        booking.place(session, moved, by_user_id=teacher.id)


def test_a_cancelled_reservation_is_restored_only_into_free_time(
    session, policy, teacher, room, add_reservation, tomorrow
):
    cancelled = add_reservation(room, tomorrow(10), tomorrow(11), status=CANCELLED)
    new = add_reservation(room, tomorrow(10), tomorrow(11))
    with pytest.raises(Refusal):
        booking.place(session, cancelled, by_user_id=teacher.id)
    cancellation.cancel(session, policy, new.id, by_user_id=teacher.id)
    booking.place(session, cancelled, by_user_id=teacher.id)
    assert statuses(session, cancelled.id) == [CONFIRMED]


def test_the_conflicts_of_a_time_are_found_in_its_order(session, room, add_reservation, tomorrow):
    later = add_reservation(room, tomorrow(11), tomorrow(12))
    sooner = add_reservation(room, tomorrow(9), tomorrow(10, 30))
    add_reservation(room, tomorrow(12), tomorrow(13))
    add_reservation(room, tomorrow(8), tomorrow(9))
    add_reservation(room, tomorrow(10), tomorrow(11), status=PENDING)
    interval = tomorrow(9), tomorrow(12)
    assert occupancy.conflicts(session, room.id, interval) == [sooner, later]
    assert occupancy.conflicts(session, room.id, interval, except_id=later.id) == [sooner]


@pytest.mark.parametrize("seed", range(12))
def test_batches_of_requests_are_decided_as_one_by_one(
    session, policy, submit, add_room, teacher, tomorrow, seed
):
    """Against a model that asks of each request, in order: is its room free?"""
    chance = random.Random(seed)
    rooms = [add_room(str(number)) for number in range(3)]
    model: dict[int, tuple[int, int, int]] = {}  # what is confirmed: room, start, end
    expected: dict[int, str] = {}
    for _ in range(6):
        batch = []
        for _ in range(chance.randint(1, 15)):
            number, start = chance.randrange(3), chance.randrange(40)
            end = start + chance.randint(1, 6)
            half_hour = timedelta(minutes=30)
            reservation_id = submit(
                tomorrow(0) + start * half_hour,
                tomorrow(0) + end * half_hour,
                in_room=rooms[number],
                decide_within=timedelta(seconds=chance.choice([15, 15, 15, -1])),
            )
            batch.append((reservation_id, (number, start, end)))
        decisions.decide_pending(session)
        is_late = sa.select(Reservation.id).where(Reservation.decide_before < sa.func.now())
        late = set(session.scalars(is_late))
        for reservation_id, (number, start, end) in batch:
            is_taken = any(
                number == other and start < other_end and other_start < end
                for other, other_start, other_end in model.values()
            )
            if reservation_id in late:
                expected[reservation_id] = WITHDRAWN
            elif is_taken:
                expected[reservation_id] = REJECTED
            else:
                expected[reservation_id] = CONFIRMED
                model[reservation_id] = (number, start, end)
        # Some time becomes free again.
        for reservation_id in chance.sample(sorted(model), len(model) // 4):
            cancellation.cancel(session, policy, reservation_id, by_user_id=teacher.id)
            expected[reservation_id] = CANCELLED
            del model[reservation_id]
        assert statuses(session, *expected) == list(expected.values())
