"""Importing a plugin, wholly or not at all."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint

from sqlalchemy import event
from sqlalchemy.orm import EXT_SKIP, Mapper, configure_mappers

from hhu_base.database import Base
from hhu_base.plugins import errors


def load(point: EntryPoint) -> None:
    """Import the plugin's package and its models. Raises PluginError, and leaves no trace then.

    Mapped classes are the one thing that importing registers, and one that cannot be configured
    would fail every query of everybody: so it is found out here.
    """
    import_base()  # or what a plugin is the first to import would count as its own
    tables = set(Base.metadata.tables)
    with _watching() as classes:
        try:
            importlib.import_module(point.module)
            models = f"{point.module}.models"
            if importlib.util.find_spec(models):
                importlib.import_module(models)
            configure_mappers()
        except Exception as error:
            _forget(point.module, classes, set(Base.metadata.tables) - tables)
            raise errors.broken(point, error) from error


def import_base() -> None:
    """Make the tables of the base known to the metadata."""
    for module in (
        "hhu_base.models",
        "hhu_base.mail.models",
        "hhu_base.notifications.models",
        "hhu_base.tasks.models",
    ):
        importlib.import_module(module)


@contextmanager
def _watching() -> Iterator[list[type]]:
    """The classes that are mapped meanwhile."""
    classes: list[type] = []

    def remember(_mapper, mapped: type) -> None:
        classes.append(mapped)

    # Not registry.mappers, which itself fails after a class that failed to be mapped.
    event.listen(Mapper, "after_mapper_constructed", remember)
    try:
        with warnings.catch_warnings():
            # One that failed before is mapped a second time.
            warnings.filterwarnings("ignore", "This declarative base already contains a class")
            yield classes
    finally:
        event.remove(Mapper, "after_mapper_constructed", remember)


def _forget(package: str, classes: list[type], tables: set[str]) -> None:
    for each in classes:
        # SQLAlchemy has no way to take back one class; it can leave one alone for good.
        event.listen(each, "before_mapper_configured", _leave_alone, retval=True)
    for table in tables:
        Base.metadata.remove(Base.metadata.tables[table])
    # Or a second try would find the halves of the first, and give another reason.
    for name in [name for name in sys.modules if (name + ".").startswith(package + ".")]:
        del sys.modules[name]


def _leave_alone(_mapper, _class):
    return EXT_SKIP
