"""What administrators do to reservations, from whichever page.

The rules are those of ``booking``; here stand the administrators' words for what they refuse, and
what is recorded of a change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hhu_base.rest import NotFound
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.web import audit
from hhu_base.web import display as web_display
from hhu_plugins.rooms import booking, display
from hhu_plugins.rooms.models import LONGEST_MEETING, Reservation
from hhu_plugins.rooms.policy import BookingPolicy, ExceedsPolicy, WrongTimes

KNOWINGLY = "knowingly"
KNOWINGLY_TITLE = "我知道超出了规定"
MOVED, CANCELLED, RESERVED = "改时间或会议室", "取消预约", "代为预约"

_CHANGEABLE = ("room_id", "reserve_from", "reserve_to", "description")


def find_locked(request, reservation_id: int) -> Reservation:
    """The reservation as it is now. Raises NotFound."""
    row = booking.find_locked(request.db, reservation_id)
    if row is None:
        raise NotFound
    return row


def find_open(request, reservation_id: int) -> Reservation:
    """The same, if it can still be changed. Raises Refusal too."""
    row = find_locked(request, reservation_id)
    booking.check_open(row)
    return row


def move(request, row: Reservation, values: Mapping[str, Any]) -> None:
    """Give a confirmed reservation another time, room or description. Raises Refusal."""
    changes = {name: values[name] for name in _CHANGEABLE if name in values}
    with _in_our_words(request):
        booking.move(
            request.db,
            _policy(request),
            row,
            by_user_id=request.identity.user_id,
            may_exceed=values.get(KNOWINGLY, False),
            **changes,
        )


def reserve_for(request, row: Reservation, values: Mapping[str, Any]) -> None:
    """Reserve for somebody. Raises Refusal."""
    with _in_our_words(request):
        booking.reserve_for(
            request.db,
            _policy(request),
            row,
            by_user_id=request.identity.user_id,
            may_exceed=values.get(KNOWINGLY, False),
            **_wanted(values),
        )


def replace(
    request, rows: Sequence[Reservation], values: Mapping[str, Any], reason: str
) -> Reservation:
    """Cancel ``rows`` and reserve in their place. Raises Refusal."""
    with _in_our_words(request):
        return booking.replace(
            request.db,
            _policy(request),
            rows,
            by_user_id=request.identity.user_id,
            reason=reason,
            may_exceed=values.get(KNOWINGLY, False),
            **_wanted(values),
        )


def restore(request, row: Reservation) -> None:
    """Confirm a cancelled one again, if its room is still free. Raises Refusal."""
    with _in_our_words(request):
        booking.restore(request.db, _policy(request), row, by_user_id=request.identity.user_id)


def cancel(request, row: Reservation, reason: str) -> None:
    """Cancel it; the row stays as its history. Raises Refusal."""
    by_user_id = request.identity.user_id
    if not booking.cancel(
        request.db, _policy(request), row.id, by_user_id=by_user_id, reason=reason
    ):
        raise booking.not_open(row)


def _policy(request) -> BookingPolicy:
    return request.registry["rooms.policy"]


def _wanted(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("user_id", *_CHANGEABLE)}


@contextmanager
def _in_our_words(request) -> Iterator[None]:
    """Say which field is wrong, what would let it pass, and who has the room."""
    try:
        yield
    except booking.RoomTaken as taken:
        zone = request.registry.site_zone
        # Reading who they are must not write what was refused.
        with request.db.no_autoflush:
            who = "；".join(display.held(other, zone) for other in taken.by)
        raise Refusal(f"会议室在该时间段已经被占用：{who}。", TOGETHER) from None
    except ExceedsPolicy as limit:
        sentence = f"{limit}确有需要时，请勾选“{KNOWINGLY_TITLE}”再保存。"
        raise FieldErrors({KNOWINGLY: [sentence]}) from None
    except WrongTimes as wrong:
        raise FieldErrors({"reserve_to": [_wrong_times(wrong)]}) from None


def _wrong_times(wrong: WrongTimes) -> str:
    if wrong.end <= wrong.start:
        return "结束时间必须晚于开始时间。"
    return "一次预约最长 24 小时。" if wrong.end - wrong.start > LONGEST_MEETING else str(wrong)


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
