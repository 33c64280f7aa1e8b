"""The same activity once more, at another time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from hhu_plugins.activities.models import Activity, ClockinItem


def copy(session: Session, activity: Activity, *, name: str, time_start: datetime) -> Activity:
    """An activity with the same form, limit, items and staff, whose every time is moved alike.

    It is not open: somebody looks at it first. Nobody is enrolled.
    """
    shift = time_start - activity.time_start
    made = Activity(
        name=name or activity.name,
        time_start=time_start,
        time_end=activity.time_end + shift,
        enroll_until=activity.enroll_until + shift if activity.enroll_until else None,
        location=activity.location,
        description=activity.description,
        form_metas=dict(activity.form_metas),
        participants_total_limit=activity.participants_total_limit,
        has_waiting_list=activity.has_waiting_list,
        open_for_enrollment=False,
        clockin_items=[
            ClockinItem(
                label=item.label,
                from_time=item.from_time + shift,
                to_time=item.to_time + shift,
                staff=list(item.staff),
            )
            for item in activity.clockin_items
        ],
    )
    session.add(made)
    session.flush()
    return made
