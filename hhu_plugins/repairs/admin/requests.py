"""报修请求: what was reported, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import colander
import sqlalchemy as sa

from hhu_base.admin import CHANGE, Badge, Column, ModelAdmin, Relation, Tab
from hhu_base.models import User
from hhu_base.rest import Name, Text, WholeNumber
from hhu_base.web.display import Phone
from hhu_plugins.repairs import assignments, confirmations, deadlines, requests, timeline
from hhu_plugins.repairs.admin.request_actions import ACTIONS, LONGEST_REMARK
from hhu_plugins.repairs.models import (
    NOBODY,
    OPEN,
    SOLVED,
    STATUS_NAMES,
    TAKEN_UP,
    WITHDRAWN,
    RepairCategory,
    RepairRequest,
)
from hhu_plugins.repairs.report import REQUESTS, TABS

_TONES = {OPEN: "warn", TAKEN_UP: "calm", SOLVED: "good", WITHDRAWN: "calm"}
STATUSES = {status: Badge(name, _TONES[status]) for status, name in STATUS_NAMES.items()}
_MOST_HANDLERS = 200


class RequestSchema(colander.MappingSchema):
    """Of one that is there only the category can be edited; its status and who has it have actions."""

    user_id = Relation(User, title="报修人")
    location = Name(max_length=255, title="地点")
    category_id = Relation(RepairCategory, optional=True, title="故障分类")
    description = Text(title="描述")
    status = WholeNumber(choices=tuple(STATUS_NAMES.items()), title="状态")


def _tab(status: int, order: Sequence[str], without: str) -> Tab:
    return Tab(
        TABS[status],
        STATUS_NAMES[status],
        lambda: RepairRequest.status == status,
        order,
        is_counted=True,
        without=("status", without),
    )


# The most urgent first, and with that what is overdue; then those that nothing is said of.
_URGENT = ("due_at", "created_at")


class RequestAdmin(ModelAdmin):
    """报修请求"""

    path = REQUESTS
    model = RepairRequest
    schema = RequestSchema
    columns = (
        "location",
        Column("category.name", "故障分类"),
        "description",
        # As the index has them.
        Column("status", sort=("status", "created_at")),
        Column("due_at", "期限", value=lambda row: row, sort=("due_at",)),
        Column(
            "user",
            "报修人",
            value=lambda row: row.user.fullname if row.user else NOBODY,
            sort=("user.name_key",),
            needs=("user",),
        ),
        "created_at",
        Column(
            "assignee",
            "处理人",
            value=lambda row: row.assignee.fullname if row.assignee else "",
            sort=("assignee.name_key",),
            needs=("assignee",),
        ),
        "rating",
    )
    card = ("location", "description", "status", "due_at")
    search = ("search_key", "user.search_key")
    filters = ("category_id", "assignee_id", "location", "created_at")
    tabs = (
        _tab(OPEN, _URGENT, "rating"),
        _tab(TAKEN_UP, _URGENT, "rating"),
        _tab(SOLVED, ("-status_changed_at",), "due_at"),
        Tab(
            "mine",
            "我的",
            order=_URGENT,
            of_user=assignments.is_assigned_to,
            is_counted=True,
            without=("assignee", "rating"),
        ),
        Tab("all", "全部", without=("due_at", "rating")),
    )
    labels = {
        "created_at": "报修时间",
        "rating": "评价",
        "assignee_id": "处理人",
    }
    actions = ACTIONS
    icon = "tools"
    row_template = "hhu_plugins.repairs:templates/request.jinja2"

    def label(self, row: RepairRequest) -> str:
        return f"#{row.id} {' '.join(row.location.split())}"

    def shown(self, request, name: str, value: Any) -> Any:
        if name == "rating":
            return f"{value} 星" if value else ""
        if name == "due_at":
            return _due(request, value)
        return STATUSES.get(value, value) if name == "status" else value

    def filter_options(self, request, name: str) -> dict[str, str] | None:
        if name != "assignee_id":
            return None
        has_some = sa.exists().where(RepairRequest.assignee_id == User.id)
        found = sa.select(User).where(has_some).order_by(User.name_key, User.id)
        people = request.db.scalars(found.limit(_MOST_HANDLERS))
        return {str(user.id): user.fullname for user in people}

    def form_schema(self, request, row) -> colander.MappingSchema:
        # The nodes of a schema are those of its class: what is said of one is said to all.
        schema = self.schema().clone()
        del schema["status"]
        if row is not None:
            for name in ("user_id", "location", "description"):
                del schema[name]
            schema["category_id"].description = "修改分类不会再发邮件给报修通知人。"
        return schema

    def read(self, request, row: RepairRequest) -> dict[str, Any]:
        return {"category_id": row.category_id}

    def facts(self, request, row: RepairRequest) -> Sequence[tuple[str, Any]]:
        reporter = row.user
        who = f"{reporter.fullname} {reporter.username}".strip() if reporter else NOBODY
        phone = (reporter.phone or reporter.tel) if reporter else ""
        return (
            ("状态", STATUSES[row.status]),
            ("处理人", row.assignee.fullname if row.assignee else ""),
            *([("期限", _due(request, row))] if row.due_at else []),
            ("地点", row.location),
            ("报修人", who),
            ("电话", Phone(phone or "")),
            ("报修时间", f"{row.created_at.astimezone(request.registry.site_zone):%Y-%m-%d %H:%M}"),
            ("描述", row.description),
            *([("报修人确认", _confirmed(request, row))] if row.status == SOLVED else []),
        )

    def row_context(self, request, row: RepairRequest) -> dict[str, Any]:
        # The row is known already; this loads what it lacks.
        found = sa.select(RepairRequest).where(RepairRequest.id == row.id)
        request.db.scalar(found.options(requests.with_history()))
        after = request.registry["repairs.confirm_after"]
        return {
            "course": timeline.of(row, after, is_office=True)[::-1],
            "may_note": request.has_permission(CHANGE) and row.status != WITHDRAWN,
            "longest_note": LONGEST_REMARK,
        }

    def delete(self, request, row: RepairRequest) -> None:
        # Its history is the database's to delete.
        request.db.execute(sa.delete(RepairRequest).where(RepairRequest.id == row.id))


def _due(request, row: RepairRequest) -> str:
    """In words, not only in a colour."""
    if row.due_at is None:
        return ""
    is_overdue, text = deadlines.describe(row.due_at, datetime.now(UTC), request.registry.site_zone)
    return Badge(text, "bad") if is_overdue else text


def _confirmed(request, row: RepairRequest) -> str:
    if row.rating:
        return f"{row.rating} 星"
    is_confirmed = confirmations.confirmed_at(row, request.registry["repairs.confirm_after"])
    return "已确认，没有评价" if is_confirmed else "还没有"
