"""When rooms are closed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hhu_base.database import Base
from hhu_plugins.rooms.models.rooms import Meetingroom

_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
_STRETCH = f"{_TIME}-({_TIME}|24:00)"
_DAY = f"({_STRETCH}(,{_STRETCH})*)?"
_WEEK = rf"^{_DAY}(\|{_DAY}){{6}}$"


class OpeningHours(Base):
    """The weekly table of one room, or of all rooms without one of their own (``room_id`` null).

    Without any table a room is always open. ``week`` has the days from Monday on, separated by
    ``|``, each with its stretches, ``08:00-12:00,14:00-22:00`` or ``22:00-02:00``, or nothing where
    it is closed. ``zone`` is whose clocks that means, the site's when it was stored: whoever decides
    about a request needs no settings.
    """

    __tablename__ = "rooms_opening_hours"
    __table_args__ = (
        sa.UniqueConstraint("room_id", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint(f"week ~ '{_WEEK}'", name="week"),
        {"info": {"title": "开放时间"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    room_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("rooms_meetingrooms.id", ondelete="CASCADE")
    )
    week: Mapped[str]
    zone: Mapped[str] = mapped_column(sa.String(64))
    revision: Mapped[int] = mapped_column(sa.Integer(), server_default="0")
    changed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    room: Mapped[Meetingroom | None] = relationship()


class Closure(Base):
    """From when to when rooms are closed, and why: one, those of a place, or all of them.

    Half-open as reservations are; ``ends`` is null where nobody knows yet.
    """

    __tablename__ = "rooms_closures"
    __table_args__ = (
        sa.CheckConstraint("ends > starts", name="interval"),
        sa.CheckConstraint("room_id IS NULL OR location IS NULL", name="where"),
        sa.Index(None, "room_id"),
        # Each request for a room asks whether there is any that is not over.
        sa.Index(None, "ends"),
        {"info": {"title": "停用"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    room_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("rooms_meetingrooms.id", ondelete="CASCADE")
    )
    location: Mapped[str | None] = mapped_column(sa.String(255))
    starts: Mapped[datetime]
    ends: Mapped[datetime | None]
    reason: Mapped[str]
    revision: Mapped[int] = mapped_column(sa.Integer(), server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    room: Mapped[Meetingroom | None] = relationship()
