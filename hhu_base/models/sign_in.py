"""What people sign in with, and where they have."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hhu_base.database import Base
from hhu_base.models.people import User


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


class SignInCode(Base):
    """A code that stands for the password once, in the mini-program; a newer one takes its place."""

    __tablename__ = "core_sign_in_codes"
    __table_args__ = {"info": {"title": "登录码"}}

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("core_users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    expires_at: Mapped[datetime]


class ProviderSession(Base):
    """A sign-in that came by the university's sign-on, which may end it; ``accounts.sso.sessions``.

    The keys are digests: of the CAS ticket or the provider's session, and of who signed in there.
    """

    __tablename__ = "core_provider_sessions"
    __table_args__ = (
        sa.Index(None, "session_key"),
        sa.Index(None, "subject_key"),
        {"info": {"title": "统一身份认证的登录"}},
    )

    token_digest: Mapped[bytes] = mapped_column(
        sa.ForeignKey("core_tokens.digest", ondelete="CASCADE"), primary_key=True
    )
    session_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    subject_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))


class LogoutToken(Base):
    """An order of a provider to end sessions, which is followed once; ``key`` is a digest of its id."""

    __tablename__ = "core_logout_tokens"

    key: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime]
