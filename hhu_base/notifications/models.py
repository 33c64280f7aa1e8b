"""What people were told, what they want to be told by mail, and which reminders are done."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hhu_base.database import Base


class Notice(Base):
    """One thing that one person was told; ``read_at`` is when they saw it.

    ``cause`` is the path of the page about it, or empty; ``links`` are titles and paths. Later ones
    with the same ``collapse`` within a minute take the place of this one. ``mail_id``: the mail
    that tells the same, if there is one.
    """

    __tablename__ = "core_notices"
    __table_args__ = (
        sa.Index(None, "user_id", "id"),
        sa.Index("ix_core_notices_unread", "user_id", postgresql_where=sa.text("read_at IS NULL")),
        sa.Index(None, "created_at"),
        sa.Index(None, "mail_id"),
        {"info": {"title": "通知"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.String(64))
    subject: Mapped[str]
    body: Mapped[str]
    cause: Mapped[str] = mapped_column(server_default="")
    links: Mapped[list[dict[str, str]]] = mapped_column(JSONB(), server_default="[]")
    collapse: Mapped[str] = mapped_column(sa.String(100), server_default="")
    mail_id: Mapped[int | None] = mapped_column(sa.ForeignKey("core_mails.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    read_at: Mapped[datetime | None]


class NoticeChoice(Base):
    """Whether somebody wants mails of a kind; no row: yes."""

    __tablename__ = "core_notice_choices"
    __table_args__ = {"info": {"title": "通知选择"}}

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    by_mail: Mapped[bool]


class DoneReminder(Base):
    """That somebody was reminded of a thing, such as the reservation 17, at its time: once."""

    __tablename__ = "core_done_reminders"
    __table_args__ = (sa.Index(None, "at"), {"info": {"title": "已发的提醒"}})

    kind: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    thing_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
