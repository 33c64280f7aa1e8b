"""Who asks whom to give way, and what the answer was."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from hhu_base.database import Base
from hhu_base.models import User
from hhu_plugins.rooms.models.reservations import Reservation
from hhu_plugins.rooms.models.rooms import Meetingroom

OPEN = "open"
ACCEPTED = "accepted"  # the holder gave way, and the asker has the time
REFUSED = "refused"
EXPIRED = "expired"  # nobody answered in time, which is a no
TAKEN_BACK = "withdrawn"
CLOSED = "closed"  # the reservation is not what it was, or the time can't be had any more
ASK_STATUSES = (OPEN, ACCEPTED, REFUSED, EXPIRED, TAKEN_BACK, CLOSED)


class Ask(Base):
    """协商: somebody asks the holder of a reservation to leave them its room.

    ``held_from`` and ``held_to`` are the reservation's, in ``room_id``, as they were then; ``reserve_from`` and
    ``reserve_to`` what the asker wants of it. ``offer_…`` is where the holder would go; null: they would
    have nothing instead. ``made_id`` is the reservation that the asker has got. A yes, a no and all
    else are decided under the lock of the decisions; that it is open says nothing after
    ``answer_before``.
    """

    __tablename__ = "rooms_asks"
    __table_args__ = (
        sa.CheckConstraint("reserve_to > reserve_from", name="interval"),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'refused', 'expired', 'withdrawn', 'closed')",
            name="status",
        ),
        sa.CheckConstraint(
            "(offer_room_id IS NULL) = (offer_from IS NULL)"
            " AND (offer_from IS NULL) = (offer_to IS NULL) AND offer_to > offer_from",
            name="offer",
        ),
        # Once, whatever the answer: who has been told no does not ask again.
        sa.Index(
            "ix_rooms_asks_once",
            "reservation_id",
            "user_id",
            unique=True,
            postgresql_where=sa.text("status <> 'closed'"),
        ),
        sa.Index(
            "ix_rooms_asks_open", "answer_before", postgresql_where=sa.text("status = 'open'")
        ),
        sa.Index(None, "reservation_id"),
        sa.Index(None, "user_id"),
        sa.Index(None, "room_id"),
        {"info": {"title": "会议室协商"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    reservation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("rooms_reservations.id", ondelete="CASCADE")
    )
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id"))
    room_id: Mapped[int] = mapped_column(sa.ForeignKey("rooms_meetingrooms.id"))
    held_from: Mapped[datetime]
    held_to: Mapped[datetime]
    reserve_from: Mapped[datetime]
    reserve_to: Mapped[datetime]
    description: Mapped[str]
    reason: Mapped[str]
    offer_room_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("rooms_meetingrooms.id", ondelete="SET NULL")
    )
    offer_from: Mapped[datetime | None]
    offer_to: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(sa.String(16), server_default=OPEN)
    status_reason: Mapped[str] = mapped_column(server_default="")
    status_changed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    status_changed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("core_users.id"))
    answer_before: Mapped[datetime]
    made_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("rooms_reservations.id", ondelete="SET NULL")
    )
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    reservation: Mapped[Reservation] = relationship(foreign_keys=reservation_id)
    user: Mapped[User] = relationship(foreign_keys=user_id)
    room: Mapped[Meetingroom] = relationship(foreign_keys=room_id)
    offer_room: Mapped[Meetingroom | None] = relationship(foreign_keys=offer_room_id)
    if TYPE_CHECKING:
        holder_key: Mapped[str]  # below


# The holder's place in a list by name; only loaded where it is asked for.
Ask.holder_key = column_property(
    sa.select(User.name_key)
    .where(User.id == Reservation.user_id, Reservation.id == Ask.reservation_id)
    .correlate_except(User, Reservation)
    .scalar_subquery(),
    deferred=True,
)
