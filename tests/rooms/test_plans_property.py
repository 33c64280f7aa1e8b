"""The plan of a series against a model that knows nothing but single minutes.

As in ``test_availability_property`` times are minutes counted from a midnight; the model walks over
the grid step by step.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from hhu_plugins.rooms import plans
from hhu_plugins.rooms.models import HELD, Reservation
from hhu_plugins.rooms.policy import ExceedsPolicy

from .test_availability_property import (
    DAY,
    EXAMPLES,
    colleges,
    instant,
    interval,
    is_free,
    limits_of,
    minutes,
    policies,
    store,
    user_id,
)

__all__ = ["user_id"]


class Closed(NamedTuple):
    room: int
    start: int
    end: int


def add(session, user_id, room_id, reservations) -> list[int]:
    """More reservations of a room; their ids."""
    rows = [
        Reservation(
            room_id=room_id,
            user_id=user_id,
            reserve_from=instant(each.start),
            reserve_to=instant(each.end),
            description="",
            status=each.status,
            hold_until=instant(each.end) if each.status == HELD else None,
        )
        for each in reservations
    ]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


closures = st.lists(
    st.builds(
        lambda room, start, length: Closed(room, start * 30, (start + length) * 30),
        st.sampled_from([0, 0, 1, 2, 3]),
        st.integers(-24, 3 * 48),
        st.integers(1, 40),
    ),
    max_size=4,
)


@EXAMPLES
@given(
    policy=policies(),
    horizon=st.none() | st.integers(1, 14).map(lambda days: timedelta(days=days)),
    college=st.sampled_from([-7 * DAY, -DAY, 0, 0]).flatmap(
        lambda first: colleges(first=first, longest=4 * 60, most=24)
    ),
    wanted=st.integers(4, DAY // 30).map(lambda half_hours: half_hours * 30),
    steps=st.integers(1, 24),
    every=st.integers(1, 3),
    count=st.integers(1, 5),
    before=st.integers(-DAY, 9 * DAY) | st.integers(0, DAY),
    closed=closures,
    given_up=st.sets(st.integers(0, 24), max_size=3),
)
def test_plans(
    session,
    user_id,
    policy,
    horizon,
    college,
    wanted,
    steps,
    every,
    count,
    before,
    closed,
    given_up,
):
    policy = replace(policy, horizon=horizon)
    step, now = minutes(policy.step), wanted - before
    length = steps * step
    shortest, longest, ahead = limits_of(policy, college[0])
    last_start = None if ahead is None else now + ahead
    dates = [(wanted + n * every * DAY, wanted + n * every * DAY + length) for n in range(count)]

    mine = college[0]
    kept = [r for n, r in enumerate(mine.reservations) if n not in given_up]
    gone = [r for n, r in enumerate(mine.reservations) if n in given_up]
    rooms = [mine._replace(reservations=kept), *college[1:]]

    def is_open(number, start, end):
        return not any(
            each.room == number and each.start < end and start < each.end for each in closed
        )

    def keeps_limits(room, start):
        shortest, longest, ahead = limits_of(policy, room)
        return shortest <= length <= longest and (ahead is None or start <= now + ahead)

    def state(start, end):
        if end <= now:
            return plans.PAST
        if last_start is not None and start > last_start:
            return plans.BEYOND
        if not is_open(0, start, end):
            return plans.CLOSED
        return plans.FREE if is_free(rooms[0], start, end) else plans.IS_TAKEN

    states = [state(*date) for date in dates]
    own = [date for date, known in zip(dates, states, strict=True) if known == plans.FREE]

    def other_times(wanted):
        found = [
            start
            for start in range(wanted - 7 * DAY, wanted + 7 * DAY + step, step)
            if now <= start
            and (last_start is None or start + length <= last_start)
            and start + length <= wanted + length + 7 * DAY
            and is_free(rooms[0], start, start + length)
            and is_open(0, start, start + length)
            and not any(first < start + length and start < last for first, last in own)
        ]
        found.sort(key=lambda start: (abs(start - wanted), start))
        return [interval(start, start + length) for start in found[:3]]

    def other_rooms(start, end):
        found = [
            room
            for number, room in enumerate(rooms)
            if number
            and room.seats >= mine.seats
            and is_free(room, start, end)
            and is_open(number, start, end)
            and keeps_limits(room, start)
        ]
        found.sort(key=lambda room: (room.seats, room.location != mine.location, room.name))
        return [room.name for room in found[:3]]

    with session.begin_nested() as savepoint:
        ids = store(session, user_id, rooms)
        ids_given_up = add(session, user_id, ids[0], gone)

        def closed_time(session, room_ids, window, only_closures):
            return {
                ids[number]: sorted(
                    interval(each.start, each.end) for each in closed if each.room == number
                )
                for number in range(len(ids))
            }

        plan = None
        with patch.object(plans, "closed_time", closed_time), suppress(ExceedsPolicy):
            plan = plans.make_plan(
                session,
                policy,
                instant(now),
                [plans.Slot(ids[0], *interval(*date)) for date in dates],
                instead_of=ids_given_up,
            )
        savepoint.rollback()

    assert (plan is not None) == (shortest <= length <= longest)
    if plan is None:
        return
    assert [each.state for each in plan.dates] == states
    assert [each.index for each in plan.dates] == list(range(1, count + 1))
    for each, date in zip(plan.dates, dates, strict=True):
        assert each.slot[1:] == interval(*date)
        assert each.by == ("t0001-" if each.state == plans.IS_TAKEN else None)
        if each.state in (plans.IS_TAKEN, plans.CLOSED):
            assert each.alternatives is not None
            assert each.alternatives.stretches == other_times(date[0])
            assert [room.name for room in each.alternatives.rooms] == other_rooms(*date)
        else:
            assert each.alternatives is None
