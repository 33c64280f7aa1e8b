"""The contacts' part of a takeover: whom people have added to their own.

``user.contact`` is expected to have ``user`` (or ``owner``, ``from_user``) for the person who
added, and ``contact`` (or ``friend``, ``to_user``) for the one who was added; a list of ids
(also as ``contacts`` or ``friends``) stands for several.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.dialects.postgresql import insert

from hhu_base.taking_over.dump import Record
from hhu_base.taking_over.takeover import LEFT_OUT, PRESENT, WRITTEN, Takeover
from hhu_plugins.contacts.models import Friend

MODEL = "user.contact"
_WHO = ("user", "owner", "from_user")
_WHOM = ("contact", "friend", "to_user", "contacts", "friends")


def take_friends(takeover: Takeover) -> None:
    pairs: set[tuple[int, int]] = set()
    for record in takeover.records(MODEL):
        pairs.update(_pairs(takeover, record))
    if not pairs or takeover.problems:
        return
    written = takeover.session.scalars(
        insert(Friend).on_conflict_do_nothing().returning(Friend.friend_id),
        [{"user_id": user, "friend_id": friend} for user, friend in sorted(pairs)],
    ).all()
    takeover.count(MODEL, WRITTEN, len(written))
    takeover.count(MODEL, PRESENT, len(pairs) - len(written))


def _pairs(takeover: Takeover, record: Record) -> Iterator[tuple[int, int]]:
    user = takeover.required(record, "user.user", *_WHO)
    for value in _several(record.first_of(*_WHOM)):
        friend = takeover.resolve(record, "user.user", value, _WHOM[0])
        if friend is not None and friend == user:
            takeover.notes.append(f"{record}：添加了自己，舍弃。")
            takeover.count(MODEL, LEFT_OUT)
        elif user is not None and friend is not None:
            yield user, friend


def _several(value) -> list:
    # A list of texts is a natural key, a list of numbers are the ids of several people.
    is_list_of_ids = isinstance(value, list) and not any(isinstance(it, str) for it in value)
    return value if is_list_of_ids else [value]
