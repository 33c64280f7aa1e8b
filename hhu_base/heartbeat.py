"""A sign of life of the periodic tasks: one row, renewed by a task that is itself periodic.

That it is fresh says at once that the schedule runs, that its messages get through the broker, and
that a worker of the ordinary queue does them.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.models import Heartbeat

PERIODIC = "periodic"
EVERY = 30


def beat(request) -> None:
    """The task: the schedule has come as far as this."""
    row = insert(Heartbeat).values(name=PERIODIC, at=sa.func.clock_timestamp())
    request.db.execute(
        row.on_conflict_do_update(index_elements=[Heartbeat.name], set_={"at": row.excluded.at})
    )


def age(session: Session) -> timedelta | None:
    """How long ago that was; None: it never was."""
    return session.scalar(
        sa.select(sa.func.clock_timestamp() - Heartbeat.at).where(Heartbeat.name == PERIODIC)
    )


def includeme(config) -> None:
    config.add_task("core.heartbeat", beat, every=EVERY)
