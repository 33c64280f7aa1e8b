"""Approval in 待办: one tap for a yes, a reason for a no."""

from __future__ import annotations

from collections import Counter

from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.app.inbox import InboxAction, InboxItem
from hhu_base.rest import NotFound, form
from hhu_base.values.refusal import Refusal
from hhu_base.web import sessions
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import approvals, display, occupancy
from hhu_plugins.rooms.ask_schemas import ReasonSchema
from hhu_plugins.rooms.models import Reservation
from hhu_plugins.rooms.pages.asks import INBOX, sentence_of

PATH = "/app/approvals/"
_REASON = form(ReasonSchema)


def inbox(request) -> list[InboxItem]:
    """The requests that the person who is signed in may answer, those that compete side by side."""
    rows = approvals.waiting_for(request.db, request.identity.user_id)
    rivals = Counter(row.id for row in rows for other in rows if _meet(row, other))
    zone = request.registry.site_zone
    items = []
    for row in rows:
        what = f"{display.full_name(row.room)}，"
        what += display.span(row.reserve_from, row.reserve_to, zone)
        lines = [f"会议说明：{row.description}", f"申请人：{display.person(row.user)}"]
        if rivals[row.id] > 1:
            lines.append(f"这段时间共有 {rivals[row.id]} 个申请，只能同意一个。")
        if occupancy.conflicts(request.db, row.room_id, (row.reserve_from, row.reserve_to)):
            lines.append("这段时间已经有了别的预约，同意也约不成了。")
        url = f"{PATH}{row.id}/"
        yes = InboxAction("同意", url, "primary", fields={"do": "approve"})
        no = InboxAction("不同意", url, "danger", wants_reason=True, fields={"do": "refuse"})
        name = row.user.fullname or row.user.username
        items.append(InboxItem(f"{name}申请 {what}", lines, row.requested_at, "", [yes, no]))
    return items


def _meet(one: Reservation, other: Reservation) -> bool:
    return (
        one.room_id == other.room_id
        and one.reserve_from < other.reserve_to
        and other.reserve_from < one.reserve_to
    )


def answer(request) -> HTTPSeeOther:
    """``POST /app/approvals/ID/``: ``do`` is approve or refuse."""
    text, me = request.matchdict["id"], request.identity.user_id
    reservation_id = int(text) if len(text) < 19 else 0
    if not approvals.may_answer(request.db, reservation_id, me):
        raise NotFound
    policy, session = request.registry["rooms.policy"], request.db
    said = ""
    try:
        with session.begin_nested():
            if request.POST.get("do") == "approve":
                said = approvals.approve(session, policy, reservation_id, by_user_id=me)
            else:
                reason = _REASON(request)["reason"]
                approvals.refuse(session, policy, reservation_id, by_user_id=me, reason=reason)
            hold_identity(request)
    except Refusal as refused:
        sessions.flash(request, sentence_of(refused), "danger")
        return HTTPSeeOther(INBOX)
    if said:
        sessions.flash(request, f"没有约成：{said}申请人也得到了通知。", "warning")
    else:
        sessions.flash(request, "已经答复，申请人也得到了通知。")
    return HTTPSeeOther(INBOX)


def includeme(config) -> None:
    config.add_page(
        "rooms.approval", rf"{PATH}{{id:\d+}}/", answer, title="会议室审批", methods=("POST",)
    )
    config.add_inbox("rooms.approvals", "会议室审批", inbox, order=20)
