"""Telling people that a place has become free for them.

Code that frees a place calls ``tell`` with what the rule returned, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from hhu_base.models import User
from hhu_base.notifications import Link, notify
from hhu_plugins.activities.models import Activity
from hhu_plugins.activities.waiting_list import MovedUp

KIND = "activities.place"


def tell(request, moved_up: Iterable[MovedUp]) -> None:
    """A mail for each who moved up and has an address, and an event for subscribers."""
    for event in moved_up:
        _write(request, event)
        request.registry.notify(event)


def _write(request, event: MovedUp) -> None:
    user = event.session.get_one(User, event.user_id)
    activity = event.session.get_one(Activity, event.activity_id)
    start = activity.time_start.astimezone(request.registry.site_zone)
    notify(
        event.session,
        user,
        KIND,
        f"【活动】“{activity.name}”候补成功",
        f"{user.fullname}，您好！\n\n"
        f"您候补的活动“{activity.name}”有了空位，您已报名成功。\n\n"
        f"时间：{start:%Y-%m-%d %H:%M}\n地点：{activity.location}\n\n"
        "如果不能参加，请取消报名，把名额留给其他老师。\n",
        cause=f"/admin/activities/activities/{activity.id}/",
        links=[Link("查看活动", f"/app/activities/{activity.id}/")],
    )
