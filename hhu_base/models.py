"""The people of the college and what they sign in with."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hhu_base.database import Base


class Department(Base):
    """系所."""

    __tablename__ = "core_departments"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)


class User(Base):
    """A member of the college with the contact data that colleagues see.

    ``username`` is the staff number (工号). ``password`` is a hash, or empty for somebody who
    can't sign in with a password.
    """

    __tablename__ = "core_users"
    __table_args__ = (sa.Index(None, "department_id"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(150), unique=True)
    password: Mapped[str] = mapped_column(sa.String(255), server_default="")
    # Loaded by nobody who does not ask for it, so that it gets into no answer and no export.
    wechat_openid: Mapped[str | None] = mapped_column(sa.String(128), unique=True, deferred=True)
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

    post: Mapped[str] = mapped_column(sa.String(255), server_default="")
    qq: Mapped[str] = mapped_column(sa.String(32), server_default="")
    wechat: Mapped[str] = mapped_column(sa.String(255), server_default="")
    tel: Mapped[str] = mapped_column(sa.String(32), server_default="")
    phone: Mapped[str] = mapped_column(sa.String(32), server_default="")
    description: Mapped[str] = mapped_column(server_default="")

    department: Mapped[Department | None] = relationship()

    @property
    def fullname(self) -> str:
        """Last name + first name, no space, as Chinese names are written."""
        return self.last_name + self.first_name


class Token(Base):
    """One signed-in device. Only a digest is stored: who reads the table can't sign in with it."""

    __tablename__ = "core_tokens"
    __table_args__ = (sa.Index(None, "user_id"), sa.Index(None, "expires_at"))

    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    expires_at: Mapped[datetime]


class SignInTry(Base):
    """How much of an allowance of sign-ins is used up; see ``hhu_base.accounts.throttle``.

    ``free_at`` is when all of it has been given back; afterwards the row means nothing.
    """

    __tablename__ = "core_sign_in_tries"

    key: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    free_at: Mapped[datetime]
