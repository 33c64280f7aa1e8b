"""Taking over the data of the Django system that this one replaces.

``hhu import-django`` reads what its ``manage.py dumpdata`` has written. Each plugin contributes
its part with ``config.add_django_import(function, "app.model", …)``, and names in ``MODELS`` of its
``django_import.py`` what it takes, so that this is known while it is off. The fields that are
expected stand in the functions that read them.
"""

from __future__ import annotations

from hhu_base import plugins
from hhu_base.cli.django_import.runner import BASE, ImportPart


def add_django_import(config, function, *models: str) -> None:
    """Directive: ``function(takeover)`` brings over the records of ``models``.

    Parts run in the order in which they were added: what is referred to comes first.
    """
    part = ImportPart(function, models, _plugin_of(config.package.__name__))
    config.action(("takeover", models), lambda: config.registry["takeover_parts"].append(part))


def _plugin_of(package: str) -> str:
    for name, point in plugins.installed().items():
        if (package + ".").startswith(point.module + "."):
            return name
    return BASE


def includeme(config) -> None:
    """``config.add_django_import``."""
    config.registry["takeover_parts"] = []
    config.add_directive("add_django_import", add_django_import)
