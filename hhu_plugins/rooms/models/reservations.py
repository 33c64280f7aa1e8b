"""Who asked for which room when, what became of it, and what they are told."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hhu_base.database import Base
from hhu_base.database.keys import search_key
from hhu_base.models import User
from hhu_plugins.rooms.models.rooms import Meetingroom
from hhu_plugins.rooms.models.series import Series

# No reservation is longer than this, whatever the settings say. The availability queries look
# this far back for what may still be running, which is what lets a plain btree answer them.
LONGEST_MEETING = timedelta(hours=24)

PENDING = "pending"  # asked for, not decided yet
CONFIRMED = "confirmed"
REJECTED = "rejected"  # decided: the room was taken, or the time had passed
WITHDRAWN = "withdrawn"  # not decided in time, and never will be
CANCELLED = "cancelled"  # given back by its holder or an administrator
HELD = "held"  # kept for somebody who waited, until they confirm it or ``hold_until``
RELEASED = "released"  # nobody checked in, and the rest of the time was given away
REQUESTED = "requested"  # waits for somebody's approval, and is in nobody's way
STATUSES = (PENDING, CONFIRMED, REJECTED, WITHDRAWN, CANCELLED, HELD, RELEASED, REQUESTED)


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
    place among the dates of its series, from 1, once it is confirmed. ``hold_until`` is that of a
    hold, and stays with one that was never confirmed. ``checked_in_at`` is when
    somebody checked in: it counts for the time that the reservation has now.
    """

    __tablename__ = "rooms_reservations"
    __table_args__ = (
        sa.CheckConstraint("reserve_to > reserve_from", name="interval"),
        sa.CheckConstraint("reserve_to - reserve_from <= interval '24 hours'", name="longest"),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'rejected', 'withdrawn', 'cancelled', 'held',"
            " 'released', 'requested')",
            name="status",
        ),
        sa.CheckConstraint("status <> 'held' OR hold_until IS NOT NULL", name="hold"),
        # The last belt: whatever goes wrong elsewhere, no room is booked twice. The range around
        # the room's id stands for equality, so that no extension is needed.
        ExcludeConstraint(
            (sa.func.int8range(sa.text("room_id"), sa.text("room_id"), sa.text("'[]'")), "&&"),
            (sa.func.tstzrange(sa.text("reserve_from"), sa.text("reserve_to")), "&&"),
            where=sa.text("status IN ('confirmed', 'held')"),
            name="ex_rooms_reservations_overlap",
            using="gist",
        ),
        # What the availability queries read; INCLUDE keeps them away from the table itself.
        sa.Index(
            "ix_rooms_reservations_taken",
            "reserve_from",
            postgresql_include=["reserve_to", "room_id"],
            postgresql_where=sa.text("status IN ('confirmed', 'held')"),
        ),
        # What the statistics read of the last days, besides.
        sa.Index(
            "ix_rooms_reservations_lost",
            "reserve_from",
            postgresql_where=sa.text("status IN ('cancelled', 'released')"),
        ),
        sa.Index(
            "ix_rooms_reservations_requested",
            "reserve_from",
            postgresql_where=sa.text("status = 'requested'"),
        ),
        sa.Index(
            "ix_rooms_reservations_hold_until",
            "hold_until",
            postgresql_where=sa.text("status = 'held'"),
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
    hold_until: Mapped[datetime | None]
    checked_in_at: Mapped[datetime | None]
    # Of the changes after the decision. A trigger of the table keeps them, never write them.
    revision: Mapped[int] = mapped_column(sa.Integer(), server_default="0")
    changed_at: Mapped[datetime | None]
    search_key: Mapped[str] = search_key("description")

    room: Mapped[Meetingroom] = relationship()
    user: Mapped[User] = relationship(foreign_keys=user_id)
    series: Mapped[Series | None] = relationship()


class Change(Base):
    """A wish to change a confirmed reservation, its decision and its history, in one row.

    Null is what is to stay as it is. ``gives_up``: it is to be cancelled, for the others of its group. ``revision`` is the one that its asker knew, if they said.
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
    gives_up: Mapped[bool] = mapped_column(server_default=sa.false())
    by_user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id"))
    status: Mapped[str] = mapped_column(sa.String(16), server_default=PENDING)
    status_reason: Mapped[str] = mapped_column(server_default="")
    status_changed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    requested_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    decide_before: Mapped[datetime | None]
    request_id: Mapped[str | None] = mapped_column(sa.String(64))


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
