"""What rooms are equipped with: words that administrators keep, and rooms have some of.

Who writes a word or a room's words holds the lock: no room keeps a word that is gone.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_plugins.rooms.models import Equipment, Meetingroom

# Between the words in a spreadsheet, a query string, and an old client's label.
_SEPARATORS = re.compile(r"[\s、,，;；]+")
_LOCK = "rooms.equipment"

NOT_ONE_WORD = "请填写一个词，中间不要有空格、顿号、逗号或分号。"


def hold(session: Session) -> None:
    """Nobody else changes words, or which rooms have them, before this transaction ends."""
    lock(session, _LOCK)


def words_in(text: str) -> list[str]:
    """The words of a text, each once."""
    return list(dict.fromkeys(word for word in _SEPARATORS.split(text) if word))


def is_one_word(text: str) -> bool:
    return words_in(text) == [text]


def words(session: Session) -> list[str]:
    """All there are, by pinyin."""
    return list(session.scalars(sa.select(Equipment.name).order_by(Equipment.name_key)))


def rename(session: Session, row: Equipment, name: str) -> None:
    """Give a word another form, here and in all rooms that have it."""
    was, row.name = row.name, name
    session.flush()  # First: it may be the name of another one.
    if was != name:
        _rewrite(session, was, sa.func.array_replace(Meetingroom.equipment, was, name))


def delete(session: Session, row: Equipment) -> None:
    """Delete a word, and take it from the rooms that have it."""
    _rewrite(session, row.name, sa.func.array_remove(Meetingroom.equipment, row.name))
    session.delete(row)
    session.flush()


def _rewrite(session: Session, word: str, equipment: sa.ColumnElement) -> None:
    session.execute(
        sa.update(Meetingroom)
        .where(Meetingroom.equipment.contains([word]))
        .values(equipment=equipment)
        .execution_options(synchronize_session=False)
    )


def rooms_with(session: Session) -> dict[str, int]:
    """How many rooms have each word."""
    each = sa.select(sa.func.unnest(Meetingroom.equipment).label("word")).subquery()
    counted = sa.select(each.c.word, sa.func.count()).group_by(each.c.word)
    return {row[0]: row[1] for row in session.execute(counted)}
