"""What a user may change about himself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session, joinedload

from hhu_base.accounts import password_rules, tokens
from hhu_base.models import Department, User
from hhu_base.rest import no_such_object


def get(session: Session, user_id: int) -> User:
    """The user with his department, as the database has them now."""
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
    change(session, user_id, {"password": hashed})
    tokens.end(session, user_id, except_digest=keep_token)


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
