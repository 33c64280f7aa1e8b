"""What administrators do to reservations, from whichever page: by the rules of ``booking``.

They may go beyond the limits of length and horizon, knowingly, never into somebody else's time.
What has ended stays as it is. A view takes the lock first (``booking.LOCK``), then the row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hhu_base.database import lock
from hhu_base.rest import NotFound, no_such_object
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.web import audit
from hhu_base.web import display as web_display
from hhu_plugins.rooms import booking, display, notifications
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CONFIRMED, LONGEST_MEETING, Meetingroom, Reservation
from hhu_plugins.rooms.policy import BookingPolicy

KNOWINGLY = "knowingly"
KNOWINGLY_TITLE = "我知道超出了规定"
MOVED, CANCELLED, RESERVED = "改时间或会议室", "取消预约", "代为预约"
ENDED = "已经结束的预约只能查看。"
GONE = "这个预约已经取消或者没有成功，请刷新页面。"


def find_locked(request, reservation_id: int) -> Reservation:
    """The reservation as it is now; nobody else changes it before this transaction ends."""
    lock(request.db, booking.LOCK)
    row = request.db.scalar(
        sa.select(Reservation)
        .where(Reservation.id == reservation_id)
        .with_for_update(of=Reservation)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def check_open(row: Reservation) -> None:
    """Refused, where it is no confirmed one or has ended."""
    if row.status != CONFIRMED:
        raise Refusal(GONE, TOGETHER)
    if row.reserve_to <= datetime.now(UTC):
        raise Refusal(ENDED, TOGETHER)


def is_at(row: Reservation, start: datetime, end: datetime) -> bool:
    """Whether these are its times, to the second: no page tells more."""
    pairs = ((row.reserve_from, start), (row.reserve_to, end))
    return all(one.replace(microsecond=0) == other.replace(microsecond=0) for one, other in pairs)


def apply(request, row: Reservation, values: Mapping[str, Any]) -> None:
    """Give a confirmed reservation another time, room or description.

    Raises FieldErrors or Refused; where the room is taken the sentence tells who has it.
    """
    was = notifications.Slot.of(row)
    start = values.get("reserve_from", row.reserve_from)
    end = values.get("reserve_to", row.reserve_to)
    # Times that nobody touches stay as they are, even off the grid or beyond the limits.
    if not is_at(row, start, end):
        knowingly = values.get(KNOWINGLY, False)
        row.reserve_from, row.reserve_to = check_times(request, start, end, knowingly=knowingly)
    row.room_id = values.get("room_id", row.room_id)
    row.description = values.get("description", row.description)
    if notifications.Slot.of(row) == was:
        request.db.flush()
        return
    put(request, row)
    _tell(request, row, notifications.MOVED, was=was)


def add(request, row: Reservation, values: Mapping[str, Any], *, is_its_turn: bool = False) -> None:
    """Reserve for somebody; for ``is_its_turn`` see ``booking.place``.

    Raises FieldErrors or Refused.
    """
    row.room_id, row.user_id = values["room_id"], values["user_id"]
    row.description = values["description"]
    row.reserve_from, row.reserve_to = check_times(
        request,
        values["reserve_from"],
        values["reserve_to"],
        knowingly=values.get(KNOWINGLY, False),
    )
    put(request, row, is_its_turn=is_its_turn)
    _tell(request, row, notifications.RESERVED)


def restore(request, row: Reservation) -> None:
    """Confirm a cancelled one again, if its room is still free. Raises Refused."""
    put(request, row)
    _tell(request, row, notifications.RESTORED)


def cancel(request, row: Reservation, reason: str) -> None:
    """Cancel it; the row stays as its history. Raises Refused."""
    is_cancelled = booking.cancel(
        request.db, row.id, by_user_id=request.identity.user_id, reason=reason
    )
    if not is_cancelled:
        raise Refusal(ENDED if row.status == CONFIRMED else GONE, TOGETHER)
    request.db.refresh(row)
    _tell(request, row, notifications.CANCELLED)


def _tell(request, row: Reservation, what: str, *, was: notifications.Slot | None = None) -> None:
    """Note in this transaction that the holder is to be told."""
    notifications.notify_holder(
        request.db,
        row,
        what,
        by_user_id=request.identity.user_id,
        after=request.registry["rooms.notify_after"],
        was=was,
    )


def put(request, row: Reservation, *, is_its_turn: bool = False) -> None:
    """Confirm it where it stands now. Raises FieldErrors or Refused."""
    # Only ``place`` writes it, once it has looked: the constraint would not tell who has the room.
    with request.db.no_autoflush:
        if request.db.get(Meetingroom, row.room_id) is None:
            raise FieldErrors({"room_id": [no_such_object(row.room_id)]})
        try:
            booking.place(
                request.db, row, by_user_id=request.identity.user_id, is_its_turn=is_its_turn
            )
        except booking.RoomTaken as taken:
            zone = request.registry.site_zone
            who = "；".join(display.held(other, zone) for other in taken.by)
            raise Refusal(f"会议室在该时间段已经被占用：{who}。", TOGETHER) from None
    # Its room and its status date have changed behind the object's back.
    request.db.expire(row)


def check_times(request, start: datetime, end: datetime, *, knowingly: bool) -> Interval:
    """These times, which lie on the grid. Raises FieldErrors.

    Of ``knowingly`` if that would let them pass; and where they lie between the points of the grid,
    since nothing is stored that has not been shown: the form shows the wider times then.
    """
    if end <= start:
        raise FieldErrors({"reserve_to": ["结束时间必须晚于开始时间。"]})
    if end - start > LONGEST_MEETING:
        raise FieldErrors({"reserve_to": ["一次预约最长 24 小时。"]})
    grid: BookingPolicy = request.registry["rooms.grid"]
    errors: dict[str, list[str]] = {}
    try:
        booking.check_times(grid, datetime.now(UTC), start, end, may_exceed=knowingly)
    except booking.ExceedsPolicy as limit:
        errors[KNOWINGLY] = [f"{limit}确有需要时，请勾选“{KNOWINGLY_TITLE}”再保存。"]
    except Refusal as refusal:
        raise FieldErrors({"reserve_to": [str(refusal)]}) from None
    stored = grid.widen(start, end)
    instead = {}
    if stored != (start, end):
        asked = display.clock_span(start, end, grid.zone)
        errors["reserve_to"] = [
            f"预约以{grid.step_text}为单位：{asked} 会存为 "
            f"{display.clock_span(*stored, grid.zone)}，请确认后再次保存。"
        ]
        texts = (display.field_time(each, grid.zone) for each in stored)
        instead = dict(zip(("reserve_from", "reserve_to"), texts, strict=True))
    if errors:
        raise FieldErrors(errors, instead)
    return stored


@contextmanager
def audited(request, row: Reservation, action: str) -> Iterator[None]:
    """Record what happens to ``row`` inside, in the same transaction."""
    before = texts(request, row)
    yield
    record(request, row, action, before)


def record(request, row: Reservation, action: str, before: dict[str, str]) -> None:
    label = request.registry["admin.by_model"][Reservation].label(row)
    audit.record(request, action, row, label, before, texts(request, row))


def texts(request, row: Reservation) -> dict[str, str]:
    admin = request.registry["admin.by_model"][Reservation]
    return web_display.field_texts(request, admin.nodes, admin.read(request, row))
