"""The one rule for a new staff number, wherever it comes from: form, import, takeover, command line."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.values.identifiers import problem_with_staff_number, skeleton


def problem_with_new(
    session: Session, username: str, *, except_id: int | None = None
) -> str | None:
    """Why a tidied staff number can't be given, as the end of a sentence; None: it can."""
    problem = problem_with_staff_number(username)
    if problem is not None:
        return problem
    others = sa.select(User.username).where(
        (User.username_skeleton == skeleton(username)) | (User.username == username)
    )
    if except_id is not None:
        others = others.where(User.id != except_id)
    similar = session.scalars(others.order_by(User.id).limit(1)).first()
    return taken_by(username, similar) if similar is not None else None


def taken_by(username: str, similar: str) -> str:
    """How a staff number and one that is there already are too much alike."""
    if username == similar:
        return "已经有人使用"
    if username.casefold() == similar.casefold():
        return f"与已有的“{similar}”只有大小写不同"
    return f"与已有的“{similar}”看起来相同"
