"""What those who wait are told, and who lost a room since nobody checked in."""

from __future__ import annotations

from datetime import tzinfo

from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.notifications import Link, notify
from hhu_plugins.rooms import display
from hhu_plugins.rooms.models import Reservation, WaitingRequest

KIND = "rooms.waiting"
RELEASE_KIND = "rooms.release"
PAGE = "/app/rooms/waiting/"


def tell_of_room(session: Session, row: Reservation, zone: tzinfo) -> None:
    """A room was found for who waited: held for them, or theirs already."""
    if row.hold_until is None:
        _tell(session, row, "候补成功", "您候补的会议室空出来了，已按您的设置直接预约。", zone)
        return
    until = display.moment(row.hold_until, zone)
    sentence = f"您候补的会议室空出来了，为您保留到 {until}。请在此之前确认，过时会转给下一位。"
    _tell(session, row, "请确认候补", sentence, zone)


def tell_of_hold_taken_back(
    session: Session, row: Reservation, zone: tzinfo, reason: str, *, waits: bool
) -> None:
    """An administrator, or a closure, needed what was held."""
    sentence = "为您保留的会议室不能用了。" + (
        "您仍在候补，有空出来的会再通知您。" if waits else ""
    )
    _tell(session, row, "保留取消", sentence, zone, reason)


def tell_of_lapse(session: Session, row: Reservation, zone: tzinfo) -> None:
    """The hold was over before it was confirmed."""
    _tell(session, row, "保留结束", "您没有在保留期内确认，会议室已转给下一位，候补结束。", zone)


def tell_of_end(session: Session, row: WaitingRequest, zone: tzinfo) -> None:
    """The time has come without a room."""
    where = display.full_name(row.room) if row.room is not None else "会议室"
    when = display.span(row.reserve_from, row.reserve_to, zone)
    body = f"{row.user.fullname}，您好！\n\n候补的时间已到，没有会议室空出来，候补结束。"
    body += f"\n\n会议室：{where}\n时间：{when}\n\n会议说明：{row.description}\n"
    _send(session, row.user, KIND, f"【候补结束】{where}，{when}", body, PAGE)


def tell_of_release(session: Session, row: Reservation, zone: tzinfo) -> None:
    sentence = "会议开始后没有人签到，会议室已经释放，剩下的时间可以由别人使用。"
    _tell(session, row, "预约释放", sentence, zone, kind=RELEASE_KIND)


def _tell(
    session: Session,
    row: Reservation,
    title: str,
    sentence: str,
    zone: tzinfo,
    reason: str = "",
    *,
    kind: str = KIND,
) -> None:
    room = display.full_name(row.room)
    when = display.span(row.reserve_from, row.reserve_to, zone)
    parts = [f"{row.user.fullname}，您好！", sentence, f"会议室：{room}\n时间：{when}"]
    parts.append(f"会议说明：{row.description}")
    if reason:
        parts.append(f"原因：{reason}")
    body = "\n\n".join(parts) + "\n"
    _send(
        session,
        row.user,
        kind,
        f"【{title}】{room}，{when}",
        body,
        f"/admin/rooms/reservations/{row.id}/",
        Link("我的预约", display.reservation_path(row.id)),
    )


def _send(
    session: Session, user: User, kind: str, subject: str, body: str, cause: str, *links: Link
) -> None:
    if kind == KIND:
        links = (Link("我的候补", PAGE), *links)
    notify(session, user, kind, subject, body, cause=cause, links=links)
