"""Its part of the search: people."""

from __future__ import annotations

import sqlalchemy as sa

from hhu_base.app import MOST_HITS, Hit
from hhu_base.database.keys import contains
from hhu_base.models import Department, User
from hhu_base.values import pinyin
from hhu_plugins.contacts import directory
from hhu_plugins.contacts.models import Friend


def find_people(request, words: list[str]) -> list[Hit]:
    """Those in whose data each word occurs, or whose name is typed so; colleagues first.

    The database looks into the data, as the whole directory is more than can be read while somebody
    types; but what a name may sound like is only known here.
    """
    caller_id = request.identity.user_id
    typed = [pinyin.as_pinyin(word) for word in words]
    occurs = [_is_in(word) for word in words]
    statement = (
        sa.select(User.id, User.last_name, User.first_name, *occurs)
        .outerjoin(User.department)
        .outerjoin(Friend, sa.and_(Friend.friend_id == User.id, Friend.user_id == caller_id))
        .where(
            User.is_active,
            directory.IS_CONTACT,
            *(is_there for is_there, word in zip(occurs, typed, strict=True) if word is None),
        )
        .order_by(Friend.friend_id.is_(None), User.name_key, User.id)
    )
    if not any(typed):
        statement = statement.limit(MOST_HITS)
    ids: list[int] = []
    for user_id, last_name, first_name, *are_there in request.db.execute(statement):
        reading = pinyin.read(last_name, first_name)
        if all(
            is_there or (word is not None and pinyin.sounds_like(reading, word))
            for is_there, word in zip(are_there, typed, strict=True)
        ):
            ids.append(user_id)
            if len(ids) == MOST_HITS:
                break
    people = directory.find_these(request.db, caller_id, ids) if ids else []
    return [_hit(person) for person in sorted(people, key=lambda person: not person.is_friend)]


def _is_in(word: str) -> sa.ColumnElement[bool]:
    return contains([User.search_key], word) | contains([Department.search_key], word)


def _hit(person: directory.Person) -> Hit:
    department = person.department.name if person.department else ""
    facts = (department, person.post, person.phone or person.tel)
    return Hit(
        title=(person.last_name + person.first_name) or person.username,
        detail=" · ".join(filter(None, facts)),
        url=f"/app/contacts/{person.id}/",
        icon="person",
    )


def includeme(config) -> None:
    config.add_search("contacts", "通讯录", find_people, order=10, more="/app/contacts/?search=")
