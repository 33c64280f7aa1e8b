"""How long is left until a request has to be taken up or solved, in words."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa

from hhu_plugins.repairs.models import RepairRequest


def is_overdue() -> sa.ColumnElement[bool]:
    """Whether a request waits longer than its category allows."""
    return RepairRequest.due_at < sa.func.now()


def describe(due: datetime, now: datetime, zone: tzinfo) -> tuple[bool, str]:
    """Whether it is overdue, and ``已超时 3 小时`` or ``今天 18:00 前``."""
    if due <= now:
        return True, f"已超时 {span(now - due)}"
    moment, today = due.astimezone(zone), now.astimezone(zone).date()
    days = {today: "今天", today + timedelta(days=1): "明天"}
    return False, f"{days.get(moment.date(), f'{moment:%m-%d}')} {moment:%H:%M} 前"


def span(time: timedelta) -> str:
    """``25 分钟``, ``3.5 小时``, ``2 天``."""
    minutes = time.total_seconds() / 60
    if minutes < 60:
        return f"{max(1, round(minutes))} 分钟"
    figure, unit = (minutes / 60, "小时") if minutes < 48 * 60 else (minutes / 1440, "天")
    return f"{figure:.1f}".removesuffix(".0") + f" {unit}"
