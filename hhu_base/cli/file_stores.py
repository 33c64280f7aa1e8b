"""``config.add_file_store``: a plugin's folder of files, in backups and looked at by ``hhu doctor``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from hhu_base.cli.doctor import SERVICES, TABLES
from hhu_base.cli.doctor.stored_files import check_directory, check_files
from hhu_base.documents.file_store import FileStore
from hhu_base.settings import Text
from hhu_base.settings.services import data_dir


def add_file_store(
    config, name: str, title: str, needed: Callable[[Session], Collection[str]]
) -> FileStore:
    """Directive: the plugin ``name`` keeps files in the folder ``NAME.directory``; returns the store.

    ``needed(session)`` are the digests that rows name, and ``title`` what people call the files,
    such as 报修照片. Declares the setting.
    """
    setting = Text(f"{name}.directory", "", f"{title}的目录；默认 hhu.data_dir 里的 {name}/")
    config.declare_settings(setting)
    settings = config.get_settings()
    store = FileStore(Path(setting.read(settings) or f"{data_dir(settings)}/{name}"))
    config.add_stored_files(
        name, store.directory, lambda session: store.needed_files(needed(session))
    )
    folder = partial(check_directory, folder=store.directory, name=f"{title}的目录")
    config.add_check(f"{name}.folder", folder, needs=SERVICES)
    files = partial(check_files, store=store, needed=needed, title=title, name=name)
    config.add_check(f"{name}.files", files, needs=TABLES)
    return store


def includeme(config) -> None:
    config.add_directive("add_file_store", add_file_store)
