"""Meeting rooms and who has them when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hhu_base.database import Base
from hhu_base.database.keys import pinyin_key, search_key
from hhu_base.models import Department, User

# No reservation is longer than this, whatever the settings say. The availability queries look
# this far back for what may still be running, which is what lets a plain btree answer them.
LONGEST_MEETING = timedelta(hours=24)

PENDING = "pending"  # asked for, not decided yet
CONFIRMED = "confirmed"
REJECTED = "rejected"  # decided: the room was taken, or the time had passed
WITHDRAWN = "withdrawn"  # not decided in time, and never will be
CANCELLED = "cancelled"  # given back by its holder or an administrator
STATUSES = (PENDING, CONFIRMED, REJECTED, WITHDRAWN, CANCELLED)

_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
_STRETCH = f"{_TIME}-({_TIME}|24:00)"
_DAY = f"({_STRETCH}(,{_STRETCH})*)?"
_WEEK = rf"^{_DAY}(\|{_DAY}){{6}}$"


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


class Meetingroom(Base):
    """会议室.

    ``equipment`` are words of :class:`Equipment`; old clients, which know no more than ``label``, see
    them there where it is empty. ``min_minutes``, ``max_minutes`` and ``max_days_ahead`` (0: any) hold
    here instead of the site's; null: the site's. Lists come by ``position``.
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

    search_key: Mapped[str] = search_key("name", "location", "label", "equipment")
    name_key: Mapped[str] = pinyin_key("name")
    location_key: Mapped[str] = pinyin_key("location")

    departments: Mapped[list[Department]] = relationship(
        secondary=room_departments, order_by=Department.name_key, passive_deletes=True
    )
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


