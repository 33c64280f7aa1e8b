"""Changing the status: of what somebody else has changed meanwhile, he is told by whom."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup
from pyramid.httpexceptions import HTTPSeeOther
from sqlalchemy.orm import joinedload

from hhu_base.admin import action_views, edit_views, flash
from hhu_base.admin.action_views import selected_rows
from hhu_base.admin.permissions import TableContext
from hhu_base.web import audit
from hhu_base.web.pages import CHANGE, VIEW
from hhu_base.web.security import hold_identity
from hhu_plugins.repairs import requests
from hhu_plugins.repairs.admin.requests import StatusAction
from hhu_plugins.repairs.models import NOBODY, STATUS_NAMES, StatusChange

_ONLY_HERE = ("plugin=repairs", "table=requests")


def show(context: TableContext, request) -> dict:
    """``GET /admin/repairs/requests/ID/``"""
    return _with_course(request, edit_views.show(context, request))


def change(context: TableContext, request) -> dict | HTTPSeeOther:
    """``POST /admin/repairs/requests/ID/``"""
    answer = edit_views.change(context, request)
    return _with_course(request, answer) if isinstance(answer, dict) else answer


def ask(context: TableContext, request) -> dict | HTTPSeeOther:
    """``GET /admin/repairs/requests/do/ACTION?id=1``"""
    admin = context.admin
    action = admin.action(request.matchdict["action"])
    rows = selected_rows(context, request.GET.getall("id"))
    if action is not None and rows and not any(action.is_for(row) for row in rows):
        # The list that they were ticked in was older than that.
        for row in rows:
            flash(request, requests.already_changed(row), "warning")
        return HTTPSeeOther(action_views.after(context, rows))
    page = action_views.confirm_action(context, request)
    return _with_seen(page) if isinstance(page, dict) else page


def act(context: TableContext, request) -> dict | HTTPSeeOther:
    """``POST /admin/repairs/requests/do/ACTION``"""
    hold_identity(request)
    from hhu_base.web.forms import Form, Invalid

    admin, match = context.admin, request.matchdict
    action = admin.action(match["action"])
    if not isinstance(action, StatusAction):
        return action_views.run_action(context, request)
    form = Form(request, action.schema()) if action.schema else None
    rows = selected_rows(context, request.POST.getall("id"))
    try:
        remark = form.validate()["remark"] if form else ""
    except Invalid:
        request.response.status = 400
        page = action_views.page_of(context, action, rows, form.render() if form else "", 0)
        return _with_seen(page, request.POST.getall("seen"))
    changes = _change(context, request, action, rows, remark)
    for sentence in changes.refusals.values():
        flash(request, sentence, "warning")
    if changes.changed:
        done = STATUS_NAMES[action.status]
        flash(request, f"{len(changes.changed)} 条报修的状态已改为“{done}”。")
    return HTTPSeeOther(action_views.after(context, rows))


def _change(
    context: TableContext, request, action: StatusAction, rows: list[Any], remark: str
) -> requests.StatusChangeResult:
    """Each is changed only if it still has the status that was seen."""
    seen = dict(_read_seen(request.POST.getall("seen")))
    by_expected = defaultdict(list)
    before = {row.id: STATUS_NAMES[row.status] for row in rows}
    for row in rows:
        expected = seen.get(row.id, action.by[0])
        by_expected[expected if expected in action.by else action.by[0]].append(row.id)
    made = requests.StatusChangeResult()
    for expected, ids in sorted(by_expected.items()):
        part = requests.change_status(
            request.db,
            request.registry["repairs.letters"],
            ids,
            action.status,
            by_user_id=request.identity.user_id,
            remark=remark,
            expected_status=expected,
        )
        made.changed += part.changed
        made.refusals |= part.refusals
    for row in rows:
        if row.id in made.changed:
            after = {"状态": STATUS_NAMES[action.status]} | ({"备注": remark} if remark else {})
            label = context.admin.label(row)
            audit.record(request, action.title, row, label, {"状态": before[row.id]}, after)
    return made


def _with_seen(page: dict, seen: list[str] | None = None) -> dict:
    """The question remembers which statuses whoever decides has seen."""
    if seen is None:
        seen = [f"{row.id}:{row.status}" for row, _ in page["rows"]]
    inputs = [Markup('<input type="hidden" name="seen" value="{}">').format(each) for each in seen]
    return page | {"form": page["form"] + "".join(inputs)}


def _read_seen(texts: list[str]):
    for text in texts:
        row_id, _, status = text.partition(":")
        is_id = row_id.isascii() and row_id.isdigit() and len(row_id) < 20
        if is_id and status in map(str, STATUS_NAMES):
            yield int(row_id), int(status)


def _with_course(request, page: dict) -> dict:
    course = request.db.scalars(
        sa.select(StatusChange)
        .where(StatusChange.request_id == page["row"].id)
        .options(joinedload(StatusChange.user))
        .order_by(StatusChange.id.desc())
    ).all()
    return page | {"course": course, "status_names": STATUS_NAMES, "nobody": NOBODY}


def includeme(config) -> None:
    row = {
        "route_name": "admin.row",
        "match_param": _ONLY_HERE,
        "renderer": "hhu_plugins.repairs:templates/request.jinja2",
    }
    config.add_view(show, request_method="GET", permission=VIEW, **row)
    config.add_view(change, request_method="POST", permission=CHANGE, **row)
    for view, method in ((ask, "GET"), (act, "POST")):
        config.add_view(
            view,
            route_name="admin.do",
            match_param=_ONLY_HERE,
            request_method=method,
            permission=CHANGE,
            renderer="hhu_base.admin:templates/action.jinja2",
        )
