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

from hhu_base.models import User
from hhu_base.notifications import Link, notify
from hhu_plugins.rooms import display
from hhu_plugins.rooms.models import CANCELLED as IS_CANCELLED
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Notice, Reservation

RESERVED, MOVED, CANCELLED, RESTORED = "reserved", "moved", "cancelled", "restored"

KIND = "rooms.reservation"
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
    told: dict[object, list[_Difference]] = {}
    for notice in notices:
        if (difference := _difference(session, notice)) is not None:
            # What was done to several dates of a series is one mail.
            row = difference.reservation
            key = (row.series_id, row.user_id, difference.what, difference.by.id)
            told.setdefault(row.id if row.series_id is None else key, []).append(difference)
        session.delete(notice)
    for differences in told.values():
        _write(session, differences, zone)
    session.flush()
    return len(notices)


@dataclass(frozen=True)
class _Difference:
    """``known`` is what its holder knew of it, and ``now`` what is true; None: that there is none."""

    reservation: Reservation
    what: str
    by: User
    known: Slot | None
    now: Slot | None

    @property
    def place(self) -> Slot:
        return self.now or self.known or Slot.of(self.reservation)


def _difference(session: Session, notice: Notice) -> _Difference | None:
    reservation = session.get_one(Reservation, notice.reservation_id, populate_existing=True)
    by = session.get(User, reservation.status_changed_by or 0)
    known = None
    if notice.known_status == CONFIRMED:
        known = Slot(notice.known_room_id, notice.known_from, notice.known_to)
    now = Slot.of(reservation) if reservation.status == CONFIRMED else None
    if known == now or by is None:
        return None
    if now is None:
        what = CANCELLED
    elif known is not None:
        what = MOVED
    else:
        what = RESTORED if notice.known_status == IS_CANCELLED else RESERVED
    return _Difference(reservation, what, by, known, now)


def _write(session: Session, differences: list[_Difference], zone: tzinfo) -> None:
    """One mail about one reservation, or about several of a series to which the same was done."""
    differences.sort(key=lambda each: each.place.reserve_from)
    first = differences[0]
    reservation, by = first.reservation, first.by
    title, sentence = _WORDS[first.what]
    lines = [f"{reservation.user.fullname}，您好！", sentence.format(by=_name(by))]
    if len(differences) > 1:
        lines.append("\n".join(_in_one_line(session, each, zone) for each in differences))
    elif first.known is not None and first.now is not None:
        known, now = _shown(session, first.known, zone), _shown(session, first.now, zone)
        lines.append(f"原来：{known}\n现在：{now}")
    else:
        lines.append(f"会议室：{_room(session, first.place)}\n时间：{_time(first.place, zone)}")
    lines.append(f"会议说明：{reservation.description}")
    if first.what == CANCELLED and reservation.status_reason:
        lines.append(f"原因：{reservation.status_reason}")
    # Holders with questions know whom to ask.
    contact = (_name(by), by.phone or by.tel, by.email)
    lines.append(f"处理人：{' '.join(part for part in contact if part)}")
    others = f" 等 {len(differences)} 次" if len(differences) > 1 else ""
    notify(
        session,
        reservation.user,
        KIND,
        f"【{title}】{_shown(session, first.place, zone)}{others}",
        "\n\n".join(lines) + "\n",
        cause=f"/admin/rooms/reservations/{reservation.id}/",
        by_user_id=by.id,
        links=[Link("我的预约", display.reservation_path(reservation.id))],
    )


def _in_one_line(session: Session, difference: _Difference, zone: tzinfo) -> str:
    if difference.known is None or difference.now is None:
        return _shown(session, difference.place, zone)
    known, now = (_shown(session, each, zone) for each in (difference.known, difference.now))
    return f"{known} → {now}"


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
