"""The rules of bringing people in from a table, keyed by staff number.

First a plan, which writes nothing and tells everything; then all of it or nothing. A column that
is not there and a cell that is empty leave what is stored as it is. An initial password is for
people who are new: nobody who has chosen his own loses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from hhu_base.accounts import password_rules
from hhu_base.database import lock
from hhu_base.models import Department, User
from hhu_base.people.columns import (
    BY_FIELD,
    BY_TITLE,
    COLUMNS,
    DEPARTMENT,
    KEY,
    PASSWORD,
    problem_with,
    stored_text,
    tidy,
)
from hhu_base.people.plans import Added, Bad, Changed, Plan
from hhu_base.people.rows import People, Row
from hhu_base.values.text import fold

LOCK = "core.people"


class Refused(Exception):
    """A plan with bad rows, or without all hashes, is not carried out."""


def plan_import(session: Session, people: People) -> Plan:
    """What importing these people would do. Writes nothing."""
    stored = _stored(session)
    keys = _Keys(stored)
    # Names that read alike are one department: the one that is there, or the first of the file.
    known = {fold(name): name for name in _departments(session)}
    plan = Plan()
    for row in people.rows:
        username = row.values.get("username", "")
        user = stored.get(username)
        password = row.values.get("password")
        changes = _differences(row, user, known)
        reasons = [*row.problems, *keys.problems_with(row, username), *_problems_with(changes)]
        if password and username and user is None:
            reasons += _problems_with_password(password, row)
        if reasons:
            plan.bad.append(Bad(row.number, username, list(dict.fromkeys(reasons))))
        elif user is None:
            values = {name: new for name, (_, new) in changes.items()}
            plan.added.append(Added(row.number, username, values, password))
        elif changes:
            plan.changed.append(Changed(row.number, username, changes))
        else:
            plan.left.append(username)
        if user is not None and password:
            plan.unused_passwords.append(username)
    plan.new_departments = _new_departments(session, plan)
    return plan


def apply(session: Session, plan: Plan, hashes: Mapping[str, str]) -> None:
    """Carry out a plan made in this transaction; ``hashes``: password hashes by staff number."""
    if plan.bad:
        raise Refused
    session.add_all(Department(name=name) for name in plan.new_departments)
    session.flush()
    departments = _departments(session)
    if not plan.passwords.keys() <= hashes.keys():
        raise Refused  # somebody was deleted meanwhile, and is new now
    for new in plan.added:
        user = User(username=new.username, password=hashes.get(new.username, ""))
        _set(user, new.values, departments)
        session.add(user)
    stored = _stored(session)
    for change in plan.changed:
        _set(stored[change.username], change.values, departments)
    session.flush()


def import_people(session: Session, people: People, hashes: Mapping[str, str]) -> Plan:
    """Plan and apply in one transaction, one import at a time.

    Hashing takes so long that it is done before, outside of any transaction. Who has come in
    meanwhile is no longer new, and keeps the password that he has.
    """
    lock(session, LOCK)
    plan = plan_import(session, people)
    apply(session, plan, hashes)
    return plan


def _stored(session: Session) -> dict[str, User]:
    """Everybody by staff number, tidied as those of the table are."""
    everybody = session.scalars(sa.select(User).options(joinedload(User.department)))
    return {tidy(BY_TITLE[KEY], user.username): user for user in everybody}


def _departments(session: Session) -> dict[str, Department]:
    return {department.name: department for department in session.scalars(sa.select(Department))}


class _Keys:
    """The staff numbers met so far, to find those that are missing, repeated or misspelt."""

    def __init__(self, stored: Iterable[str]) -> None:
        self._names = set(stored)
        self._stored = {name.casefold(): name for name in self._names}
        self._first_rows: dict[str, int] = {}

    def problems_with(self, row: Row, username: str) -> Iterable[str]:
        if username == KEY:
            return ["重复的标题行"]
        if not username:
            return [] if any(text.startswith(KEY) for text in row.problems) else [f"没有{KEY}"]
        folded = username.casefold()
        first = self._first_rows.setdefault(folded, row.number)
        if first != row.number:
            return [f"{KEY}与第 {first} 行重复"]
        if username in self._names:
            return []
        if similar := self._stored.get(folded):
            return [f"{KEY}与已有的“{similar}”只有大小写不同"]
        problem = problem_with(BY_TITLE[KEY], username)
        return [KEY + problem] if problem else []


def _differences(
    row: Row, user: User | None, departments: dict[str, str]
) -> dict[str, tuple[str, str]]:
    """Field → (old, new) for each filled cell that says something else than what is stored."""
    found = {}
    for column in COLUMNS:
        new = row.values.get(column.field)
        if new is None or column.title in (KEY, PASSWORD):
            continue
        if column.title == DEPARTMENT:
            new = departments.setdefault(fold(new), new)
        old = stored_text(user, column) if user else ""
        # An old value may carry blanks and the like that no table brings back.
        if new not in (old, tidy(column, old)):
            found[column.field] = (old, new)
    return found


def _problems_with(changes: Mapping[str, tuple[str, str]]) -> Iterable[str]:
    """Only what changes is judged: what has been stored for years must not stop an import."""
    for name, (_, new) in changes.items():
        column = BY_FIELD[name]
        if problem := problem_with(column, new):
            yield column.title + problem


def _problems_with_password(password: str, row: Row) -> Iterable[str]:
    own = [row.values.get(name, "") for name in ("username", "last_name", "first_name", "email")]
    for sentence in password_rules.problems(password, password_rules.words_about(*own)):
        yield f"{PASSWORD}：{sentence.removesuffix('。')}"


def _new_departments(session: Session, plan: Plan) -> list[str]:
    wanted = [new.values for new in plan.added] + [change.values for change in plan.changed]
    names = {values["department"] for values in wanted if "department" in values}
    return sorted(names - _departments(session).keys())


def _set(user: User, values: Mapping[str, str], departments: Mapping[str, Department]) -> None:
    for name, value in values.items():
        if name == "department":
            user.department = departments[value]
        else:
            setattr(user, name, value)
