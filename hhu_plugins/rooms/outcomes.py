"""What becomes of wishes, written: how many had which outcome is counted in the same statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.database import pg_notify
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, PENDING, WITHDRAWN, DecisionCount
from hhu_plugins.rooms.occupancy import RESERVATIONS
from hhu_plugins.rooms.wishes import CHANGES, IDS

# Status, the sentence for people, and the reservation that it repeats, if it does.
Outcome = tuple[str, str, int | None]

_COUNTS = cast(sa.Table, DecisionCount.__table__)


def _announced(counted: sa.Insert) -> sa.Select:
    """The same, and in this statement, too, what ``pg_notify`` is to announce of it."""
    return pg_notify.NOTIFY.add_cte(counted.returning(_COUNTS.c.number).cte("counted"))


def counted(decide: sa.Update, outcome: sa.ColumnElement[str]) -> sa.Insert:
    """``decide``, and in the same statement how many had which outcome."""
    decided = decide.returning(outcome.label("outcome")).cte("decided")
    count = insert(_COUNTS).from_select(
        ["outcome", "number"],
        sa.select(decided.c.outcome, sa.func.count()).group_by(decided.c.outcome),
    )
    return count.on_conflict_do_update(
        index_elements=[_COUNTS.c.outcome],
        set_={"number": _COUNTS.c.number + count.excluded.number},
    )


_DECISIONS = (
    sa.func.unnest(
        IDS,
        sa.bindparam("statuses", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("reasons", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("repeats", type_=sa.ARRAY(sa.BigInteger)),
    )
    .table_valued(
        sa.column("id", sa.BigInteger),
        sa.column("status", sa.Text),
        sa.column("reason", sa.Text),
        sa.column("repeats_id", sa.BigInteger),
    )
    .render_derived("decisions")
)
_COUNTED_AS = sa.case((_DECISIONS.c.status == WITHDRAWN, "late"), else_=_DECISIONS.c.status)
# ``status_changed_by`` stays as it was asked for: null where the holder did.
_WRITE_DECISIONS = _announced(
    counted(
        sa.update(RESERVATIONS)
        .where(RESERVATIONS.c.id == _DECISIONS.c.id)
        .values(
            status=_DECISIONS.c.status,
            status_reason=_DECISIONS.c.reason,
            repeats_id=_DECISIONS.c.repeats_id,
            status_changed_at=sa.func.clock_timestamp(),
        ),
        _COUNTED_AS,
    )
)
_WRITE_CHANGES = _announced(
    counted(
        sa.update(CHANGES)
        .where(CHANGES.c.id == _DECISIONS.c.id)
        .values(
            status=_DECISIONS.c.status,
            status_reason=_DECISIONS.c.reason,
            status_changed_at=sa.func.clock_timestamp(),
        ),
        _COUNTED_AS,
    )
)
# What is changed is pending for a moment of this transaction: so it is out of the exclusion
# constraint, which looks at each row as it is written, until all have given up what they had; and
# the trigger that counts revisions counts this as one.
_SET_ASIDE = sa.update(RESERVATIONS).where(RESERVATIONS.c.id == sa.any_(IDS)).values(status=PENDING)
_APPLY = (
    sa.update(RESERVATIONS)
    .where(CHANGES.c.id == sa.any_(IDS), RESERVATIONS.c.id == CHANGES.c.reservation_id)
    .values(
        {
            name: sa.func.coalesce(CHANGES.c[name], RESERVATIONS.c[name])
            for name in ("room_id", "reserve_from", "reserve_to", "description")
        }
        | {
            "status": sa.case((CHANGES.c.gives_up, CANCELLED), else_=CONFIRMED),
            "status_changed_at": sa.func.clock_timestamp(),
            "status_changed_by": CHANGES.c.by_user_id,
        }
    )
)


def apply(session: Session, changes: Sequence[sa.Row]) -> None:
    """Give the reservations of these changes their new values, all at once."""
    if changes:
        session.execute(_SET_ASIDE, {"ids": [change.reservation_id for change in changes]})
        session.execute(_APPLY, {"ids": [change.id for change in changes]})


def write(
    session: Session, rows: Iterable[sa.Row], outcomes: Mapping[int, Outcome], news: list[str]
) -> None:
    """Write what becomes of each wish, and announce ``news`` (of ``pg_notify.payloads``).

    Those to be changed have given up what they had before.
    """
    new: dict[int, Outcome] = {}
    changes: dict[int, Outcome] = {}
    for row in rows:
        (new if row.reservation_id is None else changes)[row.id] = outcomes[row.id]
    for statement, decisions in ((_WRITE_CHANGES, changes), (_WRITE_DECISIONS, new)):
        if decisions:
            statuses, reasons, repeats = zip(*decisions.values(), strict=True)
            values = {"statuses": list(statuses), "reasons": list(reasons)}
            values |= {"ids": list(decisions), "repeats": list(repeats), "payloads": news}
            session.execute(statement, values)
            news = []


_NUMBER_SERIES = sa.text(
    """
    WITH numbered AS (
        SELECT id, row_number() OVER (PARTITION BY series_id ORDER BY reserve_from, id) AS place
        FROM rooms_reservations
        WHERE series_id = ANY(:ids) AND status IN ('confirmed', 'cancelled', 'released')
    ), placed AS (
        UPDATE rooms_reservations AS r SET series_index = place
        FROM numbered WHERE r.id = numbered.id AND r.series_index IS DISTINCT FROM place
    )
    UPDATE rooms_series AS s SET dates_count = (
        SELECT count(*) FROM rooms_reservations
        WHERE series_id = s.id AND status IN ('confirmed', 'cancelled', 'released')
    )
    WHERE s.id = ANY(:ids)
    """
)


def number_series(session: Session, series_ids: set[int]) -> None:
    """Count the dates of these series, in the order of time; those cancelled keep their places."""
    if series_ids:
        session.execute(_NUMBER_SERIES, {"ids": list(series_ids)})
