"""Activities, who is enrolled in them, who waits, and who has clocked in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from hhu_base.database import Base
from hhu_base.database.keys import pinyin_key, search_key
from hhu_base.models import User


class Activity(Base):
    """活动.

    ``form_metas`` is the registration form, field name → rule (see ``forms.py``). It is JSON and
    not JSONB, which would not keep the order of the fields. ``participants_total_limit`` is None
    where any number may come.
    """

    __tablename__ = "activities_activities"
    __table_args__ = (
        sa.CheckConstraint("time_end >= time_start", name="interval"),
        sa.CheckConstraint("participants_total_limit >= 0", name="limit"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    time_start: Mapped[datetime]
    time_end: Mapped[datetime]
    location: Mapped[str] = mapped_column(sa.String(255), server_default="")
    description: Mapped[str] = mapped_column(server_default="")
    form_metas: Mapped[dict[str, Any]] = mapped_column(sa.JSON, server_default="{}")
    open_for_enrollment: Mapped[bool] = mapped_column(server_default=sa.false())
    # None: until the end.
    enroll_until: Mapped[datetime | None]
    participants_total_limit: Mapped[int | None] = mapped_column(sa.Integer())
    has_waiting_list: Mapped[bool] = mapped_column(server_default=sa.false())
    created: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    # Of the changes to what a calendar shows. A trigger of the table keeps them, never write them.
    revision: Mapped[int] = mapped_column(sa.Integer(), server_default="0")
    changed_at: Mapped[datetime | None]
    search_key: Mapped[str] = search_key("name", "location")
    name_key: Mapped[str] = pinyin_key("name")
    location_key: Mapped[str] = pinyin_key("location")
    if TYPE_CHECKING:
        enrollment_count: Mapped[int]  # below

    clockin_items: Mapped[list[ClockinItem]] = relationship(
        back_populates="activity",
        order_by="ClockinItem.from_time, ClockinItem.id",
        cascade="all, delete-orphan",
    )


class Enrollment(Base):
    """报名: a place that somebody has. ``participating_metas`` are the answers, field → answer.

    They are kept as they were given: a form that changes later changes no old answer.

    ``attended`` are the labels of what the person has clocked in for. Triggers of the table of
    the clock-ins keep it, never write it: with it a filter reads one table, where subqueries
    took up to a second for 100,000 registrations.
    """

    __tablename__ = "activities_enrollments"
    __table_args__ = (
        sa.UniqueConstraint("activity_id", "user_id"),
        sa.Index(None, "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activities_activities.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id"))
    enroll_time: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    participating_metas: Mapped[dict[str, Any]] = mapped_column(sa.JSON, server_default="{}")
    attended: Mapped[list[str]] = mapped_column(ARRAY(sa.Text()), server_default="{}")

    activity: Mapped[Activity] = relationship()
    user: Mapped[User] = relationship()


class WaitingEntry(Base):
    """候补: somebody who gets the next free place; the smallest id has waited the longest."""

    __tablename__ = "activities_waiting"
    __table_args__ = (
        sa.UniqueConstraint("activity_id", "user_id"),
        sa.Index(None, "activity_id", "id"),
        sa.Index(None, "user_id"),
        {"info": {"title": "候补"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    activity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("activities_activities.id", ondelete="CASCADE")
    )
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    participating_metas: Mapped[dict[str, Any]] = mapped_column(sa.JSON, server_default="{}")

    activity: Mapped[Activity] = relationship()
    user: Mapped[User] = relationship()


class FormFile(Base):
    """报名文件: what somebody sent for a field of a form. ``is_used``: their answers name it."""

    __tablename__ = "activities_files"
    __table_args__ = (
        sa.Index(None, "activity_id"),
        sa.Index(None, "user_id"),
        {"info": {"title": "报名文件"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    activity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("activities_activities.id", ondelete="CASCADE")
    )
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id", ondelete="CASCADE"))
    field: Mapped[str]
    name: Mapped[str] = mapped_column(sa.String(255))
    digest: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    type: Mapped[str] = mapped_column(sa.String(255))
    is_used: Mapped[bool] = mapped_column(server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class ClockinItem(Base):
    """打卡项: something to clock in for, such as 签到, during ``[from_time, to_time)``."""

    __tablename__ = "activities_clockin_items"
    __table_args__ = (
        sa.UniqueConstraint("activity_id", "label"),
        sa.CheckConstraint("to_time > from_time", name="interval"),
        # The filter asks for a label in all activities at once.
        sa.Index(None, "label"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    activity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("activities_activities.id", ondelete="CASCADE")
    )
    label: Mapped[str] = mapped_column(sa.String(255))
    from_time: Mapped[datetime]
    to_time: Mapped[datetime]
    search_key: Mapped[str] = search_key("label")
    label_key: Mapped[str] = pinyin_key("label")

    activity: Mapped[Activity] = relationship(back_populates="clockin_items")
    staff: Mapped[list[User]] = relationship(
        secondary=lambda: ClockinStaff.__table__, order_by=(User.name_key, User.id)
    )


class ClockinStaff(Base):
    """打卡员: who may show the code of an item."""

    __tablename__ = "activities_clockin_staff"
    __table_args__ = (sa.Index(None, "user_id"), {"info": {"title": "打卡员"}})

    item_id: Mapped[int] = mapped_column(
        sa.ForeignKey("activities_clockin_items.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True
    )


class Clockin(Base):
    """打卡记录: somebody was there, with what may tell later whether they really were.

    ``code_age`` is how many seconds old the scanned code was (more than the interval: it was in
    its grace), ``address`` and ``user_agent`` are the device's. A record that an administrator
    made by hand has ``corrected_by`` and a ``reason`` instead.
    """

    __tablename__ = "activities_clockins"
    __table_args__ = (
        sa.UniqueConstraint("item_id", "user_id"),
        sa.CheckConstraint("corrected_by IS NULL OR reason <> ''", name="reason"),
        sa.Index(None, "user_id"),
        {"info": {"title": "打卡记录"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("activities_clockin_items.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id"))
    time: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    code_age: Mapped[float | None] = mapped_column(sa.REAL())
    address: Mapped[str] = mapped_column(sa.String(64), server_default="")
    user_agent: Mapped[str] = mapped_column(sa.String(255), server_default="")
    corrected_by: Mapped[int | None] = mapped_column(sa.ForeignKey("core_users.id"))
    reason: Mapped[str] = mapped_column(sa.String(255), server_default="")

    item: Mapped[ClockinItem] = relationship()
    user: Mapped[User] = relationship(foreign_keys=user_id)


# Only loaded where it is asked for.
Activity.enrollment_count = column_property(
    sa.select(sa.func.count())
    .where(Enrollment.activity_id == Activity.id)
    .correlate_except(Enrollment)
    .scalar_subquery(),
    deferred=True,
)
