"""Guides, and the files that they are and were."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from hhu_base.database import Base
from hhu_base.database.keys import pinyin_key, search_key
from hhu_base.models import User

# Relationships name their classes by lambdas: by name alone, SQLAlchemy would look for them in
# all plugins, and others have a Category too.

TEXT_WAITING = "waiting"  # a task will read what is inside
TEXT_READ = "read"
TEXT_NONE = "none"  # there is nothing to search in it, a picture for instance
TEXT_FAILED = "failed"  # damaged, encrypted, too much of it, or nonsense


class GuideCategory(Base):
    """指南分类."""

    __tablename__ = "guides_categories"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    search_key: Mapped[str] = search_key("name")
    name_key: Mapped[str] = pinyin_key("name")


class Guide(Base):
    """指南文件. It keeps its id and its earlier versions when its file is replaced."""

    __tablename__ = "guides_guides"
    __table_args__ = (
        sa.Index(None, "category_id"),
        sa.CheckConstraint("downloads >= 0 AND mails >= 0", name="counts"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    # Not null: the mini-program reads the category's name of each guide.
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("guides_categories.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    downloads: Mapped[int] = mapped_column(server_default=sa.text("0"))
    mails: Mapped[int] = mapped_column(server_default=sa.text("0"))
    search_key: Mapped[str] = search_key("name")
    name_key: Mapped[str] = pinyin_key("name")
    if TYPE_CHECKING:
        file_name: Mapped[str]  # below

    category: Mapped[GuideCategory] = relationship(lambda: GuideCategory)
    versions: Mapped[list[GuideVersion]] = relationship(
        lambda: GuideVersion,
        back_populates="guide",
        order_by=lambda: GuideVersion.id.desc(),
        passive_deletes=True,
    )


class GuideVersion(Base):
    """A file of a guide: ``digest`` (SHA-256, hexadecimal) is its name in the store.

    ``text`` is what a search finds inside the file, ``text_status`` how far that is known.
    """

    __tablename__ = "guides_versions"
    __table_args__ = (
        sa.CheckConstraint("size > 0", name="size"),
        sa.CheckConstraint(
            "text_status IN ('waiting', 'read', 'none', 'failed')", name="text_status"
        ),
        sa.Index(None, "guide_id"),
        sa.Index(None, "digest"),
        # One of a guide's versions is the current one.
        sa.Index(
            "uq_guides_versions_current",
            "guide_id",
            unique=True,
            postgresql_where=sa.text("is_current"),
        ),
        sa.Index(
            "ix_guides_versions_waiting",
            "id",
            postgresql_where=sa.text("text_status = 'waiting'"),
        ),
        # All characters of a text and all pairs of them: what has not those of a word need not be read.
        sa.Index(
            "ix_guides_versions_grams",
            sa.text("guides_grams(search_key)"),
            postgresql_using="gin",
            postgresql_where=sa.text("is_current"),
        ),
        {"info": {"title": "文件版本"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    guide_id: Mapped[int] = mapped_column(sa.ForeignKey("guides_guides.id", ondelete="CASCADE"))
    is_current: Mapped[bool]
    digest: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    type: Mapped[str] = mapped_column(sa.String(127))
    name: Mapped[str] = mapped_column(sa.String(255))
    # Long, and read by searches only.
    text: Mapped[str] = mapped_column(server_default="", deferred=True)
    text_status: Mapped[str] = mapped_column(sa.String(16), server_default=TEXT_WAITING)
    search_key: Mapped[str] = search_key("text")
    uploaded_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    uploaded_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="SET NULL")
    )

    guide: Mapped[Guide] = relationship(lambda: Guide, back_populates="versions")
    uploader: Mapped[User | None] = relationship(lambda: User)


# Of the current version; only loaded where it is asked for.
Guide.file_name = column_property(
    sa.select(GuideVersion.name)
    .where(GuideVersion.guide_id == Guide.id, GuideVersion.is_current)
    .correlate_except(GuideVersion)
    .scalar_subquery(),
    deferred=True,
)


class GuideDay(Base):
    """How often a guide was downloaded and mailed on a day, by the clocks of the site."""

    __tablename__ = "guides_days"
    __table_args__ = (sa.Index(None, "day"), {"info": {"title": "指南的每日次数"}})

    guide_id: Mapped[int] = mapped_column(
        sa.ForeignKey("guides_guides.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    downloads: Mapped[int] = mapped_column(sa.Integer(), server_default=sa.text("0"))
    mails: Mapped[int] = mapped_column(sa.Integer(), server_default=sa.text("0"))
