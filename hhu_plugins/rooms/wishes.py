"""The rows that wait for a decision: new reservations, and changes of those that there are.

The rows of both have ``id``, ``group_id``, ``room_id``, ``reserve_from``, ``reserve_to``,
``user_id`` (the holder), ``by_user_id`` (the administrator who asks, or null), ``request_id``,
``is_late``, ``has_ended``, ``has_closed_times``, ``are_rooms_restricted`` and ``reservation_id``,
which is null of a new one. Of a change the
interval is the new one, and ``was_…`` is what the reservation has until then.

The statements on the path of a reservation are made once, here, in ``outcomes`` and in
``submission``, and of the tables: SQLAlchemy needs several times longer to put one together than
PostgreSQL to answer it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_plugins.rooms import closed_times, eligibility
from hhu_plugins.rooms.interval_rows import INTERVALS
from hhu_plugins.rooms.models import CONFIRMED, PENDING, Change
from hhu_plugins.rooms.occupancy import RESERVATIONS, blocks

CHANGES = cast(sa.Table, Change.__table__)
# Written out, since the plan of a prepared statement can use a partial index only if it sees that
# the index serves whatever the parameters are.
IS_PENDING = RESERVATIONS.c.status == sa.literal_column(f"'{PENDING}'")
CHANGE_IS_PENDING = CHANGES.c.status == sa.literal_column(f"'{PENDING}'")
# One array instead of a thousand parameters: the statement stays the same, and prepared.
IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))

# Decided in one transaction; more would hold the lock for longer than a client waits.
MOST_AT_ONCE = 20_000

# The same wish of the same person within this time is the same request, sent twice.
REPEATED_WITHIN = timedelta(seconds=10)

_ANY_CHANGES = sa.exists().where(CHANGE_IS_PENDING)
IS_ANYTHING_PENDING = sa.exists().where(IS_PENDING) | _ANY_CHANGES
_NOW = sa.func.clock_timestamp()

# Whether rooms are ever closed, or not for everybody: only then it costs a statement to ask.
_RULES_THAT_BEAR = (
    closed_times.IS_CONFIGURED.label("has_closed_times"),
    eligibility.ANY_RESTRICTED.label("are_rooms_restricted"),
)

PENDING_ROWS = (
    sa.select(
        RESERVATIONS.c.id,
        RESERVATIONS.c.group_id,
        RESERVATIONS.c.room_id,
        RESERVATIONS.c.reserve_from,
        RESERVATIONS.c.reserve_to,
        RESERVATIONS.c.user_id,
        RESERVATIONS.c.status_changed_by.label("by_user_id"),
        RESERVATIONS.c.series_id,
        RESERVATIONS.c.request_id,
        (RESERVATIONS.c.decide_before < _NOW).label("is_late"),
        (RESERVATIONS.c.reserve_to <= _NOW).label("has_ended"),
        sa.literal_column("NULL").label("reservation_id"),
        # Looked at here, too, so that who waits for nothing else pays for no other statement.
        sa.select(_ANY_CHANGES).scalar_subquery().label("are_changes_pending"),
        *_RULES_THAT_BEAR,
    )
    .where(IS_PENDING)
    .order_by(RESERVATIONS.c.id)
    .limit(sa.literal_column(str(MOST_AT_ONCE)))
    # Somebody may be withdrawing one at this moment: wait for them, then leave that row alone.
    .with_for_update()
)

_NEW_ROOM = sa.func.coalesce(CHANGES.c.room_id, RESERVATIONS.c.room_id)
_NEW_FROM = sa.func.coalesce(CHANGES.c.reserve_from, RESERVATIONS.c.reserve_from)
_NEW_TO = sa.func.coalesce(CHANGES.c.reserve_to, RESERVATIONS.c.reserve_to)
_NEW_DESCRIPTION = sa.func.coalesce(CHANGES.c.description, RESERVATIONS.c.description)
_PENDING_CHANGES = (
    sa.select(
        CHANGES.c.id,
        CHANGES.c.group_id,
        _NEW_ROOM.label("room_id"),
        _NEW_FROM.label("reserve_from"),
        _NEW_TO.label("reserve_to"),
        _NEW_DESCRIPTION.label("description"),
        RESERVATIONS.c.user_id,
        sa.case(
            (CHANGES.c.decide_before.is_(None), CHANGES.c.by_user_id),
            else_=sa.func.nullif(CHANGES.c.by_user_id, RESERVATIONS.c.user_id),
        ).label("by_user_id"),
        RESERVATIONS.c.series_id,
        CHANGES.c.request_id,
        (CHANGES.c.decide_before < _NOW).label("is_late"),
        (_NEW_TO <= _NOW).label("has_ended"),
        CHANGES.c.reservation_id,
        CHANGES.c.revision,
        CHANGES.c.gives_up,
        RESERVATIONS.c.room_id.label("was_room_id"),
        RESERVATIONS.c.reserve_from.label("was_from"),
        RESERVATIONS.c.reserve_to.label("was_to"),
        RESERVATIONS.c.description.label("was_description"),
        RESERVATIONS.c.status.label("was_status"),
        RESERVATIONS.c.revision.label("was_revision"),
        (RESERVATIONS.c.reserve_to <= _NOW).label("was_over"),
        *_RULES_THAT_BEAR,
    )
    .join(RESERVATIONS, RESERVATIONS.c.id == CHANGES.c.reservation_id)
    .where(CHANGE_IS_PENDING)
    .order_by(CHANGES.c.id)
    # The reservation as well: somebody may hold it who knows no lock, such as psql.
    .with_for_update()
)
# Of groups that go beyond the limit of ``PENDING_ROWS``.
_CUT_GROUPS = (
    sa.select(RESERVATIONS.c.group_id)
    .where(IS_PENDING, RESERVATIONS.c.group_id.is_not(None))
    .where(RESERVATIONS.c.id > sa.bindparam("last_id"))
    .distinct()
)

Group = list[sa.Row]


def pending(session: Session) -> list[Group]:
    """All that waits, under the lock: in the order of arrival, those together that belong so."""
    rows: list[sa.Row] = list(session.execute(PENDING_ROWS))
    cut: set[int] = set()
    if len(rows) == MOST_AT_ONCE:
        cut = set(session.scalars(_CUT_GROUPS, {"last_id": rows[-1].id}))
    # Without a reservation there may still be a change: nobody would have come here otherwise.
    if not rows or rows[0].are_changes_pending:
        rows += session.execute(_PENDING_CHANGES)
        rows.sort(key=lambda row: (row.group_id or row.id, row.id))
    groups: dict[int, Group] = {}
    for row in rows:
        groups.setdefault(row.group_id or row.id, []).append(row)
    return [group for key, group in groups.items() if key not in cut]


def is_unchanged(change: sa.Row) -> bool:
    """Whether the reservation is already as it is to be."""
    return not change.gives_up and (
        change.room_id,
        change.reserve_from,
        change.reserve_to,
        change.description,
    ) == (
        change.was_room_id,
        change.was_from,
        change.was_to,
        change.was_description,
    )


_WANTED = RESERVATIONS.alias("wanted")
_COLUMNS = (RESERVATIONS.c.room_id, RESERVATIONS.c.reserve_from, RESERVATIONS.c.reserve_to)


def _is_beside(wanted: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(
        RESERVATIONS.c.room_id == wanted.c.room_id,
        blocks(wanted.c.reserve_from, wanted.c.reserve_to),
    )


_SELECT_BESIDE = (
    sa.select(*_COLUMNS)
    .select_from(RESERVATIONS)
    .join(_WANTED, _is_beside(_WANTED))
    .where(_WANTED.c.id == sa.any_(IDS))
    .distinct()
    .order_by(RESERVATIONS.c.reserve_from)
)
# The offset makes PostgreSQL ask for each interval by itself, by the index: for the sixty dates of
# a series it reads the whole table otherwise, since two of its processes can share that.
_BESIDE_ONE = (
    sa.select(*_COLUMNS)
    .where(_is_beside(INTERVALS))
    .offset(sa.literal_column("0"))
    .lateral("beside")
)
_SELECT_BESIDE_INTERVALS = sa.select(_BESIDE_ONE).select_from(
    INTERVALS.join(_BESIDE_ONE, sa.true())
)


def confirmed_beside(session: Session, rows: Sequence[sa.Row]) -> list[sa.Row]:
    """The confirmed reservations that stand in the way of ``rows``, in the order of time."""
    found: list[sa.Row] = []
    single = [row.id for row in rows if row.group_id is None and row.reservation_id is None]
    if single:
        found += session.execute(_SELECT_BESIDE, {"ids": single})
    if len(single) < len(rows):
        others = [row for row in rows if row.group_id or row.reservation_id]
        intervals = {
            "rooms": [row.room_id for row in others],
            "starts": [row.reserve_from for row in others],
            "ends": [row.reserve_to for row in others],
        }
        found += session.execute(_SELECT_BESIDE_INTERVALS, intervals)
        found = sorted({*found}, key=lambda row: row.reserve_from)
    return found


_AGAIN, _FIRST = RESERVATIONS.alias("again"), RESERVATIONS.alias("first")
_SELECT_REPEATED = (
    sa.select(_AGAIN.c.id, _FIRST.c.id)
    .join(
        _FIRST,
        # The first two have an index.
        sa.and_(
            _FIRST.c.user_id == _AGAIN.c.user_id,
            _FIRST.c.reserve_to == _AGAIN.c.reserve_to,
            _FIRST.c.reserve_from == _AGAIN.c.reserve_from,
            _FIRST.c.room_id == _AGAIN.c.room_id,
        ),
    )
    .where(
        _AGAIN.c.id == sa.any_(IDS),
        (_FIRST.c.status == CONFIRMED)
        | (_FIRST.c.id == sa.any_(sa.bindparam("free", type_=sa.ARRAY(sa.BigInteger)))),
        (_AGAIN.c.requested_at - _FIRST.c.requested_at).between(-REPEATED_WITHIN, REPEATED_WITHIN)
        | (_FIRST.c.request_id == _AGAIN.c.request_id),
    )
)


def find_repeated(session: Session, refused: Sequence[int], free: set[int]) -> dict[int, int]:
    """Of reservations that can't have their room: which one of its holder's it repeats.

    One that is confirmed, or will be with this decision, for the same room and time: asked for a
    moment before, or by the same web request, which has an id of its own that a client's repetition
    under an Idempotency-Key keeps. Asked only of those refused: who gets a room waits for nothing.
    """
    if not refused:
        return {}
    found = session.execute(_SELECT_REPEATED, {"ids": refused, "free": list(free)})
    return {row[0]: row[1] for row in found}
