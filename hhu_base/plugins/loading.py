"""Importing a plugin, wholly or not at all."""

from __future__ import annotations

import importlib
import importlib.util
import sys
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
    mappers, tables = set(Base.registry.mappers), set(Base.metadata.tables)
    try:
        importlib.import_module(point.module)
        models = f"{point.module}.models"
        if importlib.util.find_spec(models):
            importlib.import_module(models)
        configure_mappers()
    except Exception as error:
        _forget(
            point.module,
            set(Base.registry.mappers) - mappers,
            set(Base.metadata.tables) - tables,
        )
        raise errors.broken(point, error) from error


def _forget(package: str, mappers: set[Mapper], tables: set[str]) -> None:
    for mapper in mappers:
        # SQLAlchemy has no way to take back one class; it can leave one alone for good.
        event.listen(mapper.class_, "before_mapper_configured", _leave_alone, retval=True)
    for table in tables:
        Base.metadata.remove(Base.metadata.tables[table])
    # Or a second try would find the halves of the first, and give another reason.
    for name in [name for name in sys.modules if (name + ".").startswith(package + ".")]:
        del sys.modules[name]


def _leave_alone(_mapper, _class):
    return EXT_SKIP
