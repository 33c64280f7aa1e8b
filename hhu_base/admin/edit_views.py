"""Adding and changing a row: one form, one cycle, and nobody overwrites anybody unknowingly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.admin import edit_conflicts
from hhu_base.admin.back_urls import list_url, with_back
from hhu_base.admin.edit_conflicts import EditConflict
from hhu_base.admin.integrity_errors import as_errors
from hhu_base.admin.model_admin import ModelAdmin
from hhu_base.admin.permissions import TableContext, find_row
from hhu_base.values.refusal import Refusal
from hhu_base.web import audit, display, sessions
from hhu_base.web.pages import CHANGE, VIEW, back_url
from hhu_base.web.security import hold_identity

if TYPE_CHECKING:
    from hhu_base.web.forms import Form


def add(context: TableContext, request) -> dict | HTTPSeeOther:
    """``GET`` and ``POST /admin/PLUGIN/TABLE/add``"""
    admin = context.admin
    if not admin.can_add:
        return HTTPSeeOther(admin.path)
    form = _form(context, request, None)
    if request.method == "POST":
        admin.before_writing(request)
        hold_identity(request)
        row = admin.new(request)
        if _try(form, request, lambda values: _store_new(admin, request, row, form, values)):
            sessions.flash(request, f"已新增{admin.title}“{admin.label(row)}”。")
            return HTTPSeeOther(_after(request, admin, row))
    drawn = form.render(form.read(request.GET))
    return _page(context, f"新增{admin.title}") | {"form": drawn, "can_save": True}


def show(context: TableContext, request) -> dict:
    """``GET /admin/PLUGIN/TABLE/ID/``"""
    row = find_row(context)
    form = _form(context, request, row)
    values = context.admin.read(request, row)
    return _row_page(context, request, row, form.render(values), values)


def change(context: TableContext, request) -> dict | HTTPSeeOther:
    """``POST /admin/PLUGIN/TABLE/ID/``"""
    admin = context.admin
    admin.before_writing(request)
    hold_identity(request)
    row = find_row(context)
    problem = admin.refusal(request, row) or admin.closed(request, row)
    if problem or not admin.can_change:
        sessions.flash(request, problem or "这里的内容不能修改。", "danger")
        return HTTPSeeOther(with_back(admin.url(row), back_url(request)))
    # From here to the commit nobody else changes it.
    request.db.refresh(row, with_for_update={"of": admin.model, "key_share": True})
    form = _form(context, request, row)
    current = admin.read(request, row)
    attempt = _Attempt(admin, request, row, form, current)
    if _try(form, request, attempt.store):
        sessions.flash(request, f"已保存{admin.title}“{admin.label(row)}”。")
        return HTTPSeeOther(_after(request, admin, row))
    if attempt.clashes:
        request.response.status = 409
        fresh = _form(context, request, row)
        drawn = fresh.render(attempt.merged)
        return _row_page(context, request, row, drawn, current, clashes=attempt.clashes)
    # The digests that came along are kept: what was drawn then is still what was seen.
    page = _row_page(context, request, row, form.render(), current)
    return page | {"seen": request.POST.get(edit_conflicts.FIELD, page["seen"])}


class _Attempt:
    """Saving what was filled in, if nobody else has changed the row since it was drawn."""

    def __init__(self, admin, request, row, form: Form, current: dict[str, Any]):
        self.admin, self.request, self.row, self.form = admin, request, row, form
        self.current = current
        self.merged: dict[str, Any] = {}
        self.clashes: list[EditConflict] = []

    def store(self, values: dict[str, Any]) -> bool:
        zone = self.request.registry.site_zone
        seen = edit_conflicts.parse_seen(self.request.POST.get(edit_conflicts.FIELD, ""))
        now = {name: edit_conflicts.digest(value, zone) for name, value in self.current.items()}
        mine = {name: edit_conflicts.digest(value, zone) for name, value in values.items()}
        theirs = [name for name in now if name in seen and seen[name] != now[name]]
        touched = {name for name in values if mine[name] != seen.get(name, now.get(name))}
        self.clashes = [
            self._clash(name, values, name in touched)
            for name in theirs
            if name in values and mine[name] != now[name]
        ]
        if self.clashes:
            self.merged = self.current | {name: values[name] for name in touched}
            return False
        changed = {name: value for name, value in values.items() if mine[name] != now.get(name)}
        if changed:
            self._write(changed)
        return True

    def _write(self, changed: dict[str, Any]) -> None:
        nodes = self.form.nodes
        before = display.field_texts(self.request, nodes, self.current)
        self.admin.save(self.request, self.row, changed, False)
        after = display.field_texts(
            self.request, nodes, self.current | self.admin.read(self.request, self.row)
        )
        for name in changed:
            if audit.is_secret(name):
                after[nodes[name].title] = audit.SECRET
        label = self.admin.label(self.row)
        audit.record(self.request, audit.CHANGED, self.row, label, before, after)

    def _clash(self, name: str, values: dict[str, Any], is_touched: bool) -> EditConflict:
        node = self.form.nodes[name]
        theirs = display.field_text(self.request, name, node, self.current[name])
        mine = display.field_text(self.request, name, node, values[name])
        return EditConflict(
            node.title or name, theirs or "（空）", (mine or "（空）") if is_touched else ""
        )


def _store_new(admin, request, row, form: Form, values: dict[str, Any]) -> bool:
    admin.save(request, row, values, True)
    after = display.field_texts(request, form.nodes, values)
    kept = {title: text for title, text in after.items() if text}
    audit.record(request, audit.ADDED, row, admin.label(row), {}, kept)
    return True


def _try(form: Form, request, store) -> bool:
    """Validate and store; what goes wrong is drawn into the form, and nothing is written."""
    from hhu_base.web.forms import Invalid

    try:
        values = form.validate()
        with request.db.begin_nested():
            is_stored = store(values)
    except Invalid:
        pass
    except Refusal as refused:
        form.refuse(refused.payload, getattr(refused, "instead", {}))
    except sa.exc.IntegrityError as error:
        form.refuse(as_errors(error, request.context.admin))
    else:
        return is_stored
    request.response.status = 400
    return False


def inline_form(context: TableContext, row, counter: Iterator[int]) -> dict[str, Any]:
    """The form of a row for a page that shows several; it posts to the row's own page, with ``seen``."""
    request, admin = context.request, context.admin
    values = admin.read(request, row)
    refusal = admin.refusal(request, row) or admin.closed(request, row)
    may_change = request.has_permission(CHANGE) and admin.can_change
    return {
        "form": _form(context, request, row, counter).render(values),
        "seen": edit_conflicts.seen(values, request.registry.site_zone),
        "can_save": bool(may_change) and not refusal,
    }


