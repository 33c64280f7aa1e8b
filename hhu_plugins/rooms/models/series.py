"""Reservations by the week and by the term."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hhu_base.database import Base

if TYPE_CHECKING:
    from hhu_plugins.rooms.models.reservations import Reservation


class Term(Base):
    """学期: its teaching weeks are counted from the Monday of the first."""

    __tablename__ = "rooms_terms"
    __table_args__ = (
        sa.UniqueConstraint("name"),
        sa.CheckConstraint("weeks_count BETWEEN 1 AND 53", name="weeks_count"),
        sa.CheckConstraint("extract(isodow FROM first_monday) = 1", name="first_monday"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    first_monday: Mapped[date]
    weeks_count: Mapped[int] = mapped_column(sa.Integer())


class Series(Base):
    """Reservations that were made as one plan; each of them is one like any other.

    ``rule`` is how it was asked for. ``dates_count`` is how many dates were ever confirmed in it.
    ``fingerprint`` is of all that was asked for, so that the same request sent twice is found.
    """

    __tablename__ = "rooms_series"
    __table_args__ = (sa.Index(None, "user_id", "created_at"), {"info": {"title": "系列预约"}})

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id"))
    description: Mapped[str]
    rule: Mapped[dict[str, Any]] = mapped_column(JSONB())
    dates_count: Mapped[int] = mapped_column(sa.Integer(), server_default="0")
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    request_id: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    reservations: Mapped[list[Reservation]] = relationship(
        primaryjoin="and_(Series.id == Reservation.series_id, Reservation.status == 'confirmed')",
        order_by="Reservation.reserve_from, Reservation.id",
        viewonly=True,
    )
