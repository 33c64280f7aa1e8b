"""Who waits for a room that is taken."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hhu_base.database import Base
from hhu_base.models import User
from hhu_plugins.rooms.models.reservations import WITHDRAWN, Reservation
from hhu_plugins.rooms.models.rooms import Meetingroom

WAITING = "waiting"
OFFERED = "offered"  # a hold of theirs waits to be confirmed
DONE = "done"  # they have the reservation
ENDED = "ended"  # its time came without a room, or the hold was over
WAITING_STATES = (WAITING, OFFERED, DONE, ENDED, WITHDRAWN)


class WaitingRequest(Base):
    """候补: somebody waits for a room, or for any that fits, at a time.

    Who waits is served by ``is_first``, then by id. ``confirms_itself``: what becomes free is
    confirmed without asking them. ``wait_until`` is when waiting ends: the start, or in rooms where
    people check in a while after it. ``is_new`` until the queue has looked whether there is a room
    already. ``reservation_id`` is the hold, and later the reservation, that they got.
    """

    __tablename__ = "rooms_waiting"
    __table_args__ = (
        sa.CheckConstraint("reserve_to > reserve_from", name="interval"),
        sa.CheckConstraint("reserve_to - reserve_from <= interval '24 hours'", name="longest"),
        sa.CheckConstraint(
            "status IN ('waiting', 'offered', 'done', 'ended', 'withdrawn')", name="status"
        ),
        sa.CheckConstraint(
            "status NOT IN ('offered', 'done') OR reservation_id IS NOT NULL", name="reservation"
        ),
        sa.UniqueConstraint("reservation_id"),
        sa.Index(
            "ix_rooms_waiting_open", "reserve_from", postgresql_where=sa.text("status = 'waiting'")
        ),
        sa.Index(None, "user_id", "reserve_to"),
        sa.Index(None, "room_id"),
        {"info": {"title": "候补"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id"))
    room_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("rooms_meetingrooms.id", ondelete="CASCADE")
    )
    people_count: Mapped[int | None] = mapped_column(sa.Integer())
    equipment: Mapped[list[str]] = mapped_column(
        ARRAY(sa.Text()), default=list, server_default="{}"
    )
    location: Mapped[str | None] = mapped_column(sa.String(255))
    reserve_from: Mapped[datetime]
    reserve_to: Mapped[datetime]
    description: Mapped[str]
    confirms_itself: Mapped[bool] = mapped_column(server_default=sa.false())
    is_first: Mapped[bool] = mapped_column(server_default=sa.false())
    is_new: Mapped[bool] = mapped_column(server_default=sa.true())
    wait_until: Mapped[datetime]
    status: Mapped[str] = mapped_column(sa.String(16), server_default=WAITING)
    status_changed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    reservation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rooms_reservations.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    room: Mapped[Meetingroom | None] = relationship()
    user: Mapped[User] = relationship()
    reservation: Mapped[Reservation | None] = relationship()
