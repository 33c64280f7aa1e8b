"""What can be done with requests in the back office: their status, and who looks after them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import colander

from hhu_base.admin import Action, Choice, label
from hhu_base.rest import Text
from hhu_base.web import audit
from hhu_plugins.repairs import assignments, requests
from hhu_plugins.repairs.models import OPEN, SOLVED, STATUS_NAMES, TAKEN_UP, RepairRequest
from hhu_plugins.repairs.requests import ChangeResult

LONGEST_REMARK = 2000


def Remark(description: str) -> colander.SchemaNode:  # noqa: N802 - reads as a type in a schema
    return Text(
        blank=True,
        missing="",
        title="备注",
        description=f"可以不填，最多 {LONGEST_REMARK} 字。{description}",
        validator=colander.Length(max=LONGEST_REMARK, max_err="备注太长了。"),
    )


class RemarkSchema(colander.MappingSchema):
    remark = Remark("会写进处理经过，也会写进给报修人的邮件。")


@colander.deferred
def _candidates(node, kw: dict[str, Any]) -> list[tuple[str, str]]:
    found = assignments.candidates(kw["request"].db)
    return [(str(user.id), f"{user.fullname}（{user.username}）") for user in found]


class AssignmentSchema(colander.MappingSchema):
    assignee_id = Choice(
        _candidates, title="处理人", description="可以查看报修的工作人员，会在“我的”里看到它。"
    )
    remark = Remark("写进给处理人的邮件和处理经过，报修人看不到。")


def _action(
    name: str,
    title: str,
    by: tuple[int, ...],
    rule: Callable[..., ChangeResult],
    **kw: Any,
) -> Action:
    """``by`` are the statuses that it is for. Each is changed only if it still is as it was seen."""

    def do_many(
        request, rows: list[RepairRequest], seen: Mapping[int, str], **values: Any
    ) -> dict[int, str]:
        before = {row.id: _in_words(row) for row in rows}
        refusals = rule(
            request.db,
            request.registry["repairs.letters"],
            [row.id for row in rows],
            by_user_id=request.identity.user_id,
            seen={row.id: seen.get(row.id, "") for row in rows},
            **values,
        ).refusals
        remark = {"备注": values["remark"]} if values["remark"] else {}
        for row in rows:
            if row.id not in refusals:
                after = _in_words(row) | remark
                audit.record(request, title, row, label(request, row), before[row.id], after)
        return refusals

    return Action(
        name,
        title,
        do_many=do_many,
        is_for=lambda row: row.status in by,
        state=requests.state_of,
        too_late=requests.already_changed,
        **kw,
    )


def _status_action(name: str, title: str, status: int, by: tuple[int, ...], **kw: Any) -> Action:
    return _action(
        name,
        title,
        by,
        partial(requests.change_status, status=status),
        schema=RemarkSchema,
        done=f"{{}} 条报修的状态已改为“{STATUS_NAMES[status]}”。",
        **kw,
    )


def _assign(session, letters, ids, *, assignee_id: str, **kw: Any) -> ChangeResult:
    return assignments.assign(session, letters, ids, int(assignee_id), **kw)


def _in_words(row: RepairRequest) -> dict[str, str]:
    return {
        "状态": STATUS_NAMES[row.status],
        "处理人": row.assignee.fullname if row.assignee else "",
    }


ACTIONS = (
    _status_action(
        "take-up",
        "受理",
        TAKEN_UP,
        (OPEN,),
        confirm="表示由您来处理。报修人会收到邮件。",
        icon="person-check",
        is_in_list=True,
    ),
    _status_action(
        "solve",
        "解决",
        SOLVED,
        (OPEN, TAKEN_UP),
        confirm="表示故障已经排除。报修人会收到邮件，之后还可以重新打开。",
        icon="check2-circle",
        is_in_list=True,
    ),
    _action(
        "assign",
        "转派",
        (OPEN, TAKEN_UP),
        _assign,
        schema=AssignmentSchema,
        confirm="请别人来处理，对方会收到通知；状态不变，由对方受理。",
        done="已转派 {} 条报修。",
        icon="person-up",
        is_in_list=True,
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
