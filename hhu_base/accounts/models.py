"""What is known about sign-ins that came by the university's sign-on, and codes that stand for a password."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hhu_base.database import Base


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
