"""What is kept of what was done: by people, by imports, by requests that may be sent again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hhu_base.database import Base
from hhu_base.database.keys import search_key


class AuditEntry(Base):
    """One thing that somebody did to a row. Postgres refuses to change or delete it.

    There are no foreign keys: an entry outlives the person and the row that it tells of.
    """

    __tablename__ = "core_audit"
    __table_args__ = (
        sa.Index(None, "table_name", "row_id", "id"),
        sa.Index(None, "actor_id", "id"),
        sa.Index(None, "action", "id"),
        sa.Index(None, "at"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(sa.String(500))
    action: Mapped[str] = mapped_column(sa.String(64))
    table_name: Mapped[str] = mapped_column(sa.String(64))
    row_id: Mapped[int | None]
    row_label: Mapped[str] = mapped_column(server_default="")
    # By the fields' titles: what changed, and nothing that is secret.
    before: Mapped[dict] = mapped_column(JSONB(), server_default="{}")
    after: Mapped[dict] = mapped_column(JSONB(), server_default="{}")
    search_key: Mapped[str] = search_key("actor", "action", "row_label")


class PeopleImport(Base):
    """A table of people that somebody has uploaded: looked at first, then brought in.

    ``people`` is the table, with hashes instead of the initial passwords; it is emptied when it is
    done, and an hour after nobody has wanted it. ``agreed`` tells what was shown when somebody
    agreed to it; ``beat_at`` since when a worker is at it.
    """

    __tablename__ = "core_people_imports"
    __table_args__ = (
        sa.CheckConstraint("state IN ('shown', 'agreed', 'done')", "state"),
        sa.Index(None, "user_id"),
        {"info": {"title": "导入记录"}},
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    file_name: Mapped[str]
    people: Mapped[dict | None] = mapped_column(JSONB(none_as_null=True), deferred=True)
    state: Mapped[str] = mapped_column(sa.String(16), server_default="shown")
    agreed: Mapped[str | None] = mapped_column(sa.String(64))
    beat_at: Mapped[datetime | None]
    added: Mapped[int] = mapped_column(sa.Integer(), server_default="0")
    changed: Mapped[int] = mapped_column(sa.Integer(), server_default="0")
    problem: Mapped[str] = mapped_column(server_default="")


class TakenRecord(Base):
    """A record of the replaced system that ``hhu import-django`` has brought.

    ``row_id`` is its row here, in the table of its model; null for one that only links two others.
    ``digests``: field → digest of the value that was brought.
    """

    __tablename__ = "core_taken_records"
    __table_args__ = {"info": {"title": "接管记录"}}

    model: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    pk: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    row_id: Mapped[int | None]
    digests: Mapped[dict[str, str]] = mapped_column(JSONB(), server_default="{}")


class IdempotencyKey(Base):
    """What was answered to a request that its client may send again; ``hhu_base.rest.idempotency``.

    ``key`` and ``wanted`` are digests. Without a ``status`` it has not been answered yet;
    ``request_id`` is the web request that was the first to bring the key.
    """

    __tablename__ = "core_idempotency_keys"
    __table_args__ = (sa.Index(None, "created_at"), {"info": {"title": "已回答的请求"}})

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    wanted: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    request_id: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    status: Mapped[int | None] = mapped_column(sa.SmallInteger())
    headers: Mapped[dict | None] = mapped_column(JSONB(none_as_null=True))
    body: Mapped[bytes | None] = mapped_column(sa.LargeBinary())
