"""``hhu backup`` and ``hhu restore``: the database and the files that it names, as of one moment.

A plugin that keeps files in a folder makes it known::

    config.add_stored_files("guides", directory, needed)

``needed(session)`` gives path inside the folder → SHA-256 of the content. A file must never change
under its path: then those that one snapshot of the database names are the right ones, however
long it takes to copy them.

stores       the folders that were made known
manifest     what a backup contains, with sizes and digests
copying      files, digests, and what has reached the disk
programs     finds a pg_dump that fits the server, and runs it
making       makes a backup
restoring    checks one, and brings it back
command      both on the command line
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy.orm import Session

from hhu_base.cli.backup.stored_files import StoredFiles


def add_stored_files(
    config, name: str, directory: Path, needed: Callable[[Session], Mapping[str, str]]
) -> None:
    """Directive: the files in ``directory`` that ``needed`` names belong to a backup."""
    config.action(
        ("stored-files", name),
        lambda: config.registry["stored_files"].append(StoredFiles(name, directory, needed)),
    )


def includeme(config) -> None:
    """``config.add_stored_files``."""
    config.registry["stored_files"] = []
    config.add_directive("add_stored_files", add_stored_files)
