"""The devices that somebody is signed in with, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import Token

WECHAT = "微信小程序"
UNKNOWN = "未知设备"
# What a browser says of itself → what people call it; the first that is found, since each names others.
_PROGRAMS = (
    ("miniProgram", WECHAT),
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "安卓"),
    ("HarmonyOS", "鸿蒙"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def describe(user_agent: str | None) -> str:
    """``iPhone · 微信``, of the header that browsers send; empty where it says nothing."""
    said = user_agent or ""
    names = (
        next((name for mark, name in known if mark in said), "") for known in (_SYSTEMS, _PROGRAMS)
    )
    return " · ".join(name for name in names if name)


def devices_of(session: Session, user_id: int) -> Sequence[Token]:
    """Those that are signed in, the one that was used last first."""
    return session.scalars(
        sa.select(Token)
        .where(Token.user_id == user_id, Token.expires_at > sa.func.now())
        .order_by(Token.expires_at.desc(), Token.digest)
    ).all()


def end(session: Session, user_id: int, digest: bytes) -> bool:
    """Sign one of the user's devices out; False: it is none of theirs, or out already."""
    ended = sa.delete(Token).where(Token.user_id == user_id, Token.digest == digest)
    return session.scalar(ended.returning(Token.digest)) is not None
