"""Periodic work of the activities."""

from datetime import UTC, datetime

from hhu_plugins.activities import enrollments, notifications, waiting_list


def fill_places(request) -> None:
    """Give away places that became free while nobody looked: by a higher limit, or an import."""
    now = datetime.now(UTC)
    for activity_id in waiting_list.to_be_filled(request.db, now):
        enrollments.lock_activity(request.db, activity_id)
        notifications.tell(request, waiting_list.fill_places(request.db, activity_id, now))
