"""Taking over the data of the Django system that this one replaces.

``hhu import-django`` reads what its ``manage.py dumpdata`` has written. Each plugin contributes
its part with ``config.add_takeover(function, "app.model", …)``; models that nobody asks for are
counted and skipped. The fields that are expected stand in the functions that read them.
"""

from __future__ import annotations

from hhu_base.taking_over import people
from hhu_base.taking_over.running import Part


def add_takeover(config, function, *models: str) -> None:
    """Directive: ``function(takeover)`` brings over the records of ``models``.

    Parts run in the order in which they were added: what is referred to comes first.
    """
    config.action(
        ("takeover", models),
        lambda: config.registry["takeover_parts"].append(Part(function, models)),
    )


def includeme(config) -> None:
    """``config.add_takeover``, and the base's own part."""
    config.registry["takeover_parts"] = []
    config.add_directive("add_takeover", add_takeover)
    config.add_takeover(people.take_departments, "user.department")
    config.add_takeover(people.take_users, "user.user", "user.usermeta")
