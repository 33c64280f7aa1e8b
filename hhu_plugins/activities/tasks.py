"""Periodic work of the activities."""

from datetime import UTC, datetime

from hhu_plugins.activities import enrolling, notices, waiting


def fill_places(request) -> None:
    """Give away places that became free while nobody looked: by a higher limit, or an import."""
    now = datetime.now(UTC)
    for activity_id in waiting.to_be_filled(request.db, now):
        enrolling.lock_activity(request.db, activity_id)
        notices.tell(request, waiting.fill_places(request.db, activity_id, now))
