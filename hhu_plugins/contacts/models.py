"""Whom people have added to their own colleagues. The contact data itself is part of the user."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hhu_base.database import Base


class Friend(Base):
    """好友: ``user_id`` has added ``friend_id``; the other way round is another row."""

    __tablename__ = "contacts_friends"
    __table_args__ = (
        sa.CheckConstraint("user_id <> friend_id", name="no_self"),
        # For the cascade: deleting a user looks for those who added them.
        sa.Index(None, "friend_id"),
    )

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True
    )
    friend_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True
    )
