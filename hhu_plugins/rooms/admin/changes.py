"""What administrators do to reservations, from whichever page.

The rules are those of ``booking`` and ``replacement``; here stand the administrators' words for what they refuse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from hhu_base.rest import NotFound
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.web import audit
from hhu_base.web import display as web_display
from hhu_plugins.rooms import booking, cancellation, checkins, display, replacement
from hhu_plugins.rooms.closed_times import RoomClosed
from hhu_plugins.rooms.models import HELD, LONGEST_MEETING, Meetingroom, Reservation
from hhu_plugins.rooms.policy import BookingPolicy, ExceedsPolicy, check_times

KNOWINGLY = "knowingly"
KNOWINGLY_TITLE = "我知道超出了规定"
MOVED, CANCELLED, RESERVED = "改时间或会议室", "取消预约", "代为预约"

_CHANGEABLE = ("room_id", "reserve_from", "reserve_to", "description")


def find_open(request, reservation_id: int, *, or_held: bool = False) -> Reservation:
    """The reservation as it is now, under the lock. Raises NotFound, or Refusal if it is closed.

    ``or_held``: a hold will do, which can be taken back, and nothing else.
    """
    row = booking.find_locked(request.db, reservation_id)
    if row is None:
        raise NotFound
    if not (or_held and row.status == HELD):
        booking.check_open(row)
    return row


def move(request, row: Reservation, values: Mapping[str, Any]) -> None:
    """Give a confirmed reservation another time, room or description. Raises Refusal."""
    changed = {name: values[name] for name in _CHANGEABLE if name in values}
    knowingly = values.get(KNOWINGLY, False)
    start = changed.get("reserve_from", row.reserve_from)
    end = changed.get("reserve_to", row.reserve_to)
    if not booking.is_at(row, start, end):
        room_id = changed.get("room_id", row.room_id)
        check_wanted_times(request, room_id, start, end, knowingly=knowingly)
    with telling_why_not(request):
        booking.move(
            request.db,
            _policy(request),
            row,
            by_user_id=request.identity.user_id,
            may_exceed=knowingly,
            **changed,
        )


def reserve_for(request, row: Reservation, values: Mapping[str, Any]) -> None:
    """Reserve for somebody. Raises Refusal."""
    with telling_why_not(request):
        booking.reserve_for(request.db, _policy(request), row, **_wanted(request, values))


def replace(
    request,
    rows: Sequence[Reservation],
    values: Mapping[str, Any],
    *,
    reason: str,
    rooms: Mapping[int, int],
) -> Reservation:
    """Reserve in the place of ``rows``, which move to ``rooms`` or are cancelled. Raises Refusal."""
    wanted = _wanted(request, values)
    with telling_why_not(request):
        return replacement.replace(
            request.db, _policy(request), rows, reason=reason, rooms=rooms, **wanted
        )


def _wanted(request, values: Mapping[str, Any]) -> dict[str, Any]:
    """What ``booking.reserve_for`` takes. Raises FieldErrors."""
    knowingly = values.get(KNOWINGLY, False)
    start, end = values["reserve_from"], values["reserve_to"]
    check_wanted_times(request, values["room_id"], start, end, knowingly=knowingly)
    wanted = {name: values[name] for name in ("user_id", *_CHANGEABLE)}
    return wanted | {"by_user_id": request.identity.user_id, "may_exceed": knowingly}


def restore(request, row: Reservation, knowingly: bool = False) -> None:
    """Confirm a cancelled one again, if its room is still free. Raises Refusal."""
    with telling_why_not(request):
        booking.restore(
            request.db,
            _policy(request),
            row,
            by_user_id=request.identity.user_id,
            may_exceed=knowingly,
        )


def cancel(request, row: Reservation, reason: str) -> None:
    """Cancel it; the row stays as its history. Raises Refusal."""
    by_user_id = request.identity.user_id
    if not cancellation.cancel(
        request.db, _policy(request), row.id, by_user_id=by_user_id, reason=reason
    ):
        raise booking.not_open(row)


def check_in(request, row: Reservation) -> None:
    """Its people are there, as an administrator has seen. Raises Refusal."""
    locked = booking.find_locked(request.db, row.id)
    if locked is None:
        raise NotFound
    checkins.check_in(_policy(request), locked)


def record_reserved(request, row: Reservation) -> None:
    """An entry in the audit log about a reservation that has just been made."""
    admin = request.registry["admin.by_model"][Reservation]
    texts = web_display.field_texts(request, admin.nodes, admin.read(request, row))
    after = {title: text for title, text in texts.items() if text}
    audit.record(request, audit.ADDED, row, admin.label(row), {}, after)


def _policy(request) -> BookingPolicy:
    return request.registry["rooms.policy"]


@contextmanager
def telling_why_not(request) -> Iterator[None]:
    """Why a rule refuses, as administrators are told: with who and why, or what to tick."""
    try:
        yield
    except replacement.CannotMove as stuck:
        room = request.db.get(Meetingroom, stuck.room_id)
        where = display.full_name(room) if room else "这间会议室"
        sentence = _sentence(request, stuck.why).removeprefix("会议室")
        raise FieldErrors(
            {displaced_field(stuck.reservation_id): [f"{where} {sentence}"]}
        ) from None
    except ExceedsPolicy as limit:
        raise FieldErrors({KNOWINGLY: [_ask_for_consent(str(limit))]}) from None
    except (booking.RoomTaken, RoomClosed) as refused:
        raise Refusal(_sentence(request, refused), TOGETHER) from None


def displaced_field(reservation_id: int) -> str:
    """The field that says what becomes of a reservation in whose place another one comes."""
    return f"to-{reservation_id}"


def _sentence(request, refused: Refusal) -> str:
    """Why not, with who has the room, or what it is closed for."""
    if isinstance(refused, booking.RoomTaken):
        zone = request.registry.site_zone
        # Reading who they are must not write what was refused.
        with request.db.no_autoflush:
            who = "；".join(display.held(other, zone) for other in refused.by)
        return f"会议室在该时间段已经被占用：{who}。"
    if isinstance(refused, RoomClosed):
        why = "；".join(dict.fromkeys(each.reason.rstrip("。") for each in refused.by))
        return f"会议室在该时间段不开放：{why}。"
    if isinstance(refused, FieldErrors):
        return "不存在，请重新选择。"
    return str(refused)


def _ask_for_consent(sentence: str) -> str:
    return f"{sentence}确有需要时，请勾选“{KNOWINGLY_TITLE}”再保存。"


def check_wanted_times(
    request, room_id: int, start: datetime, end: datetime, *, knowingly: bool
) -> None:
    """Raises FieldErrors where these times can't be stored as they are, in this room.

    Of ``knowingly`` if that would let them pass; and where they lie between the points of the grid,
    since nothing is stored that has not been shown: the form shows the wider times then.
    """
    if end <= start:
        raise FieldErrors({"reserve_to": ["结束时间必须晚于开始时间。"]})
    if end - start > LONGEST_MEETING:
        raise FieldErrors({"reserve_to": ["一次预约最长 24 小时。"]})
    policy = booking.policy_in(request.db, _policy(request), room_id)
    errors: dict[str, list[str]] = {}
    try:
        check_times(policy, datetime.now(UTC), start, end, may_exceed=knowingly)
    except ExceedsPolicy as limit:
        errors[KNOWINGLY] = [_ask_for_consent(str(limit))]
    except Refusal as refusal:
        raise FieldErrors({"reserve_to": [str(refusal)]}) from None
    stored = policy.widen(start, end)
    instead = {}
    if stored != (start, end):
        asked = display.clock_span(start, end, policy.zone)
        errors["reserve_to"] = [
            f"预约以{policy.step_text}为单位：{asked} 会存为 "
            f"{display.clock_span(*stored, policy.zone)}，请确认后再次保存。"
        ]
        texts = (display.field_time(each, policy.zone) for each in stored)
        instead = dict(zip(("reserve_from", "reserve_to"), texts, strict=True))
    if errors:
        raise FieldErrors(errors, instead)
