"""What became of the reservations of a day, summed up; a reservation counts for the day it begins."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from hhu_base.database import Base


class RoomDay(Base):
    """One room, by the clocks of the site; ``minutes`` are those that were confirmed."""

    __tablename__ = "rooms_days"
    __table_args__ = (sa.Index(None, "room_id"), {"info": {"title": "会议室的每日合计"}})

    day: Mapped[date] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(
        sa.ForeignKey("rooms_meetingrooms.id", ondelete="CASCADE"), primary_key=True
    )
    confirmed: Mapped[int] = mapped_column(sa.Integer())
    cancelled: Mapped[int] = mapped_column(sa.Integer())
    released: Mapped[int] = mapped_column(sa.Integer())
    minutes: Mapped[int] = mapped_column(sa.Integer())


class HourSum(Base):
    """All rooms together: the minutes that were reserved in each of the 24 hours."""

    __tablename__ = "rooms_hours"
    __table_args__ = {"info": {"title": "每小时的合计"}}  # noqa: RUF012 - as SQLAlchemy wants it

    day: Mapped[date] = mapped_column(primary_key=True)
    minutes: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer()))


class DepartmentDay(Base):
    """The people of one department, as it was when the sum was made; null: of none."""

    __tablename__ = "rooms_department_days"
    __table_args__ = (
        sa.Index(None, "day"),
        sa.Index(None, "department_id"),
        {"info": {"title": "系所的每日合计"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    day: Mapped[date]
    department_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("core_departments.id", ondelete="SET NULL")
    )
    confirmed: Mapped[int] = mapped_column(sa.Integer())
    cancelled: Mapped[int] = mapped_column(sa.Integer())
    released: Mapped[int] = mapped_column(sa.Integer())
    minutes: Mapped[int] = mapped_column(sa.Integer())
