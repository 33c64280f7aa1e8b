"""Meeting rooms, what they have, and who may book them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hhu_base.database import Base
from hhu_base.database.keys import pinyin_key, search_key
from hhu_base.models import Department, Group

# Who may book a room: the members of these departments; of none: everybody.
room_departments = sa.Table(
    "rooms_departments",
    Base.metadata,
    sa.Column(
        "room_id", sa.ForeignKey("rooms_meetingrooms.id", ondelete="CASCADE"), primary_key=True
    ),
    # A department that goes must not open its rooms to everybody: it can't go as long as it has some.
    sa.Column("department_id", sa.ForeignKey("core_departments.id"), primary_key=True),
    sa.Index("ix_rooms_departments_department_id", "department_id"),
    info={"title": "会议室可预约的系所"},
)


_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"


def _approval(of: Any) -> Any:
    """What bears on approval, if there are approvers: hardly anybody who reads a room needs it."""
    return mapped_column(of, deferred=True, deferred_group="approval")


class Meetingroom(Base):
    """会议室.

    ``equipment`` are words of :class:`Equipment`; old clients, which know no more than ``label``, see
    them there where it is empty. ``min_minutes``, ``max_minutes`` and ``max_days_ahead`` (0: any) hold
    here instead of the site's; null: the site's. Lists come by ``position``. ``checkin_since``: who
    has a reservation that begins later has to check in; null: nobody. ``tells_who``: the page at its
    door says who has it and what for.

    Of ``approvers`` one has to agree to a reservation: to each, or where one of the conditions is set,
    if it is longer than ``approval_over`` minutes, not wholly within ``approval_hours``
    (``08:00-18:00``) of a day, or of somebody who is not of ``approval_department``.
    """

    __tablename__ = "rooms_meetingrooms"
    __table_args__ = (
        sa.UniqueConstraint("location", "name"),
        sa.CheckConstraint("seats_count >= 0", name="seats_count"),
        sa.CheckConstraint(
            "min_minutes > 0 AND max_minutes > 0 AND max_days_ahead >= 0"
            " AND max_minutes >= min_minutes",
            name="limits",
        ),
        sa.CheckConstraint(
            f"approval_over > 0 AND approval_hours ~ '^{_TIME}-({_TIME}|24:00)$'", name="approval"
        ),
        sa.Index(None, "approvers_id"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    location: Mapped[str] = mapped_column(sa.String(255))
    seats_count: Mapped[int] = mapped_column(sa.Integer())
    label: Mapped[str] = mapped_column(sa.String(255), server_default="")
    description: Mapped[str] = mapped_column(server_default="")
    equipment: Mapped[list[str]] = mapped_column(
        ARRAY(sa.Text()), default=list, server_default="{}"
    )
    min_minutes: Mapped[int | None] = mapped_column(sa.Integer())
    max_minutes: Mapped[int | None] = mapped_column(sa.Integer())
    max_days_ahead: Mapped[int | None] = mapped_column(sa.Integer())
    position: Mapped[int] = mapped_column(sa.Integer(), default=0, server_default="0")
    # A group that goes must not open its rooms to everybody: it can't go as long as it has some.
    approvers_id: Mapped[int | None] = mapped_column(sa.ForeignKey("core_groups.id"))
    approval_over: Mapped[int | None] = _approval(sa.Integer())
    approval_hours: Mapped[str | None] = _approval(sa.String(11))
    approval_department_id: Mapped[int | None] = _approval(sa.ForeignKey("core_departments.id"))
    checkin_since: Mapped[datetime | None]
    tells_who: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    search_key: Mapped[str] = search_key("name", "location", "label", "equipment")
    name_key: Mapped[str] = pinyin_key("name")
    location_key: Mapped[str] = pinyin_key("location")

    @property
    def wants_checkin(self) -> bool:
        return self.checkin_since is not None

    departments: Mapped[list[Department]] = relationship(
        secondary=room_departments, order_by=Department.name_key, passive_deletes=True
    )
    approvers: Mapped[Group | None] = relationship()
    approval_department: Mapped[Department | None] = relationship()
    photos: Mapped[list[Photo]] = relationship(
        lambda: Photo, order_by=lambda: (Photo.position, Photo.id), viewonly=True
    )


class Equipment(Base):
    """会议室设备: a word that rooms may have, such as 投影."""

    __tablename__ = "rooms_equipment"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(20), unique=True)
    search_key: Mapped[str] = search_key("name")
    name_key: Mapped[str] = pinyin_key("name")


class Photo(Base):
    """A photo of a room, a JPEG of ours in two sizes: each file's digest is its name in the store.

    ``width`` and ``height`` are those of the large one. The first by ``position`` stands for the room.
    """

    __tablename__ = "rooms_photos"
    __table_args__ = (
        sa.CheckConstraint("width > 0 AND height > 0", name="pixels"),
        sa.Index(None, "room_id"),
        sa.UniqueConstraint("room_id", "large"),
        {"info": {"title": "会议室照片"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    room_id: Mapped[int] = mapped_column(sa.ForeignKey("rooms_meetingrooms.id", ondelete="CASCADE"))
    small: Mapped[str] = mapped_column(sa.String(64))
    large: Mapped[str] = mapped_column(sa.String(64))
    width: Mapped[int] = mapped_column(sa.Integer())
    height: Mapped[int] = mapped_column(sa.Integer())
    position: Mapped[int] = mapped_column(sa.Integer(), server_default="0")
    uploaded_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    uploaded_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="SET NULL")
    )
