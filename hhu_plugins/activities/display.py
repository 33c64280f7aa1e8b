"""Activities and their times as pages word them."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import NamedTuple

from hhu_plugins.activities.models import Activity

_WEEKDAYS = "一二三四五六日"


class State(NamedTuple):
    """How an activity stands to somebody, and the colour of that."""

    text: str
    tone: str = ""


def span(start: datetime, end: datetime, zone: tzinfo) -> str:
    """``11 月 24 日 周二 14:00–16:00``; the second day only where it is another one, the year only where it is not this."""
    start, end = start.astimezone(zone), end.astimezone(zone)
    year = datetime.now(zone).year
    last = f"{end:%H:%M}" if end.date() == start.date() else f"{_day(end, start.year)} {end:%H:%M}"
    return f"{_day(start, year)} {start:%H:%M}–{last}"


def _day(moment: datetime, year: int) -> str:
    before = "" if moment.year == year else f"{moment.year} 年 "
    return f"{before}{moment.month} 月 {moment.day} 日 周{_WEEKDAYS[moment.weekday()]}"


def state_of(
    activity: Activity, enrolled: int, now: datetime, *, is_mine: bool, is_waiting: bool
) -> State:
    """What matters most: mine first, then whether there is a place."""
    is_over = activity.time_end <= now
    if is_mine:
        return State("已参加" if is_over else "已报名", "good")
    if is_over:
        return State("已结束")
    if is_waiting:
        return State("候补中", "warn")
    if not activity.open_for_enrollment:
        return State("未开放报名")
    if activity.enroll_until is not None and activity.enroll_until <= now:
        return State("报名已截止")
    limit = activity.participants_total_limit
    if limit is None:
        return State("可以报名", "blue")
    if enrolled < limit:
        return State(f"还有 {limit - enrolled} 个名额", "blue")
    return State("已满，可以候补", "warn") if activity.has_waiting_list else State("已满", "bad")
