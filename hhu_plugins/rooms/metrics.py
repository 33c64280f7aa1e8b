"""What /metrics tells of the reservations."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_plugins.rooms.models import (
    CONFIRMED,
    PENDING,
    REJECTED,
    Change,
    DecisionCount,
    Reservation,
    WaitingRequest,
)
from hhu_plugins.rooms.models import WAITING as OPEN

OUTCOMES = (CONFIRMED, REJECTED, "late", "withdrawn")


# What waits: new reservations, and changes of those that there are.
WAITING = sa.union_all(
    *(
        sa.select(each.requested_at.label("requested_at")).where(each.status == PENDING)
        for each in (Reservation, Change)
    )
).subquery("waiting")


def count_pending(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(WAITING)) or 0


def longest_pending(session: Session) -> float:
    waits = sa.func.clock_timestamp() - sa.func.min(WAITING.c.requested_at)
    return float(session.scalar(sa.select(sa.func.extract("epoch", waits))) or 0)


def count_waiting(session: Session) -> int:
    statement = sa.select(sa.func.count()).select_from(WaitingRequest)
    return session.scalar(statement.where(WaitingRequest.status == OPEN)) or 0


def count_decisions(session: Session) -> dict[str, int]:
    counts = sa.select(DecisionCount.outcome, DecisionCount.number)
    return dict.fromkeys(OUTCOMES, 0) | {row[0]: row[1] for row in session.execute(counts)}


def includeme(config) -> None:
    config.add_metric(
        "hhu_rooms_reservations_pending", "Requests that wait for a decision.", count_pending
    )
    config.add_metric(
        "hhu_rooms_longest_pending_seconds",
        "How long a request has waited for its decision.",
        longest_pending,
    )
    config.add_metric(
        "hhu_rooms_waiting", "People who wait for a room to become free.", count_waiting
    )
    config.add_metric(
        "hhu_rooms_decisions_total",
        "Requests decided: late were too late for it, withdrawn had waited in vain.",
        count_decisions,
        kind="counter",
        label="outcome",
    )
