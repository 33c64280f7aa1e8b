"""Intervals in rooms as the rows of a table, so that one statement asks for many.

Three arrays instead of three parameters for each: the statement stays the same, and prepared.
"""

from __future__ import annotations

import sqlalchemy as sa

INTERVALS = (
    sa.func.unnest(
        sa.bindparam("rooms", type_=sa.ARRAY(sa.BigInteger)),
        sa.bindparam("starts", type_=sa.ARRAY(sa.DateTime(timezone=True))),
        sa.bindparam("ends", type_=sa.ARRAY(sa.DateTime(timezone=True))),
    )
    .table_valued(
        sa.column("room_id", sa.BigInteger),
        sa.column("reserve_from", sa.DateTime(timezone=True)),
        sa.column("reserve_to", sa.DateTime(timezone=True)),
    )
    .render_derived("intervals")
)
