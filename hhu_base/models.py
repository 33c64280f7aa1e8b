"""The people of the college and what they sign in with."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship, validates

from hhu_base.database import Base
from hhu_base.database.keys import pinyin_key, search_key
from hhu_base.values import pinyin
from hhu_base.values.identifiers import skeleton


class Department(Base):
    """系所."""

    __tablename__ = "core_departments"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    search_key: Mapped[str] = search_key("name")
    name_key: Mapped[str] = pinyin_key("name")
    if TYPE_CHECKING:
        members_count: Mapped[int]  # below


def _skeleton(context) -> str:
    return skeleton(context.get_current_parameters()["username"])


class User(Base):
    """A member of the college with the contact data that colleagues see.

    ``username`` is the staff number (工号). ``password`` is a hash, or empty for somebody who
    can't sign in with a password.
    """

    __tablename__ = "core_users"
    __table_args__ = (
        sa.Index(None, "department_id"),
        # Long lists in the back office are sorted by the person.
        sa.Index(None, "name_key", "id"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(150), unique=True)
    # What all that look like it have in common; null only for who had a twin already.
    username_skeleton: Mapped[str | None] = mapped_column(
        unique=True, deferred=True, default=_skeleton
    )
    password: Mapped[str] = mapped_column(sa.String(255), server_default="")
    # Loaded by nobody who does not ask for it, so that it gets into no answer and no export.
    wechat_openid: Mapped[str | None] = mapped_column(sa.String(128), unique=True, deferred=True)
    # One half of the addresses of the calendar feeds; the other is the server's secret.
    calendar_number: Mapped[UUID] = mapped_column(
        server_default=sa.func.gen_random_uuid(), deferred=True
    )
    first_name: Mapped[str] = mapped_column(sa.String(30), server_default="")
    last_name: Mapped[str] = mapped_column(sa.String(150), server_default="")
    email: Mapped[str | None] = mapped_column(sa.String(254))
    is_staff: Mapped[bool] = mapped_column(server_default=sa.false())
    is_superuser: Mapped[bool] = mapped_column(server_default=sa.false())
    is_active: Mapped[bool] = mapped_column(server_default=sa.true())
    date_joined: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    department_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("core_departments.id", ondelete="SET NULL")
    )

    # The password is one that others know: the pages ask for another before anything else.
    must_change_password: Mapped[bool] = mapped_column(server_default=sa.false(), deferred=True)

    post: Mapped[str] = mapped_column(sa.String(255), server_default="")
    qq: Mapped[str] = mapped_column(sa.String(32), server_default="")
    wechat: Mapped[str] = mapped_column(sa.String(255), server_default="")
    tel: Mapped[str] = mapped_column(sa.String(32), server_default="")
    phone: Mapped[str] = mapped_column(sa.String(32), server_default="")
    description: Mapped[str] = mapped_column(server_default="")

    search_key: Mapped[str] = search_key(
        "username", ("last_name", "first_name"), "post", "qq", "tel", "phone", "email"
    )
    name_key: Mapped[str] = pinyin_key("last_name", "first_name", read=pinyin.list_key)

    department: Mapped[Department | None] = relationship()
    email_confirmation: Mapped[EmailConfirmation | None] = relationship(
        viewonly=True, uselist=False
    )

    @validates("username")
    def _keep_skeleton(self, name: str, username: str) -> str:
        self.username_skeleton = skeleton(username)
        return username

    @hybrid_property
    def fullname(self) -> str:
        """Last name + first name, no space, as Chinese names are written."""
        return self.last_name + self.first_name


# Who of them works here now; only loaded where it is asked for.
Department.members_count = column_property(
    sa.select(sa.func.count())
    .where(User.department_id == Department.id, User.is_active)
    .correlate_except(User)
    .scalar_subquery(),
    deferred=True,
)


class Token(Base):
    """One signed-in device. Only a digest is stored: who reads the table can't sign in with it.

    ``device`` is what its owner knows it by, such as ``Windows · Chrome``.
    """

    __tablename__ = "core_tokens"
    __table_args__ = (
        sa.Index(None, "user_id"),
        sa.Index(None, "expires_at"),
        {"info": {"title": "登录凭证"}},
    )

    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    expires_at: Mapped[datetime]
    device: Mapped[str] = mapped_column(sa.String(100), server_default="")


class PasswordLink(Base):
    """A link by which somebody who has forgotten the password gets another; used once.

    A newer one takes its place. Only a digest of its secret is stored.
    """

    __tablename__ = "core_password_links"
    __table_args__ = {"info": {"title": "重设密码的链接"}}

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class EmailConfirmation(Base):
    """An address that a user has given themselves, until the link that was sent there is used.

    As long as it is still the user's, nothing but that link is sent to it. What the office gave
    has no such row, and is good. Only a digest of the link's secret is stored.
    """

    __tablename__ = "core_email_confirmations"
    __table_args__ = {"info": {"title": "待确认的邮箱"}}

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    address: Mapped[str] = mapped_column(sa.String(254))
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class SignInTry(Base):
    """How much of an allowance of sign-ins is used up; see ``hhu_base.accounts.throttle``.

    ``free_at`` is when all of it has been given back; afterwards the row means nothing.
    ``turn_at``: from when on a try that had to wait in line is heard.
    """

    __tablename__ = "core_sign_in_tries"

    key: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    free_at: Mapped[datetime]
    turn_at: Mapped[datetime | None]


class SignInPlace(Base):
    """Where somebody has signed in before; see ``hhu_base.accounts.known_places``."""

    __tablename__ = "core_sign_in_places"
    __table_args__ = (sa.Index(None, "used_at"), {"info": {"title": "登录过的设备"}})

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    used_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


group_users = sa.Table(
    "core_group_users",
    Base.metadata,
    sa.Column("group_id", sa.ForeignKey("core_groups.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True),
    sa.Index("ix_core_group_users_user_id", "user_id"),
    info={"title": "用户组成员"},
)


class Group(Base):
    """用户组: members of the staff who may do the same in the administrators' pages."""

    __tablename__ = "core_groups"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(150), unique=True)
    search_key: Mapped[str] = search_key("name")
    name_key: Mapped[str] = pinyin_key("name")

    users: Mapped[list[User]] = relationship(secondary=group_users, passive_deletes=True)
    grants: Mapped[list[GroupPermission]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )


class GroupPermission(Base):
    """What a group may do: ``rooms.view``, ``rooms.change``, …; *change* implies *view*."""

    __tablename__ = "core_group_permissions"
    __table_args__ = {"info": {"title": "用户组权限"}}

    group_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_groups.id", ondelete="CASCADE"), primary_key=True
    )
    permission: Mapped[str] = mapped_column(sa.String(100), primary_key=True)


class UserPermission(Base):
    """What one user may do besides what their groups may."""

    __tablename__ = "core_user_permissions"
    __table_args__ = {"info": {"title": "自己的权限"}}

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    permission: Mapped[str] = mapped_column(sa.String(100), primary_key=True)


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
