"""What goes out by REST: the objects of the contract."""

from __future__ import annotations

from sqlalchemy import Row

from hhu_base.rest.serializers import (
    ID,
    LATER,
    component,
    instant,
    nullable,
    number,
    page_of,
    text,
    whole_number,
    yes_no,
)
from hhu_plugins.activities import clockin_codes, forms
from hhu_plugins.activities.models import ClockinItem, Enrollment, WaitingEntry
from hhu_plugins.activities.queries import Listed

_ANSWERS = text('{"姓名": "褚杰"}', description="JSON 文本：字段名称 → 填写的内容")

ACTIVITY = component(
    "Activity",
    id=ID,
    time_start=instant(),
    time_end=instant(LATER),
    location=text("体育馆"),
    name=text("教工羽毛球赛"),
    description=text("请穿运动鞋。"),
    form_metas=text(
        '{"姓名": {"type": "text", "required": true, "default": ""}}',
        description="JSON 文本：字段名称 → 规则，按表单的顺序",
    ),
    open_for_enrollment=yes_no(True),
    enrollment_count=whole_number(12, minimum=0),
    my_enrollment_count=whole_number(0, minimum=0),
    participants_total_limit=nullable(whole_number(100)),
    has_waiting_list=yes_no(),
)
ACTIVITIES = page_of(ACTIVITY)
ENROLLMENT = component(
    "Enrollment",
    id=ID,
    enroll_time=instant(),
    activity=ID,
    user=ID,
    participating_metas=_ANSWERS,
)
ENROLLMENTS = page_of(ENROLLMENT)
QUEUED = component(
    "Queued", "名额已满，已排入候补。", activity=ID, position=whole_number(3, minimum=1)
)
WAITING = component(
    "Waiting",
    id=ID,
    activity=ID,
    position=whole_number(3, minimum=1),
    asked_at=instant(),
    participating_metas=_ANSWERS,
)
WAITINGS = page_of(WAITING)
CLOCKIN_STATE = component("ClockinState", label=text("签到"), is_clockin=yes_no())
CLOCKED_IN = component("ClockedIn", label=text("签到"), activity_name=text("教工羽毛球赛"))
DUTY = component(
    "ClockinDuty",
    id=ID,
    label=text("签到"),
    activity=component("ActivityName", id=ID, name=text("教工羽毛球赛")),
    from_time=instant(),
    to_time=instant(LATER),
)
CODE = component(
    "ClockinCode",
    key=text("HHU-12-71234567-Qm9va2VkIGJ5IGNoYW5jZS", description="二维码的内容"),
    expires_in=number(17.3, description="多少秒后换下一个"),
    interval=number(25, description="多少秒换一次"),
    svg=text("<svg …>", description="二维码的图"),
)


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


def waiting(row: Row[WaitingEntry, int]) -> dict:
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
        "svg": clockin_codes.svg(key),
    }
