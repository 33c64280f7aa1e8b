"""The place in a guide that a search has found, with the words marked."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import among
from hhu_base.values.text import fold
from hhu_plugins.guides.models import GuideVersion

_BEFORE, _LENGTH = 20, 70


@dataclass(frozen=True)
class Part:
    """A piece of a text; ``is_hit``: one of the words."""

    text: str
    is_hit: bool


def marked(text: str, words: Sequence[str]) -> list[Part]:
    """The text in pieces, so that the words in it can be marked."""
    alike = {re.escape(form) for word in words for form in (word, fold(word)) if form}
    if not alike:
        return [Part(text, is_hit=False)]
    # The longest first, or a part of it would be found.
    pieces = re.split(f"({'|'.join(sorted(alike, key=len, reverse=True))})", text, flags=re.I)
    return [Part(piece, number % 2 == 1) for number, piece in enumerate(pieces) if piece]


def find(
    session: Session, guide_ids: Collection[int], words: Sequence[str]
) -> dict[int, list[Part]]:
    """Of each of these guides with one of the words in its file: the place of the first of them."""
    found: dict[int, list[Part]] = {}
    for word in words:
        left = [guide_id for guide_id in guide_ids if guide_id not in found]
        for guide_id, text in session.execute(_around(left, word)):
            if text:
                found[guide_id] = marked(f"…{' '.join(text.split())}…", words)
    return found


def _around(guide_ids: Collection[int], word: str) -> sa.Select:
    """Of the text as it is; where it only reads alike (width, radicals), as it is compared."""
    as_it_is = _part(GuideVersion.text, sa.func.lower(GuideVersion.text), word.lower())
    compared = _part(GuideVersion.search_key, GuideVersion.search_key, fold(word))
    return sa.select(GuideVersion.guide_id, sa.func.coalesce(as_it_is, compared)).where(
        among(GuideVersion.guide_id, guide_ids), GuideVersion.is_current
    )


def _part(text, searched, word: str) -> sa.ColumnElement[str | None]:
    place = sa.func.strpos(searched, word)
    start = sa.func.greatest(place - _BEFORE, 1)
    return sa.case((place > 0, sa.func.substr(text, start, _LENGTH)))
