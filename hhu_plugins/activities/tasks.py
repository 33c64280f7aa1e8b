"""Periodic work of the activities."""

from datetime import UTC, datetime

from hhu_plugins.activities import enrollments, form_files, notifications, waiting_list


def fill_places(request) -> None:
    """Give away places that became free while nobody looked: by a higher limit, or an import."""
    now = datetime.now(UTC)
    for activity_id in waiting_list.to_be_filled(request.db, now):
        enrollments.lock_activity(request.db, activity_id)
        notifications.tell(request, waiting_list.fill_places(request.db, activity_id, now))


def sweep_files(request) -> None:
    """Remove the files that no registration needs any more."""
    form_files.delete_unused(request.db, request.registry["activities.uploads"].store)
