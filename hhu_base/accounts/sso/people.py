"""Who it is that a provider has seen: found by the staff number, or made where the site wants that."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.accounts import staff_numbers, users
from hhu_base.accounts.import_export.columns import BY_FIELD, normalize, problem_with
from hhu_base.accounts.sso.errors import NO_NUMBER, SWITCHED_OFF, UNKNOWN, UNUSABLE, SignOnRefusal
from hhu_base.accounts.sso.provider import Person
from hhu_base.database import lock
from hhu_base.models import Department, User
from hhu_base.values.identifiers import skeleton, tidy_staff_number
from hhu_base.values.surnames import split_name

_SHOWN = 40


def find(session: Session, person: Person) -> User | None:
    """The user with this staff number, who can't be switched off before the commit.

    Also where only the case differs: some providers say what was typed. Raises SignOnRefusal.
    """
    number = _number(person)
    alike = sa.or_(User.username == number, User.username_skeleton == skeleton(number))
    found: Sequence[User] = session.scalars(
        sa.select(User)
        .where(alike)
        .order_by(User.username != number)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).all()
    user = next((each for each in found if each.username.casefold() == number.casefold()), None)
    if user is not None and not user.is_active:
        raise SignOnRefusal(SWITCHED_OFF)
    return user


def find_or_make(session: Session, person: Person, may_make: bool) -> tuple[User, bool]:
    """The user, and whether they are new. Raises SignOnRefusal for who is not to come in."""
    if user := find(session, person):
        return user, False
    if not may_make:
        raise SignOnRefusal(UNKNOWN.format(_number(person)[:_SHOWN]))
    # Two sign-ins of one person at once make one person.
    lock(session, users.LOCK)
    if user := find(session, person):
        return user, False
    return _make(session, person), True


def _make(session: Session, person: Person) -> User:
    number = _number(person)
    if problem := staff_numbers.problem_with_new(session, number):
        raise SignOnRefusal(UNUSABLE.format(problem))
    last_name, first_name = split_name(_tidied("last_name", person.name))
    user = User(
        username=number,
        last_name=_tidied("last_name", last_name),
        first_name=_tidied("first_name", first_name),
        email=_tidied("email", person.email) or None,
        department=_department(session, person.department),
    )
    session.add(user)
    session.flush()
    return user


def _number(person: Person) -> str:
    number = tidy_staff_number(person.staff_number)
    if not number:
        raise SignOnRefusal(NO_NUMBER)
    if problem := problem_with(BY_FIELD["username"], number):
        raise SignOnRefusal(UNUSABLE.format(problem))
    return number


def _tidied(field: str, text: str) -> str:
    """As an import takes it; what it would refuse is left out, since nobody here could correct it."""
    column = BY_FIELD[field]
    text = normalize(column, text)
    return "" if not text or problem_with(column, text) else text


def _department(session: Session, name: str) -> Department | None:
    """The one of this name; one that nobody has set up is left out, as a provider's list is not ours."""
    name = _tidied("department", name)
    return session.scalar(sa.select(Department).where(Department.name == name)) if name else None
