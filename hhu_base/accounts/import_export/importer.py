"""The rules of bringing people in from a table, keyed by staff number.

First a plan, which writes nothing and tells everything; then all of it or nothing. A column that
is not there and a cell that is empty leave what is stored as it is. An initial password is for
people who are new: users who have chosen one keep it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from hhu_base.accounts import password_rules
from hhu_base.accounts.import_export.columns import (
    BY_FIELD,
    BY_TITLE,
    COLUMNS,
    DEPARTMENT,
    KEY,
    PASSWORD,
    normalize,
    problem_with,
    stored_text,
)
from hhu_base.accounts.import_export.plan import BadRow, ChangedUser, NewUser, Plan
from hhu_base.accounts.import_export.rows import ImportedPeople, PersonRow
from hhu_base.accounts.staff_numbers import taken_by
from hhu_base.accounts.users import LOCK
from hhu_base.database import lock
from hhu_base.models import Department, User
from hhu_base.values.identifiers import skeleton
from hhu_base.values.text import fold


class PlanOutdated(Exception):
    """A plan with bad rows, or without all hashes, is not carried out."""


def plan_import(session: Session, people: ImportedPeople) -> Plan:
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
            plan.bad.append(BadRow(row.number, username, list(dict.fromkeys(reasons))))
        elif user is None:
            values = {name: new for name, (_, new) in changes.items()}
            plan.added.append(NewUser(row.number, username, values, password, row.password_hash))
        elif changes:
            plan.changed.append(ChangedUser(row.number, username, changes))
        else:
            plan.left.append(username)
        if user is not None and (password or row.has_unused_password):
            plan.unused_passwords.append(username)
        plan.warnings += keys.warnings_about(row, username)
        plan.warnings += _lost_zeros(row, changes)
    plan.new_departments = _new_departments(session, plan)
    return plan


def apply(
    session: Session,
    plan: Plan,
    hashes: Mapping[str, str] | None = None,
    *,
    must_change: bool = False,
) -> None:
    """Carry out a plan made in this transaction.

    ``hashes``: of the passwords that it has not hashed yet, by staff number. ``must_change``: who
    signs in to the pages with such a password has to change it first.
    """
    hashes = hashes or {}
    if plan.bad:
        raise PlanOutdated
    session.add_all(Department(name=name) for name in plan.new_departments)
    session.flush()
    departments = _departments(session)
    if not plan.passwords.keys() <= hashes.keys():
        raise PlanOutdated  # somebody was deleted meanwhile, and is new now
    for new in plan.added:
        password = hashes.get(new.username, new.password_hash)
        user = User(
            username=new.username,
            password=password,
            must_change_password=must_change and bool(password),
        )
        _set(user, new.values, departments)
        session.add(user)
    stored = _stored(session)
    for change in plan.changed:
        _set(stored[change.username], change.values, departments)
    session.flush()


def replace_passwords(people: ImportedPeople, plan: Plan, hashes: Mapping[str, str]) -> None:
    """Leave no initial password in these rows, of which ``plan`` was made, but its hash.

    So what is kept of them until somebody agrees may be in a backup.
    """
    unused = set(plan.unused_passwords)
    reasons = {bad.number: bad.reasons for bad in plan.bad}
    for row in people.rows:
        if row.values.pop("password", None) is None:
            continue
        username = row.values.get("username", "")
        row.has_unused_password = username in unused
        row.password_hash = hashes.get(username, "")
        # Which nobody could find out any more.
        about_it = [each for each in reasons.get(row.number, ()) if each.startswith(PASSWORD)]
        row.problems += about_it


def import_people(
    session: Session,
    people: ImportedPeople,
    hashes: Mapping[str, str],
    *,
    must_change: bool = False,
) -> Plan:
    """Plan and apply in one transaction, one import at a time.

    Hashing takes so long that it is done before, outside of any transaction. Who has come in
    meanwhile is no longer new, and keeps the password.
    """
    lock(session, LOCK)
    plan = plan_import(session, people)
    apply(session, plan, hashes, must_change=must_change)
    return plan


def _stored(session: Session) -> dict[str, User]:
    """Everybody by staff number, tidied as those of the table are."""
    everybody = session.scalars(sa.select(User).options(joinedload(User.department)))
    return {normalize(BY_TITLE[KEY], user.username): user for user in everybody}


def _departments(session: Session) -> dict[str, Department]:
    return {department.name: department for department in session.scalars(sa.select(Department))}


class _Keys:
    """The staff numbers met so far, to find those that are missing, repeated or misspelt."""

    def __init__(self, stored: Iterable[str]) -> None:
        self._names = set(stored)
        self._stored = {skeleton(name): name for name in self._names}
        self._first_rows: dict[str, int] = {}
        self._without_zeros = {name.lstrip("0"): name for name in self._names if name.isdigit()}

    def problems_with(self, row: PersonRow, username: str) -> Iterable[str]:
        if username == KEY:
            return ["重复的标题行"]
        if not username:
            return [] if any(text.startswith(KEY) for text in row.problems) else [f"没有{KEY}"]
        folded = skeleton(username)
        first = self._first_rows.setdefault(folded, row.number)
        if first != row.number:
            return [f"{KEY}与第 {first} 行重复"]
        if username in self._names:
            return []
        if similar := self._stored.get(folded):
            return [KEY + taken_by(username, similar)]
        problem = problem_with(BY_TITLE[KEY], username)
        return [KEY + problem] if problem else []

    def warnings_about(self, row: PersonRow, username: str) -> Iterable[str]:
        """A staff number that is new, but for the zeros that Excel takes from the front of one."""
        if not username.isdigit() or username in self._names:
            return
        similar = self._without_zeros.setdefault(username.lstrip("0"), username)
        if similar != username:
            yield (
                f"第 {row.number} 行：{KEY} {username} 与 {similar} 只差开头的 0，"
                "将作为另一个人新增。如果是同一个人，请把这一列设为文本后重新填写。"
            )


def _lost_zeros(row: PersonRow, changes: Mapping[str, tuple[str, str]]) -> Iterable[str]:
    for name, (old, new) in changes.items():
        column = BY_FIELD[name]
        is_number = column.is_number and old.isdigit() and new.isdigit()
        if is_number and old.lstrip("0") == new.lstrip("0"):
            yield f"第 {row.number} 行：{column.title} {new} 与现有的 {old} 只差开头的 0。"


def _differences(
    row: PersonRow, user: User | None, departments: dict[str, str]
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
        if new not in (old, normalize(column, old)):
            found[column.field] = (old, new)
    return found


def _problems_with(changes: Mapping[str, tuple[str, str]]) -> Iterable[str]:
    """Only what changes is judged: what has been stored for years must not stop an import."""
    for name, (_, new) in changes.items():
        column = BY_FIELD[name]
        if problem := problem_with(column, new):
            yield column.title + problem


def _problems_with_password(password: str, row: PersonRow) -> Iterable[str]:
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


_EXPORTED = [column for column in COLUMNS if column.title != PASSWORD]
HEADER = [column.title for column in _EXPORTED]


def export_people(session: Session) -> Iterator[list[str]]:
    """A row for everybody, also for those who are switched off, by staff number."""
    everybody = sa.select(User).options(joinedload(User.department)).order_by(User.username)
    for user in session.scalars(everybody):
        yield [stored_text(user, column) for column in _EXPORTED]
