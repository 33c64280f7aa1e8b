"""What the statements on the path of a reservation have in common."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hhu_plugins.rooms.models import CONFIRMED, PENDING, DecisionCount, Meetingroom, Reservation

# The statements on the path of a reservation are made once, here, and of the tables: SQLAlchemy
# needs several times longer to put one together than PostgreSQL to answer it.
RESERVATIONS = cast(sa.Table, Reservation.__table__)
ROOMS = cast(sa.Table, Meetingroom.__table__)
COUNTS = cast(sa.Table, DecisionCount.__table__)
# Written out, since the plan of a prepared statement can use a partial index only if it sees that
# the index serves whatever the parameters are.
IS_PENDING = RESERVATIONS.c.status == sa.literal_column(f"'{PENDING}'")
IS_CONFIRMED = RESERVATIONS.c.status == sa.literal_column(f"'{CONFIRMED}'")
# One array instead of a thousand parameters: the statement stays the same, and prepared.
IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))


def counted(decide: sa.Update, outcome: sa.ColumnElement[str]) -> sa.Insert:
    """``decide``, and in the same statement how many had which outcome."""
    decided = decide.returning(outcome.label("outcome")).cte("decided")
    count = insert(COUNTS).from_select(
        ["outcome", "number"],
        sa.select(decided.c.outcome, sa.func.count()).group_by(decided.c.outcome),
    )
    return count.on_conflict_do_update(
        index_elements=[COUNTS.c.outcome],
        set_={"number": COUNTS.c.number + count.excluded.number},
    )
