"""Repair requests, what became of them, and who is told."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from hhu_base.database import Base
from hhu_base.database.keys import pinyin_key, search_key
from hhu_base.models import User

# Relationships name their classes by lambdas: by name alone, SQLAlchemy would look for them in
# all plugins, and others have a Category too.

OPEN = 0
TAKEN_UP = 1
SOLVED = 2
WITHDRAWN = 3  # by the reporter; no client ever sees this status, to them it is gone
STATUS_NAMES = {OPEN: "未受理", TAKEN_UP: "处理中", SOLVED: "已解决", WITHDRAWN: "已撤回"}

# What an entry of the history says. Only the office sees an office note.
STATUS, NOTE, OFFICE_NOTE, ASSIGNED, CONFIRMED = (
    *("status", "note", "office_note", "assigned", "confirmed"),
)
_KINDS = (STATUS, NOTE, OFFICE_NOTE, ASSIGNED, CONFIRMED)
MOST_HOURS = 365 * 24

# Whose account was deleted in the system before this one; here nobody's is.
NOBODY = "已注销的用户"


class RepairCategory(Base):
    """故障分类; its hours are by the clock, from the report on, and None is no limit."""

    __tablename__ = "repairs_categories"
    __table_args__ = (
        sa.CheckConstraint(f"take_up_hours BETWEEN 1 AND {MOST_HOURS}", name="take_up_hours"),
        sa.CheckConstraint(f"solve_hours BETWEEN 1 AND {MOST_HOURS}", name="solve_hours"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    take_up_hours: Mapped[int | None] = mapped_column(sa.Integer())
    solve_hours: Mapped[int | None] = mapped_column(sa.Integer())
    search_key: Mapped[str] = search_key("name")
    name_key: Mapped[str] = pinyin_key("name")

    recipients: Mapped[list[NotificationRecipient]] = relationship(
        lambda: NotificationRecipient,
        back_populates="category",
        order_by=lambda: NotificationRecipient.id,
        passive_deletes=True,
    )


class RepairRequest(Base):
    """报修请求. ``status_changed_at`` and ``status_changed_by`` repeat its last change of status.

    ``opened_at``: since when it is to be solved, the report or its last reopening. ``assignee``: who
    looks after it. ``confirmed_at`` is there once its reporter has confirmed that it is solved, or is
    taken to have, and ``rating`` (1 to 5) if they said how content they are, until its status changes
    again. ``due_at``: when it has to be taken up, or solved, by the hours of its category.
    """

    __tablename__ = "repairs_requests"
    __table_args__ = (
        sa.CheckConstraint("status IN (0, 1, 2, 3)", name="status"),
        sa.CheckConstraint(
            "rating IS NULL OR (rating BETWEEN 1 AND 5 AND status = 2)", name="rating"
        ),
        sa.CheckConstraint("confirmed_at IS NULL OR status = 2", name="confirmed"),
        sa.Index(None, "user_id", "id"),
        sa.Index(None, "assignee_id", "status"),
        sa.Index(
            "ix_repairs_requests_unconfirmed",
            "status_changed_at",
            postgresql_where=sa.text("status = 2 AND confirmed_at IS NULL"),
        ),
        sa.Index(None, "category_id", "status"),
        sa.Index(None, "status", "created_at"),
        # The back office sorts by them, and offers the places that occur.
        sa.Index(None, "created_at"),
        sa.Index(None, "location"),
        sa.Index(None, "location_key"),
        # Who leaves the college takes their name from what they have done.
        sa.Index(None, "status_changed_by"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("core_users.id"))
    category_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("repairs_categories.id", ondelete="SET NULL")
    )
    location: Mapped[str] = mapped_column(sa.String(255))
    description: Mapped[str]
    status: Mapped[int] = mapped_column(sa.SmallInteger(), server_default=sa.text("0"))
    status_changed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    status_changed_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="SET NULL")
    )
    assignee_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="SET NULL")
    )
    confirmed_at: Mapped[datetime | None]
    rating: Mapped[int | None] = mapped_column(sa.SmallInteger())
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    opened_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    search_key: Mapped[str] = search_key("location", "description")
    location_key: Mapped[str] = pinyin_key("location")
    due_at: Mapped[datetime | None] = column_property(
        sa.select(
            opened_at
            + sa.func.make_interval(
                *(0, 0, 0, 0),
                sa.case(
                    (
                        status == OPEN,
                        sa.func.least(RepairCategory.take_up_hours, RepairCategory.solve_hours),
                    ),
                    (status == TAKEN_UP, RepairCategory.solve_hours),
                ),
                type_=sa.Interval(),
            )
        )
        .where(RepairCategory.id == category_id)
        .correlate_except(RepairCategory)
        .scalar_subquery()
    )

    user: Mapped[User | None] = relationship(lambda: User, foreign_keys=user_id)
    category: Mapped[RepairCategory | None] = relationship(lambda: RepairCategory)
    changer: Mapped[User | None] = relationship(lambda: User, foreign_keys=status_changed_by)
    assignee: Mapped[User | None] = relationship(lambda: User, foreign_keys=assignee_id)
    # For the office; what others see of it is in ``timeline``.
    history: Mapped[list[HistoryEntry]] = relationship(
        lambda: HistoryEntry, order_by=lambda: HistoryEntry.id, passive_deletes=True
    )
    photos: Mapped[list[RepairPhoto]] = relationship(
        lambda: RepairPhoto, order_by=lambda: RepairPhoto.id, passive_deletes=True
    )


class HistoryEntry(Base):
    """One entry of a request's history, whose ``status`` it had then: ``kind`` says what happened.

    The first entry is the request itself. An entry by nobody was made by the system. A ``remark``
    is for its reporter, too, but that of an office note.
    """

    __tablename__ = "repairs_history"
    __table_args__ = (
        sa.CheckConstraint("status IN (0, 1, 2, 3)", name="status"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        sa.CheckConstraint(f"kind IN {_KINDS}", name="kind"),
        sa.CheckConstraint("rating IS NULL OR kind = 'confirmed'", name="rating_kind"),
        sa.Index(None, "request_id"),
        sa.Index(None, "changed_by"),
        {"info": {"title": "处理记录"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    request_id: Mapped[int] = mapped_column(
        sa.ForeignKey("repairs_requests.id", ondelete="CASCADE")
    )
    kind: Mapped[str] = mapped_column(sa.String(16), server_default=STATUS)
    status: Mapped[int] = mapped_column(sa.SmallInteger())
    changed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    changed_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="SET NULL")
    )
    assignee_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="SET NULL")
    )
    remark: Mapped[str] = mapped_column(server_default="")
    rating: Mapped[int | None] = mapped_column(sa.SmallInteger())

    user: Mapped[User | None] = relationship(lambda: User, foreign_keys=changed_by)
    assignee: Mapped[User | None] = relationship(lambda: User, foreign_keys=assignee_id)


class RepairPhoto(Base):
    """A photo of what is broken: ``small`` and ``large`` are the digests of its two files."""

    __tablename__ = "repairs_photos"
    __table_args__ = (
        sa.UniqueConstraint("request_id", "large"),
        {"info": {"title": "报修照片"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    request_id: Mapped[int] = mapped_column(
        sa.ForeignKey("repairs_requests.id", ondelete="CASCADE")
    )
    small: Mapped[str] = mapped_column(sa.String(64))
    large: Mapped[str] = mapped_column(sa.String(64))
    width: Mapped[int] = mapped_column(sa.Integer())
    height: Mapped[int] = mapped_column(sa.Integer())
    uploaded_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class NotificationRecipient(Base):
    """报修通知人: who gets a mail about the requests of a category, or, without one, about all.

    They go with their category: without it they would get the mails of all the others.
    """

    __tablename__ = "repairs_recipients"
    __table_args__ = (
        sa.Index(
            "uq_repairs_recipients_category_id_address",
            "category_id",
            sa.text("lower(address)"),
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        {"info": {"title": "报修通知人"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    address: Mapped[str] = mapped_column(sa.String(254))
    category_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("repairs_categories.id", ondelete="CASCADE")
    )
    search_key: Mapped[str] = search_key("name", "address")
    name_key: Mapped[str] = pinyin_key("name")

    category: Mapped[RepairCategory | None] = relationship(
        lambda: RepairCategory, back_populates="recipients"
    )
