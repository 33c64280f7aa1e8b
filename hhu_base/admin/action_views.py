"""Actions on one row or several: ask, if the action wants it, then do."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther

from hhu_base.admin.back_urls import list_url
from hhu_base.admin.model_admin import Action
from hhu_base.admin.permissions import TableContext
from hhu_base.database import among
from hhu_base.values.refusal import Refusal
from hhu_base.web import audit, display, sessions
from hhu_base.web.pages import CHANGE, back_url
from hhu_base.web.security import hold_identity


def confirm_action(context: TableContext, request) -> dict | HTTPSeeOther:
    """``GET /admin/PLUGIN/TABLE/do/ACTION?id=1&id=2``"""
    action = _action(context)
    rows, left_out = _fitting(context, action, request.GET.getall("id"))
    if not rows:
        sessions.flash(request, f"请先选择可以“{action.title}”的记录。", "warning")
        return HTTPSeeOther(back_url(request) or context.admin.path)
    drawn = _form(request, action).render() if action.schema else ""
    return page_of(context, action, rows, drawn, left_out)


def run_action(context: TableContext, request) -> dict | HTTPSeeOther:
    """``POST /admin/PLUGIN/TABLE/do/ACTION``"""
    from hhu_base.web.forms import Invalid

    admin = context.admin
    action = _action(context)
    admin.before_writing(request)
    hold_identity(request)
    rows, left_out = _fitting(context, action, request.POST.getall("id"))
    form = _form(request, action) if action.schema else None
    try:
        values = form.validate() if form else {}
        with request.db.begin_nested():
            said = [_do(context, request, action, row, values) for row in rows]
    except Invalid:
        request.response.status = 400
        return page_of(context, action, rows, form.render() if form else "", left_out)
    except Refusal as refused:
        if form:
            form.refuse(refused.payload)
            request.response.status = 400
            return page_of(context, action, rows, form.render(), left_out)
        first = next(iter(refused.payload.values()))
        sessions.flash(request, first if isinstance(first, str) else " ".join(first), "danger")
        return HTTPSeeOther(back_url(request) or admin.path)
    for sentence in filter(None, said):
        sessions.flash(request, str(sentence), "info")
    if rows:
        shown = f"“{admin.label(rows[0])}”" if len(rows) == 1 else f" {len(rows)} 条记录"
        sessions.flash(request, f"已对{shown}执行“{action.title}”。")
    return HTTPSeeOther(after(context, rows))


def after(context: TableContext, rows: list) -> str:
    """Where to go from these rows: back to where one came from, to the one row, or to the list."""
    admin = context.admin
    return back_url(context.request) or (admin.url(rows[0]) if len(rows) == 1 else admin.path)


def _do(context: TableContext, request, action: Action, row, values: dict[str, Any]) -> Any:
    """Do it to one row, and record what it changed; what ``do`` returns is told."""
    admin = context.admin
    before = _texts(admin, request, row)
    said = action.do(request, row, **values)
    request.db.flush()
    after = _texts(admin, request, row)
    audit.record(request, action.title, row, admin.label(row), before, after)
    return said


def _texts(admin, request, row) -> dict[str, str]:
    return display.field_texts(request, admin.nodes, admin.read(request, row))


def _action(context: TableContext) -> Action:
    action = context.admin.action(context.request.matchdict["action"])
    if action is None:
        raise HTTPNotFound
    return action


def _fitting(context: TableContext, action: Action, ids: list[str]) -> tuple[list, int]:
    """The rows that the action is for, and how many of the chosen it is not for."""
    rows = selected_rows(context, ids)
    admin, request = context.admin, context.request
    fitting = [row for row in rows if action.is_for(row) and not admin.refusal(request, row)]
    return fitting, len(rows) - len(fitting)


def _form(request, action: Action):
    from hhu_base.web.forms import Form

    assert action.schema is not None  # noqa: S101 - callers have looked
    return Form(request, action.schema())


def page_of(context, action: Action, rows: list, drawn: str, left_out: int) -> dict[str, Any]:
    admin = context.admin
    return {
        "title": action.title,
        "admin": admin,
        "list_url": list_url(context.request, admin),
        "action": action,
        "rows": [(row, admin.label(row)) for row in rows],
        "form": drawn,
        "left_out": left_out,
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
