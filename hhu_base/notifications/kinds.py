"""What people can be told of: each kind has a name, a title, and whether it may be turned off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class NoticeKind:
    """``is_compulsory``: the mail can't be turned off. ``is_reminder``: turned off, there is none at all."""

    name: str
    title: str
    plugin: str
    is_compulsory: bool = False
    is_reminder: bool = False


class NoticeKinds:
    """Those of the plugins that are on, and what all notices have in common."""

    def __init__(self, public_url: str = "", collapse: timedelta = timedelta(minutes=1)):
        self.public_url = public_url
        self.collapse = collapse
        self._kinds: dict[str, NoticeKind] = {}

    def add(self, kind: NoticeKind) -> None:
        self._kinds[kind.name] = kind

    def get(self, name: str) -> NoticeKind | None:
        return self._kinds.get(name)

    def __iter__(self) -> Iterator[NoticeKind]:
        return iter(self._kinds.values())


def add_notice_kind(
    config, name: str, title: str, *, is_compulsory: bool = False, is_reminder: bool = False
) -> None:
    """Directive: people can be told of ``name``, such as ``rooms.ask``; ``title`` is what they choose by."""
    kind = NoticeKind(name, title, config.registry["plugins.current"], is_compulsory, is_reminder)
    config.action(("notice-kind", name), lambda: config.registry["notices.kinds"].add(kind))
