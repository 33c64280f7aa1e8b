"""报修请求: what was reported, and what can be done about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import colander
import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from hhu_base.admin import Action, Badge, Column, ModelAdmin, Relation, label
from hhu_base.rest import Text, WholeNumber
from hhu_base.web import audit
from hhu_plugins.repairs import requests
from hhu_plugins.repairs.models import (
    NOBODY,
    OPEN,
    SOLVED,
    STATUS_NAMES,
    TAKEN_UP,
    WITHDRAWN,
    RepairCategory,
    RepairRequest,
    StatusChange,
)

LONGEST_REMARK = 2000
_TONES = {OPEN: "warn", TAKEN_UP: "calm", SOLVED: "good", WITHDRAWN: "calm"}
STATUSES = {status: Badge(name, _TONES[status]) for status, name in STATUS_NAMES.items()}


class RemarkSchema(colander.MappingSchema):
    remark = Text(
        blank=True,
        missing="",
        title="备注",
        description=f"可以不填。会写进历史记录，也会写进给报修人的邮件；最多 {LONGEST_REMARK} 字。",
        validator=colander.Length(max=LONGEST_REMARK, max_err="备注太长了。"),
    )


def _status_action(name: str, title: str, status: int, by: tuple[int, ...], **kw) -> Action:
    """``status`` is what a request gets; ``by`` are those that it can have before."""

    def change(request, rows, seen, remark) -> dict[int, str]:
        return _change_status(request, rows, seen, action, status, by, remark)

    action = Action(
        name,
        title,
        do_many=change,
        schema=RemarkSchema,
        is_for=lambda row: row.status in by,
        state=lambda row: row.status,
        too_late=requests.already_changed,
        done=f"{{}} 条报修的状态已改为“{STATUS_NAMES[status]}”。",
        is_in_list=True,
        **kw,
    )
    return action


def _change_status(
    request,
    rows: list[RepairRequest],
    seen: Mapping[int, str],
    action: Action,
    status: int,
    by: tuple[int, ...],
    remark: str,
) -> dict[int, str]:
    """Each is changed only if it still has the status that was seen."""
    known = {str(each): each for each in by}
    by_expected = defaultdict(list)
    before = {row.id: STATUS_NAMES[row.status] for row in rows}
    for row in rows:
        by_expected[known.get(seen.get(row.id, ""), by[0])].append(row.id)
    refusals: dict[int, str] = {}
    for expected, ids in sorted(by_expected.items()):
        refusals |= requests.change_status(
            request.db,
            request.registry["repairs.letters"],
            ids,
            status,
            by_user_id=request.identity.user_id,
            remark=remark,
            expected_status=expected,
        ).refusals
    changed = [row for row in rows if row.id not in refusals]
    for row in changed:
        after = {"状态": STATUS_NAMES[status]} | ({"备注": remark} if remark else {})
        audit.record(
            request, action.title, row, label(request, row), {"状态": before[row.id]}, after
        )
    return refusals


class RequestSchema(colander.MappingSchema):
    """Only the category can be edited; the rest is the reporter's, the status has its actions."""

    category_id = Relation(
        RepairCategory, optional=True, title="故障分类", description="修改分类不会再发提醒邮件。"
    )
    status = WholeNumber(choices=tuple(STATUS_NAMES.items()), title="状态")


class RequestAdmin(ModelAdmin):
    """报修请求"""

    path = "/admin/repairs/requests/"
    model = RepairRequest
    schema = RequestSchema
    columns = (
        "location",
        Column("category.name", "故障分类"),
        "description",
        # As the index has them.
        Column("status", sort=("status", "created_at")),
        Column(
            "user",
            "报修人",
            value=lambda row: row.user.fullname if row.user else NOBODY,
            sort=("user.name_key",),
            needs=("user",),
        ),
        "created_at",
        "rating",
        Column(
            "changer",
            "处理人",
            value=lambda row: handler(row),
            sort=("changer.name_key",),
            needs=("changer",),
        ),
    )
    search = ("search_key", "user.search_key")
    filters = ("category_id", "status", "location", "created_at")
    labels = {
        "location": "地点",
        "description": "描述",
        "created_at": "报修时间",
        "rating": "评价",
    }
    actions = (
        _status_action(
            "take-up",
            "受理",
            TAKEN_UP,
            (OPEN,),
            confirm="表示由您来处理。报修人会收到邮件。",
            icon="person-check",
        ),
        _status_action(
            "solve",
            "解决",
            SOLVED,
            (OPEN, TAKEN_UP),
            confirm="表示故障已经排除。报修人会收到邮件，之后还可以重新打开。",
            icon="check2-circle",
        ),
        _status_action(
            "put-back",
            "改回未受理",
            OPEN,
            (TAKEN_UP, SOLVED),
            confirm="报修会重新等待受理。报修人会收到邮件。",
            icon="arrow-counterclockwise",
        ),
    )
    icon = "tools"
    can_add = False
    row_template = "hhu_plugins.repairs:templates/request.jinja2"

    def label(self, row: RepairRequest) -> str:
        return f"#{row.id} {' '.join(row.location.split())}"

    def shown(self, request, name: str, value: Any) -> Any:
        if name == "rating":
            return f"{value} 星" if value else ""
        return STATUSES.get(value, value) if name == "status" else value

    def form_schema(self, request, row) -> colander.MappingSchema:
        schema = self.schema()
        del schema["status"]
        return schema

    def read(self, request, row: RepairRequest) -> dict[str, Any]:
        return {"category_id": row.category_id}

    def facts(self, request, row: RepairRequest) -> Sequence[tuple[str, Any]]:
        reporter = row.user
        who = f"{reporter.fullname} {reporter.username}".strip() if reporter else NOBODY
        phone = (reporter.phone or reporter.tel) if reporter else ""
        return (
            ("状态", STATUSES[row.status]),
            ("地点", row.location),
            ("报修人", who),
            ("电话", phone),
            ("报修时间", f"{row.created_at.astimezone(request.registry.site_zone):%Y-%m-%d %H:%M}"),
            ("描述", row.description),
            ("评价", f"{row.rating} 星" if row.rating else ""),
        )

    def row_context(self, request, row: RepairRequest) -> dict[str, Any]:
        course = request.db.scalars(
            sa.select(StatusChange)
            .where(StatusChange.request_id == row.id)
            .options(joinedload(StatusChange.user))
            .order_by(StatusChange.id.desc())
        ).all()
        return {"course": course, "status_names": STATUS_NAMES, "nobody": NOBODY}

    def delete(self, request, row: RepairRequest) -> None:
        # Its history is the database's to delete.
        request.db.execute(sa.delete(RepairRequest).where(RepairRequest.id == row.id))


def handler(row: RepairRequest) -> str:
    """Who looks after it or has solved it; nobody yet, as long as it waits."""
    if row.changer is None or row.status not in (TAKEN_UP, SOLVED):
        return ""
    return row.changer.fullname
