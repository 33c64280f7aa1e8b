"""复制活动: the same once more, on another day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import colander
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.admin import CHANGE, TableContext, find_row, flash
from hhu_base.rest import Instant, Name
from hhu_base.web import audit
from hhu_base.web.security import hold_identity
from hhu_plugins.activities import copies
from hhu_plugins.activities.admin import plain_forms, tabs
from hhu_plugins.activities.models import Activity


class CopySchema(colander.MappingSchema):
    name = Name(max_length=255, title="名称")
    time_start = Instant(title="新的开始时间")


def ask(context: TableContext, request) -> dict[str, Any]:
    """``GET /admin/activities/activities/ID/copy``"""
    row = find_row(context)
    later = row.time_start.astimezone(request.registry.site_zone) + timedelta(days=7)
    return _page(request, row, {"name": row.name, "time_start": _text(later)}, {})


def copy(context: TableContext, request) -> dict[str, Any] | HTTPSeeOther:
    """``POST`` of the same"""
    hold_identity(request)
    row = find_row(context)
    given = {name: request.POST.get(name, "") for name in ("name", "time_start")}
    values, errors = plain_forms.read(request, CopySchema())
    if errors:
        request.response.status = 400
        return _page(request, row, given, errors)
    made = copies.copy(request.db, row, **values)
    audit.record(request, "复制", made, made.name, {}, {"来自": row.name})
    flash(request, f"已复制为“{made.name}”，尚未开放报名。请看过时间和表单后开放。")
    return HTTPSeeOther(tabs.url(made.id))


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def _page(request, row: Activity, given: dict[str, str], errors: dict[str, str]) -> dict[str, Any]:
    return {
        "title": "复制活动",
        "row": row,
        "given": given,
        "errors": errors,
        "items": len(row.clockin_items),
        "fields": len(row.form_metas),
    }


def includeme(config) -> None:
    path = r"/admin/{plugin:activities}/{table:activities}/{id:\d+}/copy"
    config.add_route("activities.copy", path, factory=TableContext)
    for view, method in ((ask, "GET"), (copy, "POST")):
        config.add_view(
            view,
            route_name="activities.copy",
            request_method=method,
            permission=CHANGE,
            renderer="hhu_plugins.activities:templates/copy.jinja2",
        )
