"""An hour before a reservation its holder is reminded of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from hhu_base.notifications import Link, Reminder, not_reminded
from hhu_base.settings import Integer
from hhu_plugins.rooms import checkins, display, occupancy
from hhu_plugins.rooms.models import CONFIRMED, Reservation
from hhu_plugins.rooms.policy import BookingPolicy

KIND = "rooms.reminder"
REMIND_MINUTES = Integer(
    "rooms.remind_minutes", 60, "预约开始前多少分钟提醒预约人；0 是不提醒", 0, 7 * 24 * 60
)
_AT_ONCE = 200


def find_due(request) -> Iterator[Reminder]:
    """Of the reservations that begin soon, those that were made and last changed before that."""
    lead = timedelta(minutes=request.registry["rooms.remind_minutes"])
    # Not the clock's own time: an index can't use what goes on while it is read.
    now = sa.func.now()
    known_since = sa.func.coalesce(Reservation.changed_at, Reservation.requested_at)
    found = request.db.scalars(
        sa.select(Reservation)
        .where(
            occupancy.takes_time(),
            Reservation.status == CONFIRMED,
            Reservation.reserve_from > now,
            Reservation.reserve_from <= now + lead,
            # Who has just booked, or was just told of a change, knows.
            known_since <= Reservation.reserve_from - lead,
            not_reminded(KIND, Reservation.id, Reservation.reserve_from, Reservation.user_id),
        )
        .options(joinedload(Reservation.room))
        .order_by(Reservation.id)
        .limit(_AT_ONCE)
        .with_for_update(read=True, skip_locked=True, of=Reservation)
        .execution_options(populate_existing=True)
    )
    zone, policy = request.registry.site_zone, request.registry["rooms.policy"]
    for row in found:
        where = display.full_name(row.room)
        when = display.span(row.reserve_from, row.reserve_to, zone)
        yield Reminder(
            row.user_id,
            row.id,
            row.reserve_from,
            f"【会议提醒】{where}，{display.clock_span(row.reserve_from, row.reserve_to, zone)}",
            f"您预约的会议室就要开始使用了。\n\n会议室：{where}\n时间：{when}\n\n"
            f"会议说明：{row.description}\n{_to_come(row, policy)}",
            links=_links(row),
            cause=f"/admin/rooms/reservations/{row.id}/",
        )


def _to_come(row: Reservation, policy: BookingPolicy) -> str:
    if not checkins.is_wanted(row):
        return ""
    minutes = display.minutes(policy.release_after)
    return (
        f"\n这间会议室要签到：到场后扫门口的二维码。开始后 {minutes} 分钟没有人签到，就会释放。\n"
    )


def _links(row: Reservation) -> tuple[Link, ...]:
    page = Link("我的预约", display.reservation_path(row.id))
    if not checkins.is_wanted(row):
        return (page,)
    return (Link("签到", f"{display.door_path(row.room_id)}?checkin"), page)


def includeme(config) -> None:
    minutes = REMIND_MINUTES.read(config.get_settings())
    config.registry["rooms.remind_minutes"] = minutes
    if minutes:
        config.add_notice_kind(KIND, "会议开始前提醒我", is_reminder=True)
        config.add_reminder(KIND, find_due)
