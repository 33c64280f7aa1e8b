"""Telling the holder of a reservation what somebody else has done with it.

The one place for it: it is called in the transaction of every such change, and puts a mail into
the outbox. Callers hurry it with ``request.enqueue(outbox.TASK)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from hhu_base.mail import outbox
from hhu_base.models import User
from hhu_plugins.rooms import wording
from hhu_plugins.rooms.models import Meetingroom, Reservation

RESERVED, MOVED, CANCELLED, RESTORED = "reserved", "moved", "cancelled", "restored"

# What the subject says, and the first sentence.
_WORDS = {
    RESERVED: ("代为预约", "{by}为您预约了会议室。"),
    MOVED: ("预约变更", "{by}更改了您的会议室预约，请按新的安排使用。"),
    CANCELLED: ("预约取消", "{by}取消了您的会议室预约。"),
    RESTORED: ("预约恢复", "{by}恢复了您已被取消的会议室预约，该预约重新有效。"),
}


@dataclass(frozen=True)
class Place:
    """Where and when a reservation is, or was before it was moved."""

    room_id: int
    reserve_from: datetime
    reserve_to: datetime

    @classmethod
    def of(cls, reservation: Reservation) -> Place:
        return cls(reservation.room_id, reservation.reserve_from, reservation.reserve_to)


def tell_holder(
    session: Session,
    reservation: Reservation,
    what: str,
    *,
    by_user_id: int,
    zone: tzinfo,
    was: Place | None = None,
    reason: str = "",
) -> bool:
    """Write to the holder ``what`` was done by somebody else; whether there is a mail now.

    ``was`` is where it had been, ``reason`` a sentence for the holder. Times are in ``zone``.
    """
    holder = session.get_one(User, reservation.user_id)
    if holder.id == by_user_id or not holder.email or not holder.is_active:
        return False
    by = session.get_one(User, by_user_id)
    title, sentence = _WORDS[what]
    now = Place.of(reservation)
    lines = [f"{holder.fullname}，您好！", sentence.format(by=_name(by))]
    if was is not None:
        lines.append(f"原来：{_shown(session, was, zone)}\n现在：{_shown(session, now, zone)}")
    else:
        lines.append(f"会议室：{_room(session, now)}\n时间：{_time(now, zone)}")
    lines.append(f"会议说明：{reservation.description}")
    if reason:
        lines.append(f"原因：{reason}")
    # Whoever has questions knows whom to ask.
    known = (_name(by), by.phone or by.tel, by.email)
    lines.append(f"处理人：{' '.join(part for part in known if part)}")
    outbox.put(
        session,
        [outbox.Recipient(holder.email, holder.fullname)],
        f"【{title}】{_shown(session, now, zone)}",
        "\n\n".join(lines) + "\n",
        cause=f"/admin/rooms/reservations/{reservation.id}/",
    )
    return True


def _shown(session: Session, place: Place, zone: tzinfo) -> str:
    """``勤学楼 101，2026-11-24 周二 10:00–11:30``"""
    return f"{_room(session, place)}，{_time(place, zone)}"


def _room(session: Session, place: Place) -> str:
    return wording.full_name(session.get_one(Meetingroom, place.room_id))


def _time(place: Place, zone: tzinfo) -> str:
    return wording.span(place.reserve_from, place.reserve_to, zone)


def _name(user: User) -> str:
    return user.fullname or user.username
