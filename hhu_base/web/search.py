"""The search over everything, at the top of every page: what its parts are, and asking them.

The teachers' pages and the back office have one each, of other parts (``hhu_base.app.search``,
``hhu_base.admin.site_search``), under the same box.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hhu_base.values import text
from hhu_base.values.search import MAX_CHARACTERS, SearchError, search_words

# Of each part: who looks for more than the nearest ones goes to the list itself.
MOST_HITS = 6


@dataclass(frozen=True)
class Hit:
    """Something that was found; ``detail`` is what tells it from others of its name."""

    title: str
    detail: str
    url: str
    icon: str = "chevron-right"


@dataclass(frozen=True)
class SearchPart:
    """One kind of thing; ``find(request, words)`` gives the nearest ``MOST_HITS``.

    ``more``: the address of the list that shows all of them, to which the search is appended.
    """

    plugin: str
    name: str
    title: str
    find: Callable[[Any, list[str]], Sequence[Hit]]
    order: int = 100
    more: str = ""


@dataclass(frozen=True)
class SearchGroup:
    """What a part has found; ``has_failed``: nobody knows."""

    title: str
    hits: Sequence[Hit]
    more: str = ""
    has_failed: bool = False


class Search:
    """What was looked for in ``?q=``, and what was found, by kind. A search that is too much finds nothing and says so."""

    longest = MAX_CHARACTERS

    def __init__(self, request, parts: Iterable[SearchPart]):
        self.text = text.trimmed(text.storable(request.GET.get("q", "")))
        self.problem = ""
        words: list[str] = []
        try:
            words = search_words(self.text)
        except SearchError as refusal:
            self.problem = str(refusal)
        groups = [_ask(request, part, words) for part in parts] if words else []
        self.groups = [group for group in groups if group.hits or group.has_failed]

    @property
    def count(self) -> int:
        return sum(len(group.hits) for group in self.groups)


def _ask(request, part: SearchPart, words: list[str]) -> SearchGroup:
    hits = request.registry["plugins.failures"].attempt(
        part.plugin,
        f"search {part.name}",
        partial(part.find, request, words),
        session=request.db,
    )
    if hits is None:
        return SearchGroup(part.title, (), has_failed=True)
    has_more = part.more and len(hits) >= MOST_HITS
    return SearchGroup(part.title, hits[:MOST_HITS], part.more if has_more else "")
