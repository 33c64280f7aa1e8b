"""What was found, and who claims it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hhu_base.database import Base
from hhu_base.models import User

WAITING = "waiting"  # for its owner
CLAIMED = "claimed"  # somebody says it is theirs
RETURNED = "returned"
HANDED_ON = "handed-on"  # to the lost property office, since nobody has claimed it
STATUS_NAMES = {
    WAITING: "招领中",
    CLAIMED: "已认领",
    RETURNED: "已归还",
    HANDED_ON: "已移交",
}


class Thing(Base):
    """拾到的物品. ``message`` is what the claimer has written to the finder."""

    __tablename__ = "lostfound_things"
    __table_args__ = (
        sa.CheckConstraint(
            "status IN ('waiting', 'claimed', 'returned', 'handed-on')", name="status"
        ),
        sa.Index(None, "status", "created_at"),
        sa.Index(None, "finder_id"),
        sa.Index(None, "claimer_id"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    finder_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id"))
    name: Mapped[str] = mapped_column(sa.String(255))
    place: Mapped[str] = mapped_column(sa.String(255))
    description: Mapped[str] = mapped_column(server_default="")
    found_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(sa.String(16), server_default=WAITING)
    claimer_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="SET NULL")
    )
    message: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    finder: Mapped[User] = relationship(lambda: User, foreign_keys=finder_id)
    claimer: Mapped[User | None] = relationship(lambda: User, foreign_keys=claimer_id)
