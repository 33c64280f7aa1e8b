"""``GET /app/repairs/mine/``, 我的报修; and those in 待办 that wait to be confirmed."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import joinedload

from hhu_base.app import InboxAction, InboxItem
from hhu_plugins.repairs import confirmations, requests
from hhu_plugins.repairs.display import shortened, tone_of
from hhu_plugins.repairs.models import STATUS_NAMES, RepairRequest
from hhu_plugins.repairs.notifications import CONFIRM, page_of

PATH = "/app/repairs/mine/"
_ON_A_PAGE = 20


def show_own(request) -> dict[str, Any]:
    """``GET /app/repairs/mine/?before=ID``: the newest first."""
    before = _number(request.GET.get("before", ""))
    statement = requests.own_requests(request.identity.user_id)
    if before is not None:
        statement = statement.where(RepairRequest.id < before)
    found = request.db.scalars(
        statement.options(joinedload(RepairRequest.category)).limit(_ON_A_PAGE + 1)
    ).all()
    shown = found[:_ON_A_PAGE]
    return {
        "repairs": shown,
        "older": shown[-1].id if len(found) > _ON_A_PAGE else None,
        "is_first": before is None,
        "status_names": STATUS_NAMES,
        "tone_of": tone_of,
        "page_of": page_of,
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def find_waiting(request) -> list[InboxItem]:
    """One's own that are solved, if they are: that is for their reporter to say."""
    found = confirmations.find_unconfirmed(
        request.db, request.identity.user_id, request.registry["repairs.confirm_after"]
    )
    return [
        InboxItem(
            f"修好了吗：{each.location}",
            [shortened(each.description)],
            each.status_changed_at,
            page_of(each),
            [
                InboxAction(CONFIRM, f"{page_of(each)}#confirm", "primary", is_link=True),
                InboxAction("还没修好", page_of(each), wants_reason=True, fields={"do": "reopen"}),
            ],
        )
        for each in found
    ]
