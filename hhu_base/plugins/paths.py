"""Paths that two would serve: Pyramid asks its routes in their order, and the later one never answers.

It tells of two routes with the same name, and not of two with the same path. Plugins are written
by people who do not know of each other, so their paths are compared when the application starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BASE = "base"
_PART = re.compile(r"\{(?P<name>\w+)(?::(?P<pattern>(?:[^{}]|\{[^{}]*\})*))?\}|\*\w+$", re.ASCII)
_ANYTHING = "[^/]+"
# One of them fits nearly every placeholder.
_SAMPLES = ("1", "a", "a-1", "2026-11-29", "a.b")


@dataclass(frozen=True)
class Claim:
    """A path that a plugin, or the base, wants to serve; no ``methods``: all of them."""

    owner: str
    name: str
    path: str
    methods: frozenset[str]

    def example(self) -> str:
        """A path that is served by this one. A placeholder that nothing fits stands for itself."""
        return _PART.sub(lambda part: _sample(part["pattern"] or _ANYTHING), _bare(self.path))

    def serves(self, path: str) -> bool:
        bare, at, pattern = _bare(self.path), 0, ""
        for part in _PART.finditer(bare):
            pattern += re.escape(bare[at : part.start()])
            pattern += ".*" if part["name"] is None else f"(?:{part['pattern'] or _ANYTHING})"
            at = part.end()
        return re.fullmatch(pattern + re.escape(bare[at:]), path) is not None


def claims_of(owner: str, actions: Iterable[dict]) -> Iterator[Claim]:
    """The paths among what has been registered: routes, and the lists of declared tables."""
    seen = set()
    for action in actions:
        kind = action["discriminator"]
        if isinstance(kind, tuple) and kind[0] == "admin-table":
            yield Claim(owner, f"table {kind[1]}", kind[1], frozenset())
        for found in action["introspectables"]:
            if found.category_name != "routes" or found["name"] in seen:
                continue
            seen.add(found["name"])
            # The pages of all tables: each table stands for itself.
            if not found["pattern"].startswith("/admin/{plugin}/{table}/"):
                methods = frozenset(found["request_methods"] or ())
                yield Claim(owner, found["name"], found["pattern"], methods)


def find_clash(claims: Iterable[Claim]) -> tuple[Claim, Claim] | None:
    """The first two of different owners of which the earlier answers for the later."""
    earlier: list[Claim] = []
    for claim in claims:
        example = claim.example()
        for other in earlier:
            if (
                other.owner != claim.owner
                and other.name != claim.name  # which Pyramid itself tells
                and (not other.methods or not claim.methods or other.methods & claim.methods)
                and (other.serves(example) or _nameless(other.path) == _nameless(claim.path))
            ):
                return other, claim
        earlier.append(claim)
    return None


def _bare(path: str) -> str:
    """Without the slashes that make no other path of it."""
    return "/" + path.strip("/")


def _nameless(path: str) -> str:
    return _PART.sub(lambda part: f"{{{part['pattern'] or _ANYTHING}}}", _bare(path))


def _sample(pattern: str) -> str:
    candidates = (*_SAMPLES, *pattern.split("|"))
    return next((each for each in candidates if re.fullmatch(pattern, each)), f"{{{pattern}}}")
