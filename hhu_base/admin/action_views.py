"""Actions on one row or several: ask, if the action wants it, then do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther

from hhu_base.admin.audit_log import audited
from hhu_base.admin.back_urls import list_url
from hhu_base.admin.model_admin import Action
from hhu_base.admin.permissions import TableContext
from hhu_base.database import among
from hhu_base.values.refusal import Refusal
from hhu_base.web import sessions
from hhu_base.web.pages import CHANGE, back_url
from hhu_base.web.security import hold_identity


def confirm_action(context: TableContext, request) -> dict | HTTPSeeOther:
    """``GET /admin/PLUGIN/TABLE/do/ACTION?id=1&id=2``"""
    action = _action(context)
    chosen = selected_rows(context, request.GET.getall("id"))
    rows = _fitting(context, action, chosen)
    if not rows and chosen and action.too_late:
        # The list that they were ticked in was older than that.
        for row in chosen:
            sessions.flash(request, action.too_late(row), "warning")
        return HTTPSeeOther(after(context, chosen))
    if not rows:
        sessions.flash(request, f"请先选择可以“{action.title}”的记录。", "warning")
        return HTTPSeeOther(back_url(request) or context.admin.path)
    form = _form(request, action)
    drawn = form.render() if form else ""
    seen = [f"{row.id}:{action.state(row)}" for row in rows] if action.state else []
    return _page(context, action, rows, drawn, len(chosen) - len(rows), seen)


def run_action(context: TableContext, request) -> dict | HTTPSeeOther:
    """``POST /admin/PLUGIN/TABLE/do/ACTION``"""
    from hhu_base.web.forms import Invalid

    admin = context.admin
    action = _action(context)
    admin.before_writing(request)
    hold_identity(request)
    chosen = selected_rows(context, request.POST.getall("id"))
    rows = chosen if action.do_many else _fitting(context, action, chosen)
    form = _form(request, action)
    refused = None
    try:
        values = form.validate() if form else {}
        with request.db.begin_nested():
            done = (_do_many if action.do_many else _do_each)(request, action, rows, values)
    except Invalid:
        pass
    except Refusal as refusal:
        refused = refusal
        if form:
            form.refuse(refused.payload)
    else:
        if done:
            sessions.flash(request, _told(admin, action, done))
        return HTTPSeeOther(after(context, rows))
    if form:
        request.response.status = 400
        seen = request.POST.getall("seen")
        return _page(context, action, rows, form.render(), len(chosen) - len(rows), seen)
    assert refused is not None  # noqa: S101 - only forms are invalid
    first = next(iter(refused.payload.values()))
    sessions.flash(request, first if isinstance(first, str) else " ".join(first), "danger")
    return HTTPSeeOther(back_url(request) or admin.path)


def _do_each(request, action: Action, rows: list, values: dict[str, Any]) -> list:
    """Do it to one row after the other, and record what it changed; what ``do`` returns is told."""
    assert action.do is not None  # noqa: S101 - an action has one of the two
    said = []
    for row in rows:
        with audited(request, row, action.title):
            said.append(action.do(request, row, **values))
    for sentence in filter(None, said):
        sessions.flash(request, str(sentence), "info")
    return rows


def _do_many(request, action: Action, rows: list, values: dict[str, Any]) -> list:
    """Do it to all of them; of those that somebody else had first it is told."""
    assert action.do_many is not None  # noqa: S101 - an action has one of the two
    seen = dict(_read_seen(request.POST.getall("seen")))
    late = action.do_many(request, rows, seen, **values)
    for sentence in late.values():
        sessions.flash(request, sentence, "warning")
    return [row for row in rows if row.id not in late]


def _read_seen(texts: list[str]) -> Iterator[tuple[int, str]]:
    for text in texts:
        row_id, _, state = text.partition(":")
        if row_id.isascii() and row_id.isdigit() and len(row_id) < 20:
            yield int(row_id), state


def _told(admin, action: Action, rows: list) -> str:
    if action.done:
        return action.done.format(len(rows))
    shown = f"“{admin.label(rows[0])}”" if len(rows) == 1 else f" {admin.counted(len(rows))}"
    return f"已对{shown}执行“{action.title}”。"


def after(context: TableContext, rows: list) -> str:
    """Where to go from these rows: back to where one came from, to the one row, or to the list."""
    admin = context.admin
    gone = [admin.url(row) for row in rows if sa.inspect(row).deleted]
    row_url = admin.url(rows[0]) if len(rows) == 1 and not gone else admin.path
    return back_url(context.request, gone) or row_url


def _action(context: TableContext) -> Action:
    action = context.admin.action(context.request.matchdict["action"])
    if action is None:
        raise HTTPNotFound
    return action


def _fitting(context: TableContext, action: Action, chosen: list) -> list:
    """The rows that the action is for."""
    admin, request = context.admin, context.request
    return [row for row in chosen if action.is_for(row) and not admin.refusal(request, row)]


def _form(request, action: Action):
    """What has to be filled in, or None; bound to the request, a schema may find that nothing has."""
    from hhu_base.web.forms import Form

    form = Form(request, action.schema()) if action.schema else None
    return form if form and form.nodes else None


def _page(
    context, action: Action, rows: list, drawn: str, left_out: int, seen: list[str]
) -> dict[str, Any]:
    admin = context.admin
    return {
        "title": action.title,
        "admin": admin,
        "list_url": list_url(context.request, admin),
        "action": action,
        "rows": [(row, admin.label(row)) for row in rows],
        "form": drawn,
        "left_out": left_out,
        "seen": seen,
        "back": after(context, rows),
        "came_from": back_url(context.request),
    }


def includeme(config) -> None:
    path = "/admin/{plugin}/{table}/do/{action}"
    config.add_route("admin.do", path, factory=TableContext, declared_table=True)
    for view, method in ((confirm_action, "GET"), (run_action, "POST")):
        config.add_view(
            view,
            route_name="admin.do",
            request_method=method,
            permission=CHANGE,
            renderer="hhu_base.admin:templates/action.jinja2",
        )


MOST_AT_ONCE = 500


def selected_rows(context: TableContext, texts: list[str]) -> list[Any]:
    """The rows with these ids, in the order of their ids, locked until the transaction ends."""
    admin, request = context.admin, context.request
    # Python refuses to read numbers of thousands of digits; no id has more than 19.
    digits = [each for each in texts[:MOST_AT_ONCE] if each.isascii() and each.isdigit()]
    ids = {int(each) for each in digits if len(each) < 20 and int(each) < 2**63}
    if not ids:
        return []
    statement = admin.query(request).where(among(admin.key, ids)).order_by(admin.key)
    if request.method == "POST":
        statement = statement.with_for_update(of=admin.model)
    return list(request.db.scalars(statement).unique())
