"""Adding people to one's own colleagues, and taking them off again."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.values.refusal import Refusal
from hhu_plugins.contacts.models import Friend

ONESELF = "不能添加自己为好友。"
ALREADY_THERE = "已存在该好友关系。"


def add(session: Session, user_id: int, friend_id: int) -> bool:
    """Make ``friend_id`` a friend of ``user_id``; False if there is no such active user.

    Raises Refusal for oneself, and for who is one already.
    """
    if user_id == friend_id:
        raise Refusal(ONESELF)
    # Locked, so that neither of them can be deleted between this and the insert.
    found = session.scalars(
        sa.select(User.id)
        .where(User.id.in_((user_id, friend_id)), User.is_active)
        .with_for_update(read=True, key_share=True)
    ).all()
    if len(found) < 2:
        return False
    # Of two requests at the same time one inserts, and the other finds it done.
    inserted = session.scalar(
        insert(Friend)
        .values(user_id=user_id, friend_id=friend_id)
        .on_conflict_do_nothing()
        .returning(Friend.friend_id)
    )
    if inserted is None:
        raise Refusal(ALREADY_THERE)
    return True


def remove(session: Session, user_id: int, friend_id: int) -> bool:
    """End this friendship, also with somebody who has been switched off; False if there is none."""
    ended = session.scalar(
        sa.delete(Friend)
        .where(Friend.user_id == user_id, Friend.friend_id == friend_id)
        .returning(Friend.friend_id)
    )
    return ended is not None
