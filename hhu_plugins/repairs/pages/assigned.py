"""由我处理的报修 in 待办: for the staff who may see the repairs, with the way to the back office."""

from __future__ import annotations

from datetime import UTC, datetime

from hhu_base.app import InboxAction, InboxItem
from hhu_base.web.pages import AdminRoot
from hhu_plugins.repairs import assignments, deadlines
from hhu_plugins.repairs.display import shortened
from hhu_plugins.repairs.models import STATUS_NAMES, RepairRequest
from hhu_plugins.repairs.notifications import office_page_of


def find_assigned(request) -> list[InboxItem]:
    if not request.has_permission("repairs.view", AdminRoot(request)):
        return []
    found = assignments.find_assigned(request.db, request.identity.user_id)
    return [_item(request, each) for each in found]


def _item(request, row: RepairRequest) -> InboxItem:
    lines = [shortened(row.description), STATUS_NAMES[row.status]]
    if row.due_at is not None:
        now, zone = datetime.now(UTC), request.registry.site_zone
        lines.append(deadlines.describe(row.due_at, now, zone)[1])
    url = office_page_of(row)
    action = InboxAction("去处理", url, "primary", is_link=True)
    return InboxItem(f"报修：{row.location}", lines, row.opened_at, url, [action])