def _form(context: TableContext, request, row, counter: Iterator[int] | None = None) -> Form:
    from hhu_base.web.forms import Form

    return Form(request, context.admin.form_schema(request, row), counter)


def _row_page(context, request, row, drawn: str, values: dict, clashes=()) -> dict[str, Any]:
    admin = context.admin
    refusal = admin.refusal(request, row)
    closed = admin.closed(request, row)
    may_change = bool(request.has_permission(CHANGE)) and not refusal
    entries = audit.history(request, row)
    page = _page(context, admin.label(row)) | admin.row_context(request, row)
    return page | {
        "row": row,
        "form": drawn,
        "seen": edit_conflicts.seen(values, request.registry.site_zone),
        "here": with_back(admin.row_url(request, row), back_url(request)),
        "clashes": clashes,
        "last_entry": entries[0] if entries else None,
        "history": [(entry, audit.changes(entry)) for entry in entries],
        "refusal": refusal or closed,
        "facts": admin.facts(request, row),
        "can_save": may_change and admin.can_change and not closed,
        "can_delete": may_change and admin.can_delete,
        "actions": [a for a in admin.actions if may_change and a.is_for(row)],
    }


def _page(context: TableContext, title: str) -> dict[str, Any]:
    back = back_url(context.request) or context.admin.path
    context.request.override_renderer = context.admin.row_template
    return {
        "title": title,
        "admin": context.admin,
        "list_url": list_url(context.request, context.admin),
        "row": None,
        "clashes": (),
        "seen": "",
        "back": back,
    }


def _after(request, admin, row) -> str:
    back = back_url(request)
    if "save_and_add" in request.POST:
        kept = {name: getattr(row, name) for name in admin.kept}
        return with_back(admin.url(rest="add"), back, **kept)
    if "save_and_stay" in request.POST:
        return with_back(admin.row_url(request, row), back)
    return back or admin.path


def includeme(config) -> None:
    add_path = "/admin/{plugin}/{table}/add"
    row_path = r"/admin/{plugin}/{table}/{id:\d+}/"
    for name, path in (("admin.add", add_path), ("admin.row", row_path)):
        config.add_route(name, path, factory=TableContext, declared_table=True)
    common = {"renderer": ModelAdmin.row_template}
    config.add_view(
        add, route_name="admin.add", request_method=("GET", "POST"), permission=CHANGE, **common
    )
    config.add_view(show, route_name="admin.row", request_method="GET", permission=VIEW, **common)
    config.add_view(
        change, route_name="admin.row", request_method="POST", permission=CHANGE, **common
    )