class Reservation(Base):
    """A request for a room, its decision and its history, in one row.

    The interval is half-open, ``[reserve_from, reserve_to)``. ``status_changed_at`` and
    ``status_changed_by`` tell when it got its status and from whom (null: the system decided);
    ``status_reason`` is a sentence for people. ``decide_before`` is the moment after which a
    pending request is withdrawn instead of decided, since its client has been told so.
    ``request_id`` is the web request that wrote it, under which the worker logs its decision.
    ``repeats_id`` is the reservation that its holder had asked for a moment before: this is the
    same request once more, rejected, and answered with that one. ``group_id`` is the first of those
    that are decided together, all or nothing; null: it is decided alone. ``series_index`` is its
    place among the dates of its series, from 1, once it is confirmed.
    """

    __tablename__ = "rooms_reservations"
    __table_args__ = (
        sa.CheckConstraint("reserve_to > reserve_from", name="interval"),
        sa.CheckConstraint("reserve_to - reserve_from <= interval '24 hours'", name="longest"),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'rejected', 'withdrawn', 'cancelled')",
            name="status",
        ),
        # The last belt: whatever goes wrong elsewhere, no room is booked twice. The range around
        # the room's id stands for equality, so that no extension is needed.
        ExcludeConstraint(
            (sa.func.int8range(sa.text("room_id"), sa.text("room_id"), sa.text("'[]'")), "&&"),
            (sa.func.tstzrange(sa.text("reserve_from"), sa.text("reserve_to")), "&&"),
            where=sa.text("status = 'confirmed'"),
            name="ex_rooms_reservations_overlap",
            using="gist",
        ),
        # What the availability queries read; INCLUDE keeps them away from the table itself.
        sa.Index(
            "ix_rooms_reservations_confirmed",
            "reserve_from",
            postgresql_include=["reserve_to", "room_id"],
            postgresql_where=sa.text("status = 'confirmed'"),
        ),
        sa.Index(
            "ix_rooms_reservations_pending",
            "id",
            postgresql_where=sa.text("status = 'pending'"),
        ),
        # So that to delete a reservation does not read all of them; hardly any is in it.
        sa.Index(
            "ix_rooms_reservations_repeats_id",
            "repeats_id",
            postgresql_where=sa.text("repeats_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_rooms_reservations_group_id",
            "group_id",
            postgresql_where=sa.text("group_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_rooms_reservations_series_id",
            "series_id",
            postgresql_where=sa.text("series_id IS NOT NULL"),
        ),
        sa.Index(None, "user_id", "reserve_to"),
        sa.Index(None, "room_id", "reserve_from"),
        {"info": {"title": "预约记录"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    room_id: Mapped[int] = mapped_column(sa.ForeignKey("rooms_meetingrooms.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id"))
    reserve_from: Mapped[datetime]
    reserve_to: Mapped[datetime]
    description: Mapped[str]
    status: Mapped[str] = mapped_column(sa.String(16), server_default=PENDING)
    status_reason: Mapped[str] = mapped_column(server_default="")
    status_changed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    status_changed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("core_users.id"))
    requested_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    decide_before: Mapped[datetime | None]
    request_id: Mapped[str | None] = mapped_column(sa.String(64))
    repeats_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("rooms_reservations.id", ondelete="SET NULL")
    )
    group_id: Mapped[int | None]
    series_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("rooms_series.id", ondelete="SET NULL")
    )
    series_index: Mapped[int | None] = mapped_column(sa.Integer())
    # Of the changes after the decision. A trigger of the table keeps them, never write them.
    revision: Mapped[int] = mapped_column(sa.Integer(), server_default="0")
    changed_at: Mapped[datetime | None]
    search_key: Mapped[str] = search_key("description")

    room: Mapped[Meetingroom] = relationship()
    user: Mapped[User] = relationship(foreign_keys=user_id)
    series: Mapped[Series | None] = relationship()


class Change(Base):
    """A wish to change a confirmed reservation, its decision and its history, in one row.

    Null is what is to stay as it is. ``revision`` is the one that its asker knew, if they said.
    Ids are of the sequence of the reservations': the order of arrival is one. For the other columns
    see there.
    """

    __tablename__ = "rooms_changes"
    __table_args__ = (
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'rejected', 'withdrawn')", name="status"
        ),
        sa.Index("ix_rooms_changes_pending", "id", postgresql_where=sa.text("status = 'pending'")),
        sa.Index(
            "ix_rooms_changes_group_id",
            "group_id",
            postgresql_where=sa.text("group_id IS NOT NULL"),
        ),
        sa.Index(None, "reservation_id"),
        sa.Index(None, "room_id"),
        {"info": {"title": "预约改动"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    group_id: Mapped[int | None]
    reservation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("rooms_reservations.id", ondelete="CASCADE")
    )
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rooms_meetingrooms.id"))
    reserve_from: Mapped[datetime | None]
    reserve_to: Mapped[datetime | None]
    description: Mapped[str | None]
    revision: Mapped[int | None] = mapped_column(sa.Integer())
    by_user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id"))
    status: Mapped[str] = mapped_column(sa.String(16), server_default=PENDING)
    status_reason: Mapped[str] = mapped_column(server_default="")
    status_changed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    requested_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    decide_before: Mapped[datetime | None]
    request_id: Mapped[str | None] = mapped_column(sa.String(64))


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


class Notice(Base):
    """What the holder of a reservation knew of it, before somebody else changed it.

    At ``due_at`` they are told the difference from what is true then. ``known_status`` is null
    where they knew nothing, since it was made for them.
    """

    __tablename__ = "rooms_notices"
    __table_args__ = (
        sa.CheckConstraint("known_status IN ('confirmed', 'cancelled')", name="known_status"),
        sa.Index(None, "due_at"),
        sa.Index(None, "known_room_id"),
        {"info": {"title": "待发的预约通知"}},
    )

    reservation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("rooms_reservations.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    known_status: Mapped[str | None] = mapped_column(sa.String(16))
    known_room_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("rooms_meetingrooms.id", ondelete="SET NULL")
    )
    known_from: Mapped[datetime]
    known_to: Mapped[datetime]
    due_at: Mapped[datetime]


class DecisionCount(Base):
    """How often a decision had this outcome, ever: counted with it, since to count takes seconds.

    Besides the statuses *confirmed* and *rejected*: *late*, withdrawn by the worker since it came
    too late, and *withdrawn* by a client that waited in vain. Two rows for the two, because two
    transactions that lock rows of this table in another order would wait for each other.
    """

    __tablename__ = "rooms_decision_counts"

    outcome: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    number: Mapped[int]
