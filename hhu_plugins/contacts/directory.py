"""Finding people: everybody who is active, the colleagues of one of them, those a search means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import among
from hhu_base.models import Department, User
from hhu_base.settings import Setting
from hhu_base.values import pinyin
from hhu_base.values.search import search_words
from hhu_base.values.text import fold
from hhu_plugins.contacts.models import Friend

FRIENDS, DEPARTMENT = "friends", "department"


class PersonDepartment(NamedTuple):
    id: int
    name: str


class Person(NamedTuple):
    """A user as the directory shows them, with the attributes of the mapped class.

    The list is the whole college at each opening of the page, and reading the attributes of
    SQLAlchemy's own rows takes twice as long as reading those of a tuple.
    """

    id: int
    username: str
    first_name: str
    last_name: str
    email: str | None
    is_staff: bool
    is_active: bool
    date_joined: datetime
    post: str
    qq: str
    wechat: str
    tel: str
    phone: str
    description: str
    department: PersonDepartment | None
    is_friend: bool


_users, _departments, _friends = User.__table__, Department.__table__, Friend.__table__
_OWN_FIELDS = Person._fields[: Person._fields.index("department")]
_PEOPLE = (
    sa.select(
        *(_users.c[field] for field in _OWN_FIELDS),
        _departments.c.id,
        _departments.c.name,
        _friends.c.friend_id.is_not(None),
    )
    .select_from(_users)
    .outerjoin(_departments, _departments.c.id == _users.c.department_id)
    .outerjoin(
        _friends,
        sa.and_(
            _friends.c.friend_id == _users.c.id,
            _friends.c.user_id == sa.bindparam("caller_id"),
        ),
    )
    .where(_users.c.is_active)
    .order_by(_users.c.name_key, _users.c.id)
)


class _Colleagues(Setting[frozenset[str]]):
    def parse(self, value: str) -> frozenset[str]:
        kinds = frozenset(value.split())
        if FRIENDS not in kinds or not kinds <= {FRIENDS, DEPARTMENT}:
            raise self.wrong(f"is neither {FRIENDS!r} nor '{FRIENDS} {DEPARTMENT}'")
        return kinds


COLLEAGUES = _Colleagues(
    "contacts.colleagues",
    frozenset({FRIENDS}),
    f"通讯录里谁算同事：{FRIENDS} 是添加的人，{FRIENDS} {DEPARTMENT} 还包括本系所的人",
)

# Somebody there only to administer the system is nobody's contact.
IS_CONTACT = sa.or_(
    ~_users.c.is_staff,
    _users.c.department_id.is_not(None),
    *(
        sa.func.coalesce(_users.c[field], "") != ""
        for field in ("email", "post", "qq", "wechat", "tel", "phone", "description")
    ),
)


def find(
    session: Session,
    caller_id: int,
    *,
    colleagues: frozenset[str] | None = None,
    search: str = "",
) -> list[Person]:
    """All active people, or only colleagues of these kinds, by initial, pinyin and name.

    Without those who have no department and no contact data and administer the system.
    """
    statement = _PEOPLE.where(IS_CONTACT)
    if colleagues is not None:
        statement = statement.where(_is_colleague(caller_id, colleagues))
    people = _load(session, statement, caller_id)
    # Compared here and not in the database, which knows no pinyin.
    words = [
        (word, pinyin.as_pinyin(word)) for word in {fold(each) for each in search_words(search)}
    ]
    if words:
        people = [person for person in people if _has_all(person, words)]
    return people


def find_these(session: Session, caller_id: int, ids: Sequence[int]) -> list[Person]:
    """These active users, in the order of the list."""
    return _load(session, _PEOPLE.where(among(_users.c.id, ids)), caller_id)


def find_one(session: Session, caller_id: int, user_id: int) -> Person | None:
    """This active user, or None."""
    people = _load(session, _PEOPLE.where(_users.c.id == user_id), caller_id)
    return people[0] if people else None


def colleagues_among(people: list[Person], caller_id: int, kinds: frozenset[str]) -> list[Person]:
    """Of all people those that ``find`` gives for colleagues of these kinds, without asking again."""
    own = {
        person.department.id for person in people if person.id == caller_id and person.department
    }
    return [
        person
        for person in people
        if person.id != caller_id
        and (
            person.is_friend
            or (DEPARTMENT in kinds and person.department and person.department.id in own)
        )
    ]


def _load(session: Session, statement: sa.Select, caller_id: int) -> list[Person]:
    # All at once: to fetch them one by one takes as long again.
    rows = session.execute(statement, {"caller_id": caller_id}).all()
    return [
        Person._make((*own, None if number is None else PersonDepartment(number, name), is_friend))
        for *own, number, name, is_friend in rows
    ]


def _is_colleague(caller_id: int, kinds: frozenset[str]) -> sa.ColumnElement[bool]:
    is_colleague: sa.ColumnElement[bool] = _friends.c.friend_id.is_not(None)
    if DEPARTMENT in kinds:
        caller = _users.alias()
        own_department = (
            sa.select(caller.c.department_id).where(caller.c.id == caller_id).scalar_subquery()
        )
        is_colleague |= _users.c.department_id == own_department
    return is_colleague & (_users.c.id != caller_id)


def _has_all(person: Person, words: list[tuple[str, str | None]]) -> bool:
    """Whether each word occurs in this person's data, or sounds like the name."""
    last_name, first_name = person.last_name, person.first_name
    department = person.department.name if person.department else ""
    # In no word is a \x01, so none can begin in one field and end in the next.
    text = _folded(
        "\x01".join(
            (last_name + first_name, person.post, department, person.qq, person.tel, person.phone)
        )
    )
    reading = pinyin.read(last_name, first_name)
    return all(
        word in text or (typed is not None and pinyin.sounds_like(reading, typed))
        for word, typed in words
    )


# Most people are as they were at the last search.
_folded = lru_cache(maxsize=8192)(fold)
