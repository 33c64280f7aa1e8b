"""Telling people that a place has become free for them.

Whoever frees a place calls ``tell`` with what the rule returned, in the same transaction; here is
the one place where the mail goes into the outbox.
"""

from __future__ import annotations

from collections.abc import Iterable

from hhu_plugins.activities.waiting import MovedUp


def tell(request, moved_up: Iterable[MovedUp]) -> None:
    """An event for each who moved up; who subscribes may write to ``event.session``."""
    for event in moved_up:
        request.registry.notify(event)
