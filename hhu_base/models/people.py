"""The people of the college, and what they may do in the office."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship, validates

from hhu_base.database import Base
from hhu_base.database.keys import pinyin_key, search_key
from hhu_base.values import pinyin
from hhu_base.values.identifiers import skeleton

if TYPE_CHECKING:
    from hhu_base.models.sign_in import EmailConfirmation


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
