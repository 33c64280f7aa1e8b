"""Colleagues of the people of the demo college."""

from __future__ import annotations

import random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_plugins.contacts.models import Friend

_SEED = 1915
_MOST = 12


def load(session: Session, registry) -> None:
    """Make some of the people friends; nothing at all where somebody has a friend already."""
    if session.scalar(sa.select(Friend.user_id).limit(1)) is not None:
        return
    chance = random.Random(_SEED)  # noqa: S311 - invents friends, guards nothing
    people = session.scalars(
        sa.select(User.id).where(User.is_active, ~User.is_staff).order_by(User.username)
    ).all()
    rows = []
    for number, user_id in enumerate(people):
        others = [other for other in people if other != user_id]
        # t0001, whom people try first, has many; some have none.
        count = _MOST if number == 0 else chance.randrange(_MOST)
        for friend_id in chance.sample(others, min(count, len(others))):
            rows.append({"user_id": user_id, "friend_id": friend_id})
    if rows:
        session.execute(sa.insert(Friend), rows)
