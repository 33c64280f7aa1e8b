"""What a worker of the ordinary queue does about notices."""

from __future__ import annotations

from functools import partial

from hhu_base.database.transactions import commit
from hhu_base.notifications import notices, reminders


def remind(request) -> None:
    """Tell what is due, a transaction for each kind; what a plugin fails in is its own."""
    failures = request.registry["plugins.failures"]
    for plugin, kind, find_due in request.registry["notices.reminders"]:
        tell = partial(_tell, request, kind, find_due)
        failures.attempt(plugin, f"reminder {kind}", tell, session=request.db)
        commit(request)


def sweep_notices(request) -> None:
    """Delete what is old, a transaction for each thousand."""
    reminders.sweep(request.db)
    while notices.sweep(request.db, request.registry["notices.keep"]):
        commit(request)


def _tell(request, kind: str, find_due: reminders.FindDue) -> None:
    reminders.remind(request.db, kind, find_due(request))
