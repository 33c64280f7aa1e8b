"""guides 服务指南: files to look up, to search, to download, and to have sent by mail."""

from collections.abc import Mapping
from pathlib import Path

from hhu_base import settings as read
from hhu_base.database import data_dir
from hhu_base.doctor import TABLES
from hhu_plugins.guides import (
    checking,
    demo,
    extracting,
    keeping,
    kinds,
    library,
    taking_over,
    tasks,
)
from hhu_plugins.guides.storing import Store


def includeme(config) -> None:
    registry = config.registry
    shelf = read_shelf(config.get_settings())
    registry["guides.shelf"] = shelf
    config.add_mail_store(library.MAIL_STORE, shelf.store.path_of)
    config.add_stored_files("guides", shelf.store.directory, keeping.needed_files(shelf.store))
    config.scan("hhu_plugins.guides.api")
    config.add_task(extracting.TASK, tasks.read_texts, queue=extracting.QUEUE, every=60)
    config.add_task("guides.sweep_files", tasks.sweep_files, every=3600)
    config.include("hhu_plugins.guides.admin")
    config.add_demo(demo.load)
    config.add_takeover(taking_over.take_categories, taking_over.CATEGORY)
    config.add_takeover(
        lambda takeover: taking_over.take_guides(takeover, registry["guides.shelf"].store),
        taking_over.GUIDE,
    )
    config.add_check("guides.folder", checking.check_store)
    config.add_check("guides.files", checking.check_files, needs=TABLES)
    config.add_check("guides.upload_size", checking.check_upload_size)


def read_shelf(settings: Mapping) -> library.Shelf:
    directory = read.text(settings, "guides.directory", "") or f"{data_dir(settings)}/guides"
    types = tuple(dict.fromkeys(read.words(settings, "guides.types", kinds.DEFAULT)))
    if unknown := kinds.unknown(types):
        known = " ".join(kinds.KINDS)
        raise read.ConfigurationError(
            "guides.types", f"unknown: {' '.join(unknown)}; known: {known}"
        )
    max_bytes = read.integer(settings, "guides.max_bytes", 100 * 1024 * 1024, minimum=1)
    return library.Shelf(Store(Path(directory)), types, max_bytes)
