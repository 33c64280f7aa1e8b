"""Telling the holder of a reservation what somebody else has done with it.

Each such change notes, in its transaction, what the holder knew before: the first of them, since
what is changed once more within ``rooms.notify_after`` was not told yet. When the note falls due,
it is held against what is true then, and the holder gets a mail about the difference. Of what was
undone by then there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.mail import outbox
from hhu_base.models import User
from hhu_plugins.rooms import display
from hhu_plugins.rooms.models import CANCELLED as IS_CANCELLED
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Notice, Reservation

RESERVED, MOVED, CANCELLED, RESTORED = "reserved", "moved", "cancelled", "restored"

_KIND = "rooms.reservation"
_AT_ONCE = 100
# What the holder knew of it before this was done; None: nothing.
_KNEW = {RESERVED: None, MOVED: CONFIRMED, CANCELLED: CONFIRMED, RESTORED: IS_CANCELLED}
# What the subject says, and the first sentence.
_WORDS = {
    RESERVED: ("代为预约", "{by}为您预约了会议室。"),
    MOVED: ("预约变更", "{by}更改了您的会议室预约，请按新的安排使用。"),
    CANCELLED: ("预约取消", "{by}取消了您的会议室预约。"),
    RESTORED: ("预约恢复", "{by}恢复了您已被取消的会议室预约，该预约重新有效。"),
}


@dataclass(frozen=True)
class Slot:
    """Where and when a reservation is, or was before it was moved."""

    room_id: int | None
    reserve_from: datetime
    reserve_to: datetime

    @classmethod
    def of(cls, reservation: Reservation) -> Slot:
        return cls(reservation.room_id, reservation.reserve_from, reservation.reserve_to)


def notify_holder(
    session: Session,
    reservation: Reservation,
    what: str,
    *,
    by_user_id: int,
    after: timedelta,
    was: Slot | None = None,
) -> None:
    """Note that ``what`` was done: ``after`` that the holder is told, unless it is undone.

    ``was`` is where it had been before it was moved. What holders do themselves they know.
    """
    if reservation.user_id == by_user_id:
        session.execute(sa.delete(Notice).where(Notice.reservation_id == reservation.id))
        return
    known = was or Slot.of(reservation)
    due_at = sa.func.clock_timestamp() + after
    note = insert(Notice).values(
        reservation_id=reservation.id,
        known_status=_KNEW[what],
        known_room_id=known.room_id,
        known_from=known.reserve_from,
        known_to=known.reserve_to,
        due_at=due_at,
    )
    session.execute(
        note.on_conflict_do_update(index_elements=[Notice.reservation_id], set_={"due_at": due_at})
    )


def tell_what_is_due(session: Session, zone: tzinfo) -> int:
    """Write the mails whose time has come, some at a time; returns how many notes are settled.

    Who changes such a reservation meanwhile waits for the lock of the note, and notes anew.
    """
    notices = session.scalars(
        sa.select(Notice)
        .where(Notice.due_at <= sa.func.clock_timestamp())
        .order_by(Notice.due_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for notice in notices:
        _tell_difference(session, notice, zone)
        session.delete(notice)
    session.flush()
    return len(notices)


def _tell_difference(session: Session, notice: Notice, zone: tzinfo) -> None:
    reservation = session.get_one(Reservation, notice.reservation_id, populate_existing=True)
    by = session.get(User, reservation.status_changed_by or 0)
    known = None
    if notice.known_status == CONFIRMED:
        known = Slot(notice.known_room_id, notice.known_from, notice.known_to)
    now = Slot.of(reservation) if reservation.status == CONFIRMED else None
    if known == now or by is None:
        return
    if now is None:
        what = CANCELLED
    elif known is not None:
        what = MOVED
    else:
        what = RESTORED if notice.known_status == IS_CANCELLED else RESERVED
    _write(session, reservation, what, by, known, now, zone)


def _write(
    session: Session,
    reservation: Reservation,
    what: str,
    by: User,
    known: Slot | None,
    now: Slot | None,
    zone: tzinfo,
) -> None:
    title, sentence = _WORDS[what]
    place = now or known or Slot.of(reservation)
    lines = [f"{reservation.user.fullname}，您好！", sentence.format(by=_name(by))]
    if known is not None and now is not None:
        lines.append(f"原来：{_shown(session, known, zone)}\n现在：{_shown(session, now, zone)}")
    else:
        lines.append(f"会议室：{_room(session, place)}\n时间：{_time(place, zone)}")
    lines.append(f"会议说明：{reservation.description}")
    if what == CANCELLED and reservation.status_reason:
        lines.append(f"原因：{reservation.status_reason}")
    # Holders with questions know whom to ask.
    contact = (_name(by), by.phone or by.tel, by.email)
    lines.append(f"处理人：{' '.join(part for part in contact if part)}")
    outbox.notify(
        session,
        reservation.user,
        f"【{title}】{_shown(session, place, zone)}",
        "\n\n".join(lines) + "\n",
        cause=f"/admin/rooms/reservations/{reservation.id}/",
        kind=_KIND,
        by_user_id=by.id,
    )


def _shown(session: Session, place: Slot, zone: tzinfo) -> str:
    """``勤学楼 101，2026-11-24 周二 10:00–11:30``"""
    return f"{_room(session, place)}，{_time(place, zone)}"


def _room(session: Session, place: Slot) -> str:
    room = session.get(Meetingroom, place.room_id) if place.room_id is not None else None
    return display.full_name(room) if room is not None else "已删除的会议室"


def _time(place: Slot, zone: tzinfo) -> str:
    return display.span(place.reserve_from, place.reserve_to, zone)


def _name(user: User) -> str:
    return user.fullname or user.username
