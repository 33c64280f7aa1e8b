"""What the pages of one's reservations say of them."""

from __future__ import annotations

from datetime import datetime, tzinfo

from hhu_plugins.rooms import checkins, display
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    HELD,
    PENDING,
    REJECTED,
    RELEASED,
    REQUESTED,
    WITHDRAWN,
    Reservation,
)
from hhu_plugins.rooms.policy import BookingPolicy

RESERVATIONS = "/app/reservations/"
RESERVED = "已预约"
# Status → its word, and the tone of its badge.
_STATES = {
    CONFIRMED: (RESERVED, "good"),
    PENDING: ("处理中", "warn"),
    CANCELLED: ("已取消", ""),
    REJECTED: ("未成功", ""),
    WITHDRAWN: ("已撤回", ""),
    HELD: ("等您确认", "warn"),
    RELEASED: ("已释放", "bad"),
    REQUESTED: ("等待审批", "warn"),
}


def state(policy: BookingPolicy, row: Reservation, now: datetime) -> tuple[str, str]:
    """A word, and the tone of its badge."""
    if row.status == CONFIRMED:
        if checkins.is_open(policy, row, now):
            return "等您签到", "warn"
        if row.reserve_to <= now:
            return "已结束", ""
        if row.reserve_from <= now:
            return "进行中", "blue"
    if row.status == HELD and (row.hold_until is None or row.hold_until <= now):
        return "保留已结束", ""
    return _STATES[row.status]


def path_of(row: Reservation) -> str:
    return display.reservation_path(row.id)


def shared(row: Reservation, zone: tzinfo) -> str:
    """As a text for a chat."""
    return "\n".join(
        [
            f"会议：{row.description}",
            f"时间：{display.span(row.reserve_from, row.reserve_to, zone)}",
            f"地点：{display.full_name(row.room)}",
        ]
    )
