"""The outbox: mails as rows, and the stored files that go with them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hhu_base.database import Base
from hhu_base.database.keys import search_key

QUEUED = "queued"  # to be sent, or being sent at this moment
HELD = "held"  # waits until its recipient has confirmed the address
SENT = "sent"  # the mail server has taken it over
STORED = "stored"  # written to a file, since there is no mail server
FAILED = "failed"  # given up, see last_error
STATUSES = (QUEUED, HELD, SENT, STORED, FAILED)
DONE = (SENT, STORED)


# The kind of those with a link that confirms an address, and where its secret stands in the body.
CONFIRMATION = "core.confirmation"
SECRET = "{secret}"  # noqa: S105


class Mail(Base):
    """A mail to one person. What goes to several is several mails.

    So each is tried, refused and retried by itself, and nobody reads the others' addresses.
    ``key`` is the stable half of the Message-ID. ``cause`` is the path of the administrators'
    page about what it was written for, or empty. ``is_server_away`` marks one that waits for
    nothing but the mail server: it goes, in its order, as soon as the server answers.

    ``user_id`` is the recipient, where that is a user: an address alone may be anybody's. ``kind``
    is what the mail is about; nobody gets too many of one. ``secret`` takes the place of
    ``SECRET`` in the body while it is sent, and is forgotten then.
    """

    __tablename__ = "core_mails"
    __table_args__ = (
        sa.CheckConstraint(
            "status IN ('queued', 'held', 'sent', 'stored', 'failed')", name="status"
        ),
        sa.CheckConstraint(
            "(status IN ('sent', 'stored')) = (sent_at IS NOT NULL)", name="sent_at"
        ),
        sa.CheckConstraint("attempts >= 0", name="attempts"),
        sa.Index("ix_core_mails_queued", "id", postgresql_where=sa.text("status = 'queued'")),
        sa.Index("ix_core_mails_failed", "id", postgresql_where=sa.text("status = 'failed'")),
        sa.Index("ix_core_mails_held", "id", postgresql_where=sa.text("status = 'held'")),
        # How many of a kind somebody got lately.
        sa.Index(None, "created_at"),
        sa.Index(None, "sent_at"),
        sa.Index(None, "user_id"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    key: Mapped[UUID] = mapped_column(sa.Uuid(), unique=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("core_users.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(sa.String(64), server_default="")
    to_name: Mapped[str] = mapped_column(server_default="")
    to_address: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    secret: Mapped[str] = mapped_column(sa.String(64), server_default="")
    cause: Mapped[str] = mapped_column(server_default="")
    status: Mapped[str] = mapped_column(sa.String(16), server_default=QUEUED)
    attempts: Mapped[int] = mapped_column(sa.Integer(), server_default=sa.text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    is_server_away: Mapped[bool] = mapped_column(server_default=sa.false())
    last_error: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    sent_at: Mapped[datetime | None]
    search_key: Mapped[str] = search_key("subject", "to_name", "to_address")

    attachments: Mapped[list[MailAttachment]] = relationship(
        lambda: MailAttachment,
        order_by=lambda: MailAttachment.id,
        passive_deletes=True,
        cascade="all, delete-orphan",
    )


class MailAttachment(Base):
    """A stored file that goes with a mail: ``reference`` is its name in the store ``store``.

    The file itself stays where it is; who keeps the store asks the outbox before deleting.
    """

    __tablename__ = "core_mail_attachments"
    __table_args__ = (sa.Index(None, "mail_id"), sa.Index(None, "store", "reference"))

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    mail_id: Mapped[int] = mapped_column(sa.ForeignKey("core_mails.id", ondelete="CASCADE"))
    store: Mapped[str] = mapped_column(sa.String(64))
    reference: Mapped[str] = mapped_column(sa.String(255))
    name: Mapped[str] = mapped_column(sa.String(255))
    type: Mapped[str] = mapped_column(sa.String(127))
    size: Mapped[int]
