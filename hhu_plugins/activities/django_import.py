"""The activities' part of a takeover.

Expected fields:

- ``activity.activity``: those of the contract's ``Activity``, and ``created``
- ``activity.enrollment``: ``activity``, ``user``, ``enroll_time``, ``participating_metas``
- ``activity.clockinmeta``: ``activity``, ``label``, ``from_time``, ``to_time``; its key and its own
  times mean nothing here, nor that it needs no enrollment, as the first version has it
- ``activity.clockinrecord``: ``clockin_meta``, ``user``, ``created``
- ``activity.clockinstaff``: ``clockin_meta``, ``staff``

Of a form what can be read is kept. Where times are reversed, the end is moved to the start.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from hhu_base.cli.django_import.dump import Record
from hhu_base.cli.django_import.importer import DjangoImport
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, ClockinStaff, Enrollment
from hhu_plugins.activities.salvaged_forms import salvage_form

ACTIVITY, ENROLLMENT = "activity.activity", "activity.enrollment"
ITEM, CLOCKIN, STAFF = "activity.clockinmeta", "activity.clockinrecord", "activity.clockinstaff"
MODELS = (ACTIVITY, ENROLLMENT, ITEM, CLOCKIN, STAFF)
USER = "user.user"


def take_activities(takeover: DjangoImport) -> None:
    rows = takeover.rows(ACTIVITY, _activity)
    takeover.store(Activity, ACTIVITY, rows, same=("name", "time_start"), is_unique=False)


def take_enrollments(takeover: DjangoImport) -> None:
    rows = takeover.rows(ENROLLMENT, _enrollment)
    takeover.store(Enrollment, ENROLLMENT, rows, same=("activity_id", "user_id"))


def take_items(takeover: DjangoImport) -> None:
    rows = takeover.rows(ITEM, _item)
    taken: set[tuple[int, str]] = set()
    for record, row in rows:
        label = row["label"]
        if (row["activity_id"], label) in taken:
            row["label"] = f"{label[:230]} {record.pk}"
            takeover.note(record, f"活动中已有“{label}”，改名为“{row['label']}”")
        taken.add((row["activity_id"], row["label"]))
    takeover.store(ClockinItem, ITEM, rows, same=("activity_id", "label"))


def take_clockins(takeover: DjangoImport) -> None:
    rows = takeover.rows(CLOCKIN, _clockin)
    takeover.store(Clockin, CLOCKIN, rows, same=("item_id", "user_id"))


def take_staff(takeover: DjangoImport) -> None:
    takeover.store_links(ClockinStaff, STAFF, takeover.rows(STAFF, _staff))


def _activity(takeover: DjangoImport, record: Record) -> dict[str, Any]:
    start, end = _times(takeover, record, "time_start", "time_end", timedelta(0))
    form, problems = salvage_form(record.fields.get("form_metas") or {})
    for problem in problems:
        takeover.note(record, f"form_metas：{problem}")
    return {
        "name": takeover.required_text(record, "name", Activity.name),
        "time_start": start,
        "time_end": end,
        "location": takeover.text(record, "location", Activity.location),
        "description": takeover.text(record, "description", Activity.description),
        "form_metas": form,
        "open_for_enrollment": takeover.flag(record, "open_for_enrollment", default=False),
        "participants_total_limit": takeover.number(record, "participants_total_limit"),
        "created": takeover.instant_or(record, "created", start),
    }


def _enrollment(takeover: DjangoImport, record: Record) -> dict[str, Any]:
    return {
        "activity_id": takeover.required(record, ACTIVITY, "activity"),
        "user_id": takeover.required(record, USER, "user"),
        "enroll_time": takeover.instant(record, "enroll_time"),
        # As they are: the form may have changed since.
        "participating_metas": _answers(takeover, record),
    }


def _item(takeover: DjangoImport, record: Record) -> dict[str, Any]:
    start, end = _times(takeover, record, "from_time", "to_time", timedelta(minutes=1))
    if record.fields.get("need_enrollment") is False:
        takeover.note(record, "原来不报名也能打卡，这里打卡需要先报名")
    label = takeover.text(record, "label", ClockinItem.label).strip()
    return {
        "activity_id": takeover.required(record, ACTIVITY, "activity"),
        "label": label or f"打卡 {record.pk}",
        "from_time": start,
        "to_time": end,
    }


def _clockin(takeover: DjangoImport, record: Record) -> dict[str, Any]:
    return {
        "item_id": takeover.required(record, ITEM, "clockin_meta"),
        "user_id": takeover.required(record, USER, "user"),
        "time": takeover.instant(record, "created"),
    }


def _staff(takeover: DjangoImport, record: Record) -> dict[str, Any]:
    return {
        "item_id": takeover.required(record, ITEM, "clockin_meta"),
        "user_id": takeover.required(record, USER, "staff"),
    }


def _times(
    takeover: DjangoImport, record: Record, first: str, last: str, shortest: timedelta
) -> tuple[datetime, datetime]:
    start, end = takeover.instant(record, first), takeover.instant(record, last)
    if end - start < shortest:
        takeover.note(record, f"{last} 不晚于 {first}，改为紧接着 {first}")
        end = start + shortest
    return start, end


def _answers(takeover: DjangoImport, record: Record) -> dict[str, Any]:
    answers = record.fields.get("participating_metas") or {}
    try:
        if isinstance(answers, str):
            # NaN and its like are no JSON.
            answers = json.loads(answers, parse_constant=lambda name: name)
        if isinstance(answers, dict):
            return _cleaned(takeover, record, answers)
    except (ValueError, RecursionError):
        pass
    takeover.lose(record, "participating_metas", "participating_metas 不是有效的 JSON 对象")
    return {}


def _cleaned(takeover: DjangoImport, record: Record, value: Any) -> Any:
    if isinstance(value, dict):
        return {
            _cleaned(takeover, record, name): _cleaned(takeover, record, each)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_cleaned(takeover, record, each) for each in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        return None
    if isinstance(value, str):
        return takeover.clean(record, "participating_metas", value)
    return value
