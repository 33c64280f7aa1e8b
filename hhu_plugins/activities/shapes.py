"""What goes out by REST: the objects of the contract."""

from __future__ import annotations

from sqlalchemy import Row

from hhu_plugins.activities import codes, forms
from hhu_plugins.activities.listing import Listed
from hhu_plugins.activities.models import ClockinItem, Enrollment, Waiting


def activity(listed: Listed) -> dict:
    """``Activity``."""
    activity, enrollment_count, my_enrollment_count = listed
    return {
        "id": activity.id,
        "time_start": activity.time_start,
        "time_end": activity.time_end,
        "location": activity.location,
        "name": activity.name,
        "description": activity.description,
        "form_metas": forms.dump(activity.form_metas),
        "open_for_enrollment": activity.open_for_enrollment,
        "enrollment_count": enrollment_count,
        "my_enrollment_count": my_enrollment_count,
        "participants_total_limit": activity.participants_total_limit,
        "has_waiting_list": activity.has_waiting_list,
    }


def enrollment(enrollment: Enrollment) -> dict:
    """``Enrollment``."""
    return {
        "id": enrollment.id,
        "enroll_time": enrollment.enroll_time,
        "activity": enrollment.activity_id,
        "user": enrollment.user_id,
        "participating_metas": forms.dump(enrollment.participating_metas),
    }


def waiting(row: Row[Waiting, int]) -> dict:
    """A position in a waiting list."""
    place, position = row
    return {
        "id": place.id,
        "activity": place.activity_id,
        "position": position,
        "asked_at": place.asked_at,
        "participating_metas": forms.dump(place.participating_metas),
    }


def duty(item: ClockinItem) -> dict:
    """An item whose code the caller may show."""
    return {
        "id": item.id,
        "label": item.label,
        "activity": {"id": item.activity.id, "name": item.activity.name},
        "from_time": item.from_time,
        "to_time": item.to_time,
    }


def code(key: str, expires_in: float, interval: float) -> dict:
    """The code of this moment."""
    whole = int(interval)
    return {
        "key": key,
        # Rounded up: a client that asks again then does not get the same code once more.
        "expires_in": -(-expires_in * 1000 // 1) / 1000,
        "interval": whole if whole == interval else interval,
        "svg": codes.svg(key),
    }
