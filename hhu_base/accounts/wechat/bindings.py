"""Whose WeChat is whose: binding an openid to a user, signing in with it, unbinding it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.accounts import tokens
from hhu_base.database import lock
from hhu_base.models import User

LOCK = "core.wechat"


def find_bound(session: Session, openid: str) -> int | None:
    """The id of the active user with this openid; who can't be switched off before the commit."""
    return session.scalar(
        sa.select(User.id)
        .where(User.wechat_openid == openid, User.is_active)
        .with_for_update(read=True)
    )


def bind(session: Session, user_id: int, openid: str) -> None:
    """Give a user this openid, and take it from the user who had it."""
    # One at a time: the unique constraint's error would tell the openid to the log.
    lock(session, LOCK)
    _set_openid(session, (User.wechat_openid == openid) & (User.id != user_id), None)
    _set_openid(session, User.id == user_id, openid)


def sign_out(session: Session, user_id: int) -> None:
    """Unbind a user's WeChat and sign all of their devices out."""
    unbind(session, user_id)
    tokens.revoke(session, user_id)


def unbind(session: Session, user_id: int) -> None:
    """The WeChat of this user signs nobody in any more."""
    _set_openid(session, User.id == user_id, None)


def _set_openid(session: Session, who: sa.ColumnElement[bool], openid: str | None) -> None:
    session.execute(
        sa.update(User)
        .where(who)
        .values(wechat_openid=openid)
        .execution_options(synchronize_session=False)
    )
