"""Which files a backup has to take: those that the database names, each with its digest."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from hhu_plugins.guides import library
from hhu_plugins.guides.storing import Store


def needed_files(store: Store) -> Callable[[Session], dict[str, str]]:
    """``needed(session)``: path inside the folder → SHA-256."""

    def needed(session: Session) -> dict[str, str]:
        return {
            str(store.path_of(digest).relative_to(store.directory)): digest
            for digest in library.needed_digests(session)
        }

    return needed
