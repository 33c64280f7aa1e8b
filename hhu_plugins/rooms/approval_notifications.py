"""What approvers are told of a request, and its requester of what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.notifications import Link, notify
from hhu_plugins.rooms import display
from hhu_plugins.rooms.models import Reservation
from hhu_plugins.rooms.occupancy import Room

KIND, KIND_TITLE = "rooms.approval", "会议室审批"
OUTCOME_KIND, OUTCOME_TITLE = "rooms.request", "会议室申请的结果"
INBOX = "/app/inbox/"


def tell_approvers(session: Session, row: Reservation, users: Sequence[User], zone: tzinfo) -> None:
    name = row.user.fullname or row.user.username
    start = display.moment(row.reserve_from, zone)
    for user in users:
        lines = [
            f"{name}申请使用会议室，等您审批。",
            *_what(row, zone),
            f"申请人：{display.person(row.user)}",
            f"到开始时间（{start}）还没有人审批，申请就自动结束。",
        ]
        _tell(session, user, KIND, "待审批", row, lines, zone, links=[Link("去审批", INBOX)])


def tell_approved(session: Session, row: Reservation, zone: tzinfo, by: User) -> None:
    lines = ["您的会议室申请已经获准，预约成功。", *_what(row, zone), f"审批人：{by.fullname}"]
    _tell(session, row.user, OUTCOME_KIND, "申请获准", row, lines, zone, links=_page(row))


def tell_refused(
    session: Session,
    row: Reservation,
    zone: tzinfo,
    *,
    by: User | None = None,
    instead: Sequence[Room] = (),
) -> None:
    """``status_reason`` of the row says why; ``by`` None: nobody has refused it."""
    lines = [
        "您的会议室申请没有获准。" if by is not None else "您的会议室申请没有成功。",
        *_what(row, zone),
        f"原因：{row.status_reason}",
    ]
    if by is not None:
        lines.append(f"审批人：{by.fullname}")
    if instead:
        rooms = "\n".join(f"{display.full_name(room)}（{room.seats_count} 座）" for room in instead)
        lines.append(f"同一时间还空着：\n{rooms}")
    _tell(session, row.user, OUTCOME_KIND, "申请未成", row, lines, zone, links=_page(row))


def _page(row: Reservation) -> list[Link]:
    return [Link("我的预约", display.reservation_path(row.id))]


def _what(row: Reservation, zone: tzinfo) -> list[str]:
    when = display.span(row.reserve_from, row.reserve_to, zone)
    return [
        f"会议室：{display.full_name(row.room)}\n时间：{when}",
        f"会议说明：{row.description}",
    ]


def _tell(
    session: Session,
    user: User,
    kind: str,
    title: str,
    row: Reservation,
    lines: Sequence[str],
    zone: tzinfo,
    *,
    links: Sequence[Link] = (),
) -> None:
    where, when = display.full_name(row.room), display.span(row.reserve_from, row.reserve_to, zone)
    notify(
        session,
        user,
        kind,
        f"【{title}】{where}，{when}",
        "\n\n".join([f"{user.fullname or user.username}，您好！", *lines]) + "\n",
        cause=f"/admin/rooms/reservations/{row.id}/",
        links=links,
    )
