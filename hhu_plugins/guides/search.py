"""Its part of the search: guides, by their names and by what is written in them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from hhu_base.app import MOST_HITS, Hit
from hhu_base.database.keys import contains, sounds_like
from hhu_plugins.guides import library
from hhu_plugins.guides.models import Guide, GuideCategory


def find_guides(request, words: list[str]) -> list[Hit]:
    """Those with the words in their names first, then those with the words inside."""
    category = joinedload(Guide.category)
    by_name = request.db.scalars(
        sa.select(Guide)
        .join(Guide.category)
        .options(category)
        .where(*(_is_in_name(word) for word in words))
        .order_by(Guide.created_at.desc(), Guide.id.desc())
        .limit(MOST_HITS)
    ).all()
    found = {guide.id: guide for guide in by_name}
    inside: set[int] = set()
    if len(found) < MOST_HITS:
        searched = library.searched(" ".join(words)).options(category).limit(MOST_HITS)
        for guide in request.db.scalars(searched):
            if guide.id not in found:
                inside.add(guide.id)
                found[guide.id] = guide
    return [_hit(guide, guide.id in inside) for guide in found.values()]


def _is_in_name(word: str) -> sa.ColumnElement[bool]:
    return contains([Guide.search_key, GuideCategory.search_key], word) | sounds_like(
        [Guide.name_key, GuideCategory.name_key], word
    )


def _hit(guide: Guide, is_inside: bool) -> Hit:
    detail = f"{guide.category.name} · 内容中有" if is_inside else guide.category.name
    return Hit(guide.name, detail, f"/app/guides/{guide.id}/", "journal-text")


def includeme(config) -> None:
    config.add_search("guides", "指南", find_guides, order=60, more="/app/guides/?search=")
