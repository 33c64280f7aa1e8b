"""What may be done to a user: their own profile and password, switching off, administrators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from hhu_base.accounts import password_rules, staff_numbers, tokens
from hhu_base.accounts.password_hashes import hash_password
from hhu_base.database import lock
from hhu_base.models import Department, User
from hhu_base.rest import no_such_object
from hhu_base.values.identifiers import tidy_staff_number
from hhu_base.values.refusal import TOGETHER, Refusal

# What changes who is in the college, or what they may do, takes it before any row.
LOCK = "core.people"
ONE_IS_NEEDED = "至少要保留一位启用的超级管理员，请先指定另一位。"


def get(session: Session, user_id: int) -> User:
    """The user with the department, as the database has them now."""
    return session.get_one(
        User, user_id, options=[joinedload(User.department)], populate_existing=True
    )


def problems(
    session: Session, user_id: int, changes: Mapping[str, Any], password: str | None
) -> dict[str, list[str]]:
    """What is wrong with these changes, by field; ``changes`` are columns of the user."""
    found = {}
    department_id = changes.get("department_id")
    if department_id is not None and session.get(Department, department_id) is None:
        found["department"] = [no_such_object(department_id)]
    if password is not None:
        sentences = password_rules.problems(password, _known_of(get(session, user_id), changes))
        if sentences:
            found["password"] = sentences
    return found


def change(session: Session, user_id: int, changes: Mapping[str, Any]) -> None:
    """Store these columns of the user; the others stay as they are."""
    # Of the object, since the key by which people are sorted goes with their names.
    # Locked and read again: what somebody else writes meanwhile is waited for, and not taken for it.
    user = session.get_one(
        User, user_id, with_for_update={"key_share": True}, populate_existing=True
    )
    for name, value in changes.items():
        setattr(user, name, value)
    session.flush()


def change_password(
    session: Session, user_id: int, hashed: str, *, keep_token: bytes | None = None
) -> None:
    """Store the hash of a new password and sign all devices out but the one with this token."""
    # The row first: a sign-in that holds it is waited for, and its token ends with the others.
    change(session, user_id, {"password": hashed, "must_change_password": False})
    tokens.revoke(session, user_id, except_digest=keep_token)


def _known_of(user: User, changes: Mapping[str, Any]) -> list[str]:
    """What others know of the user: before the changes and after them."""
    before = (user.username, user.last_name, user.first_name, user.email)
    after = (
        user.username,
        changes.get("last_name", user.last_name),
        changes.get("first_name", user.first_name),
        changes.get("email", user.email),
    )
    return [*password_rules.words_about(*before), *password_rules.words_about(*after)]


def deactivate(session: Session, user_id: int) -> None:
    """Switch a user off. The WeChat stays bound, for the day when the user is switched on again."""
    # The row first: a sign-in that holds it is waited for, and its token ends with the others.
    session.execute(sa.update(User).where(User.id == user_id).values(is_active=False))
    tokens.revoke(session, user_id)


def count_superusers(session: Session) -> int:
    """How many can come in and may do everything."""
    can_come_in = User.is_active & User.is_staff & User.is_superuser
    return session.scalar(sa.select(sa.func.count()).select_from(User).where(can_come_in)) or 0


@contextmanager
def keeping_a_superuser(session: Session) -> Iterator[None]:
    """Under the lock: what is done inside leaves a superuser, if there was one. Raises Refusal."""
    before = count_superusers(session)
    yield
    session.flush()
    if before and not count_superusers(session):
        raise Refusal(ONE_IS_NEEDED, TOGETHER)


def make_administrator(session: Session, username: str, name: str, password: str) -> User:
    """Make this user an active administrator with this password; a new one if there is none.

    Raises ValueError with a sentence for a new staff number that can't be given.
    """
    lock(session, LOCK)
    user = session.scalar(sa.select(User).where(User.username == username))
    if user is None:
        username = tidy_staff_number(username)
        if problem := staff_numbers.problem_with_new(session, username):
            raise ValueError(f"工号{problem}。")
        user = User(username=username, first_name=name)
        session.add(user)
    user.password = hash_password(password)
    user.is_staff = user.is_superuser = user.is_active = True
    session.flush()
    tokens.revoke(session, user.id)  # as with every new password
    return user
