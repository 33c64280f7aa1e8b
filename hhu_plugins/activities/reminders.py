"""The evening before an activity those who are enrolled are reminded of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from hhu_base.notifications import Link, Reminder, not_reminded
from hhu_base.settings import Integer
from hhu_plugins.activities.models import Activity, Enrollment

KIND = "activities.reminder"
REMIND_HOUR = Integer(
    "activities.remind_hour", 19, "活动前一天的几点提醒报名的人；0 是不提醒", 0, 23
)
_WEEKDAYS = "一二三四五六日"
_AT_ONCE = 500
# The evening before is never longer ago.
_LONGEST = timedelta(days=2)


def find_due(request) -> Iterator[Reminder]:
    """Of the activities that begin tomorrow, or today: who had a place that evening."""
    zone, hour = request.registry.site_zone, request.registry["activities.remind_hour"]
    now = datetime.now(UTC)
    soon = request.db.execute(
        sa.select(Activity.id, Activity.time_start).where(
            Activity.time_start > now, Activity.time_start <= now + _LONGEST
        )
    )
    for activity_id, start in soon.all():
        evening = evening_before(start, hour, zone)
        if evening <= now:
            yield from _of_activity(request, activity_id, start, evening)


def evening_before(start: datetime, hour: int, zone: tzinfo) -> datetime:
    """``hour`` o'clock of the day before, by the clocks on the site's walls."""
    day = start.astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(day, time(hour), zone)


def _of_activity(request, activity_id: int, start: datetime, evening: datetime) -> list[Reminder]:
    found = request.db.scalars(
        sa.select(Enrollment)
        .join(Enrollment.activity)
        .where(
            Activity.id == activity_id,
            Activity.time_start == start,
            # Who has enrolled since then knows.
            Enrollment.enroll_time <= evening,
            not_reminded(KIND, Activity.id, Activity.time_start, Enrollment.user_id),
        )
        .options(contains_eager(Enrollment.activity))
        .order_by(Enrollment.id)
        .limit(_AT_ONCE)
        .with_for_update(read=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [_reminder(row, request.registry.site_zone) for row in found]


def _reminder(row: Enrollment, zone: tzinfo) -> Reminder:
    activity = row.activity
    start = activity.time_start.astimezone(zone)
    when = f"{start:%Y-%m-%d} 周{_WEEKDAYS[start.weekday()]} {start:%H:%M}"
    return Reminder(
        row.user_id,
        activity.id,
        activity.time_start,
        f"【活动提醒】“{activity.name}”{start:%m-%d %H:%M} 开始",
        f"您报名的活动就要开始了。\n\n活动：{activity.name}\n时间：{when}\n"
        f"地点：{activity.location}\n\n如果不能参加，请取消报名，把名额留给其他老师。\n",
        cause=f"/admin/activities/activities/{activity.id}/",
        links=(Link("查看活动", f"/app/activities/{activity.id}/"),),
    )


def includeme(config) -> None:
    hour = REMIND_HOUR.read(config.get_settings())
    config.registry["activities.remind_hour"] = hour
    if hour:
        config.add_notice_kind(KIND, "活动前一天晚上提醒我", is_reminder=True)
        config.add_reminder(KIND, find_due)
