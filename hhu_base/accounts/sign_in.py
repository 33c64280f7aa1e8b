"""Signing in with staff number and password.

In two transactions, with the slow hash between them, so that no connection is held meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.accounts import tokens
from hhu_base.accounts.password_hashes import Passwords
from hhu_base.models import User


@dataclass(frozen=True)
class Candidate:
    """Who may be signing in; somebody who does not exist, or can't sign in, has no id."""

    user_id: int | None
    password: str = field(repr=False)


def find_candidate(session: Session, username: str) -> Candidate:
    """Who has this staff number."""
    found = session.execute(
        sa.select(User.id, User.password, User.is_active).where(User.username == username)
    ).first()
    if found is None:
        return Candidate(None, "")
    return Candidate(found.id if found.is_active else None, found.password)


def is_right(candidate: Candidate, passwords: Passwords, password: str) -> bool:
    """Whether the password is the candidate's. Slow, for unknown users too."""
    return passwords.verify(candidate.password, password) and candidate.user_id is not None


def renewed_hash(candidate: Candidate, passwords: Passwords, password: str) -> str | None:
    """A new hash of a right password, if the stored one is of an old kind. Slow."""
    return passwords.hash(password) if passwords.is_outdated(candidate.password) else None


def finish(
    session: Session, candidate: Candidate, lifetime: timedelta, new_hash: str | None
) -> str | None:
    """A token for a candidate whose password was right; None if it changed while we hashed.

    The row is locked: who changes the password or switches the user off comes before us, and we
    see it, or after us, and ends this token with the others.
    """
    user_id = session.scalar(
        sa.select(User.id)
        .where(User.id == candidate.user_id, User.password == candidate.password, User.is_active)
        .with_for_update(read=new_hash is None)
    )
    if user_id is None:
        return None
    if new_hash is not None:
        session.execute(
            sa.update(User)
            .where(User.id == user_id)
            .values(password=new_hash)
            .execution_options(synchronize_session=False)
        )
    return tokens.issue(session, user_id, lifetime)
