"""An activity as a calendar."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hhu_base.calendars import Entry, Feed
from hhu_plugins.activities import queries


def of_activity(session: Session, activity_id: int, user_id: int) -> Feed | None:
    """One that is open for enrollment, or that the user is enrolled in; None for any other."""
    found = queries.activity(session, activity_id, user_id)
    if found is None:
        return None
    activity = found[0]
    entry = Entry(
        name=f"activity-{activity.id}",
        start=activity.time_start,
        end=activity.time_end,
        summary=activity.name,
        location=activity.location,
        description=activity.description,
        created=activity.created,
        changed=activity.changed_at or activity.created,
        revision=activity.revision,
    )
    return Feed(activity.name, [entry])
