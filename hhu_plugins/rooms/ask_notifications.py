"""What the two sides of an ask are told, in the transaction in which it becomes true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.notifications import Link, notify
from hhu_plugins.rooms import display
from hhu_plugins.rooms.models import Ask, Meetingroom
from hhu_plugins.rooms.occupancy import Room

KIND = "rooms.ask"
KIND_TITLE = "会议室协商"
PATH = "/app/asks/"


def page_of(row: Ask) -> str:
    return f"{PATH}{row.id}/"


def tell_asked(session: Session, row: Ask, zone: tzinfo) -> None:
    """The holder, with what they have to decide."""
    lines = [
        f"{_name(row.user)}想用您预约的会议室，请您考虑能不能让出来。",
        _wanted(row, zone),
        f"原因：{row.reason}",
        offered(row, zone),
        f"请在 {display.moment(row.answer_before, zone)} 以前答复。到时没有答复就算不同意，您的预约不变。",
        f"联系人：{_contact(row.user)}",
    ]
    _tell(session, row.reservation.user, "请求让出", row, lines, zone, link="去答复")


def tell_accepted(session: Session, row: Ask, zone: tzinfo, *, by: User, reason: str = "") -> None:
    """The asker; and the holder, if somebody else has answered for them."""
    holder = row.reservation.user
    yes = f"{_name(holder)}把会议室让给了您，您已经约好。"
    if by.id != holder.id:
        yes = f"{_name(by)}代{_name(holder)}同意了，您已经约好会议室。"
        now = "已经取消"
        if row.offer_room is not None and row.offer_from is not None and row.offer_to is not None:
            now = _shown(row.offer_room, row.offer_from, row.offer_to, zone)
        lines = [
            f"{_name(by)}代您答复，把会议室让给了{_name(row.user)}。",
            f"原来：{_shown(row.room, row.held_from, row.held_to, zone)}\n现在：{now}",
            f"原因：{reason}",
            f"处理人：{_contact(by)}",
        ]
        _tell(session, holder, "预约变更", row, lines, zone)
    lines = [yes, _wanted(row, zone), *([f"原因：{reason}"] if reason else [])]
    _tell(session, row.user, "协商成功", row, lines, zone)


def tell_refused(
    session: Session,
    row: Ask,
    zone: tzinfo,
    *,
    by: User | None,
    reason: str = "",
    instead: Sequence[Room] = (),
) -> None:
    """The asker, with other free rooms; ``by`` None: nobody has answered. And the holder, if
    somebody else has answered for them."""
    holder = row.reservation.user
    if by is None:
        said = f"到了答复期限，{_name(holder)}没有答复，就算不同意。"
    elif by.id == holder.id:
        said = f"{_name(holder)}这次不能把会议室让给您。"
    else:
        said = f"{_name(by)}代{_name(holder)}答复：这次不能把会议室让给您。"
        lines = [
            f"{_name(by)}代您答复了{_name(row.user)}：不让出。您的预约不变。",
            f"原因：{reason}",
            f"处理人：{_contact(by)}",
        ]
        _tell(session, holder, "协商结束", row, lines, zone)
    lines = [said, _wanted(row, zone), *([f"原因：{reason}"] if reason else [])]
    if instead:
        rooms = "\n".join(f"{display.full_name(room)}（{room.seats_count} 座）" for room in instead)
        lines.append(f"同一时间还空着：\n{rooms}")
    _tell(session, row.user, "协商未成", row, lines, zone)


def tell_stuck(session: Session, row: Ask, zone: tzinfo, reason: str) -> None:
    """The asker: there was a yes, but by the rules they can't have it."""
    lines = [
        f"{_name(row.reservation.user)}同意把会议室让给您，但是没有约成：{reason}",
        _wanted(row, zone),
        f"{display.moment(row.answer_before, zone)} 以前解决了，对方可以再答复一次。",
    ]
    _tell(session, row.user, "还没有约成", row, lines, zone)


def tell_taken_back(session: Session, row: Ask, zone: tzinfo) -> None:
    lines = [f"{_name(row.user)}不再需要您让出会议室，您的预约不变。", _wanted(row, zone)]
    _tell(session, row.reservation.user, "不用让出了", row, lines, zone)


def tell_closed(
    session: Session, row: Ask, zone: tzinfo, *, is_cancelled: bool, is_first: bool
) -> None:
    """Both: the reservation is not what it was. ``is_first``: the asker is offered it first."""
    holder = row.reservation.user
    what = "取消" if is_cancelled else "改动"
    lines = [
        f"您想请{_name(holder)}让出的预约已经{what}，协商到此结束。",
        _wanted(row, zone),
    ]
    if is_first:
        lines.append("这段时间空出来的话，最先留给您：请留意保留的通知，及时确认。")
    _tell(session, row.user, "协商结束", row, lines, zone)
    lines = [f"您的预约已经{what}，{_name(row.user)}的请求不用再答复。", _wanted(row, zone)]
    _tell(session, holder, "协商结束", row, lines, zone)


def tell_vain(session: Session, row: Ask, zone: tzinfo) -> None:
    """Both: somebody else has got what the asker wanted beside the reservation."""
    lines = ["您想用的时间里又有了别人的预约，协商到此结束。", _wanted(row, zone)]
    _tell(session, row.user, "协商结束", row, lines, zone)
    lines = [
        f"{_name(row.user)}想用的时间里又有了别人的预约，不用再让出，您的预约不变。",
        _wanted(row, zone),
    ]
    _tell(session, row.reservation.user, "协商结束", row, lines, zone)


def offered(row: Ask, zone: tzinfo) -> str:
    """What the holder would have instead."""
    if row.offer_room is None or row.offer_from is None or row.offer_to is None:
        return "暂时没有合适的会议室可换；如果同意，您的这个预约就取消了。"
    instead = _shown(row.offer_room, row.offer_from, row.offer_to, zone)
    return f"如果同意，您的预约改到：{instead}。您也可以不换，直接取消自己的预约。"


def _wanted(row: Ask, zone: tzinfo) -> str:
    when = display.span(row.reserve_from, row.reserve_to, zone)
    return f"会议室：{display.full_name(row.room)}\n时间：{when}\n会议说明：{row.description}"


def _shown(room: Meetingroom, start: datetime, end: datetime, zone: tzinfo) -> str:
    return f"{display.full_name(room)}，{display.span(start, end, zone)}"


def _name(user: User) -> str:
    return user.fullname or user.username


def _contact(user: User) -> str:
    return " ".join(part for part in (_name(user), user.phone or user.tel, user.email) if part)


def _tell(
    session: Session,
    user: User,
    title: str,
    row: Ask,
    lines: Sequence[str],
    zone: tzinfo,
    *,
    link: str = "查看",
) -> None:
    what = _shown(row.room, row.reserve_from, row.reserve_to, zone)
    notify(
        session,
        user,
        KIND,
        f"【{title}】{what}",
        "\n\n".join([f"{user.fullname or user.username}，您好！", *lines]) + "\n",
        cause=page_of(row),
        links=[Link(link, page_of(row))],
    )
