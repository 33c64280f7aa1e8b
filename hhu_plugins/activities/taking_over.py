"""The activities' part of a takeover.

Expected fields:

- ``activity.activity``: those of the contract's ``Activity``; ``form_metas`` as JSON text or object
- ``activity.enrollment``: ``activity``, ``user``, ``enroll_time``, ``participating_metas``
- ``activity.clockinitem``: ``activity``, ``label``, ``from_time``, ``to_time``, and ``staff``, a list
- ``activity.clockin``: ``item`` (or ``clockin_item``), ``user``, ``time``

A form that can't be read, and times that are reversed, are listed, and stop the takeover unless
``impossible`` ones are allowed: then the form is empty, and the end is moved to the start.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from hhu_base.taking_over.dump import Record
from hhu_base.taking_over.takeover import Row, Takeover
from hhu_base.values.text import is_storable
from hhu_plugins.activities.forms import FormError, dump, parse_form
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, ClockinStaff, Enrollment

ACTIVITY, ENROLLMENT = "activity.activity", "activity.enrollment"
ITEM, CLOCKIN = "activity.clockinitem", "activity.clockin"
USER = "user.user"


def take_activities(takeover: Takeover) -> None:
    records = takeover.records(ACTIVITY)
    takeover.know(ACTIVITY, records, "name")
    rows = [(record, row) for record in records if (row := _activity(takeover, record))]
    takeover.store(Activity, ACTIVITY, rows, same=("name", "time_start"), is_unique=False)


def take_enrollments(takeover: Takeover) -> None:
    rows: list[Row] = []
    for record in takeover.records(ENROLLMENT):
        activity_id = takeover.required(record, ACTIVITY, "activity")
        user_id = takeover.required(record, USER, "user")
        enroll_time = takeover.instant(record, "enroll_time")
        row = {
            "activity_id": activity_id,
            "user_id": user_id,
            "enroll_time": enroll_time,
            # As they are: the form may have changed since.
            "participating_metas": _answers(takeover, record),
        }
        if activity_id is not None and user_id is not None and enroll_time is not None:
            rows.append((record, row))
    takeover.store(Enrollment, ENROLLMENT, rows, same=("activity_id", "user_id"))


def take_items(takeover: Takeover) -> None:
    records = takeover.records(ITEM)
    takeover.know(ITEM, records, "label")
    rows: list[Row] = []
    taken: set[tuple[int, str]] = set()
    staff: list[dict[str, int]] = []
    for record in records:
        activity_id = takeover.required(record, ACTIVITY, "activity")
        times = _times(takeover, record, "from_time", "to_time", timedelta(minutes=1))
        if activity_id is None or times is None:
            continue
        label = takeover.text(record, "label", ClockinItem.label).strip() or f"打卡 {record.pk}"
        if (activity_id, label) in taken:
            takeover.notes.append(f"{record}：活动中已有“{label}”，改名为“{label} {record.pk}”。")
            label = f"{label} {record.pk}"
        taken.add((activity_id, label))
        from_time, to_time = times
        row = {"activity_id": activity_id, "label": label}
        rows.append((record, {**row, "from_time": from_time, "to_time": to_time}))
        for value in record.fields.get("staff") or []:
            user_id = takeover.resolve(record, USER, value, "staff")
            if user_id is not None:
                staff.append({"item_id": record.pk, "user_id": user_id})
    takeover.store(ClockinItem, ITEM, rows, same=("activity_id", "label"))
    if staff and not takeover.problems:
        takeover.session.execute(insert(ClockinStaff).on_conflict_do_nothing(), staff)


def take_clockins(takeover: Takeover) -> None:
    rows: list[Row] = []
    for record in takeover.records(CLOCKIN):
        item_id = takeover.required(record, ITEM, "item", "clockin_item")
        user_id = takeover.required(record, USER, "user")
        time = takeover.instant(record, "time")
        if item_id is not None and user_id is not None and time is not None:
            rows.append((record, {"item_id": item_id, "user_id": user_id, "time": time}))
    takeover.store(Clockin, CLOCKIN, rows, same=("item_id", "user_id"))


def _activity(takeover: Takeover, record: Record) -> dict[str, Any] | None:
    times = _times(takeover, record, "time_start", "time_end", timedelta(0))
    if times is None:
        return None
    has_limit = record.fields.get("participants_total_limit") is not None
    return {
        "name": takeover.text(record, "name", Activity.name),
        "time_start": times[0],
        "time_end": times[1],
        "location": takeover.text(record, "location", Activity.location),
        "description": takeover.text(record, "description", Activity.description),
        "form_metas": _form(takeover, record),
        "open_for_enrollment": takeover.flag(record, "open_for_enrollment", default=False),
        "participants_total_limit": takeover.number(record, "participants_total_limit")
        if has_limit
        else None,
    }


def _times(
    takeover: Takeover, record: Record, first: str, last: str, shortest: timedelta
) -> tuple[datetime, datetime] | None:
    start, end = takeover.instant(record, first), takeover.instant(record, last)
    if start is None or end is None:
        return None
    if end - start < shortest:
        takeover.trouble("impossible", f"{record}：{last} 不晚于 {first}")
        end = start + shortest
    return start, end


def _form(takeover: Takeover, record: Record) -> dict[str, Any]:
    try:
        return parse_form(record.fields.get("form_metas") or {})
    except FormError as error:
        takeover.trouble("impossible", f"{record}：报名表单不合法。{error}")
        return {}


def _answers(takeover: Takeover, record: Record) -> dict[str, Any]:
    answers = record.fields.get("participating_metas") or {}
    try:
        if isinstance(answers, str):
            answers = json.loads(answers)
        if isinstance(answers, dict) and is_storable(_texts(answers)):
            return answers
    except (ValueError, RecursionError):
        pass
    takeover.trouble("impossible", f"{record}：报名信息不是有效的 JSON 对象")
    return {}


def _texts(value: Any) -> str:
    """Every text in it, in a row. ValueError for NaN, which JSON does not have."""
    if isinstance(value, dict):
        return "".join(_texts(each) for pair in value.items() for each in pair)
    if isinstance(value, list):
        return "".join(map(_texts, value))
    return value if isinstance(value, str) else dump({"": value})
