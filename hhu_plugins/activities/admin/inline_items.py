"""打卡: the items of an activity on its own page, each a line that is changed where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther

from hhu_base.admin import CHANGE, TableContext, audited, find_row, flash
from hhu_base.web import audit
from hhu_base.web.security import hold_identity
from hhu_plugins.activities import clockin_proposals
from hhu_plugins.activities.admin import plain_forms, tabs
from hhu_plugins.activities.admin.clockin_items import ItemSchema
from hhu_plugins.activities.admin.enrollment_filters import identifier
from hhu_plugins.activities.models import Activity, ClockinItem

_FIELDS = ("label", "from_time", "to_time")
TAKEN = "这项活动已经有同名的打卡项。"
CHANGED = "刚才有人修改了这个打卡项，没有保存。请看过现在的内容再修改。"


def of_activity(request, activity: Activity) -> dict[str, Any]:
    """What the tab needs: the lines, and a line for another one, with the times that are proposed."""
    labels = {item.label for item in activity.clockin_items}
    proposals = clockin_proposals.propose(
        activity.time_start, activity.time_end, request.registry.site_zone, labels
    )
    wanted = request.GET.get("propose", "")
    chosen = next((each for each in proposals if each.label == wanted), None)
    if chosen is None and proposals:
        chosen = proposals[0]
    new = _texts(request, chosen) if chosen else _empty(request, activity)
    return {
        "lines": [
            (item, _texts(request, item), _seen(request, item)) for item in activity.clockin_items
        ],
        "proposals": proposals,
        "new_line": new,
        "refused": None,
        "errors": {},
    }


def save(context: TableContext, request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /admin/activities/activities/ID/items``: ``id`` of an item, or none for a new one."""
    hold_identity(request)
    activity = find_row(context)
    back = HTTPSeeOther(tabs.url(activity.id, tabs.ITEMS))
    item = _item(request, activity)
    if item is not None and request.POST.get("seen") != _seen(request, item):
        flash(request, CHANGED, "warning")
        return back
    schema = ItemSchema()
    for name in ("activity_id", "staff"):
        del schema[name]
    values, errors = plain_forms.read(request, schema)
    if not errors and _is_taken(request, activity, values["label"], item):
        errors = {"label": TAKEN}
    if errors:
        request.response.status = 400
        return _page(request, activity, item, errors)
    if item is None:
        item = ClockinItem(activity=activity, **values)
        request.db.add(item)
        request.db.flush()
        after = {"名称": item.label, "打卡开始": _text(request, item.from_time)}
        audit.record(request, audit.ADDED, item, _name(item), {}, after)
        flash(request, f"已新增打卡项“{item.label}”。")
    else:
        with audited(request, item, audit.CHANGED):
            for name, value in values.items():
                setattr(item, name, value)
        flash(request, f"已保存打卡项“{item.label}”。")
    return back


def _item(request, activity: Activity) -> ClockinItem | None:
    text = request.POST.get("id", "")
    if not text:
        return None
    item_id = identifier(text)
    item = (
        request.db.scalar(
            sa.select(ClockinItem)
            .where(ClockinItem.id == item_id, ClockinItem.activity_id == activity.id)
            .with_for_update(of=ClockinItem, key_share=True)
        )
        if item_id is not None
        else None
    )
    if item is None:
        raise HTTPNotFound
    return item


def _is_taken(request, activity: Activity, label: str, item: ClockinItem | None) -> bool:
    same = sa.select(ClockinItem.id).where(
        ClockinItem.activity_id == activity.id, ClockinItem.label == label
    )
    found = request.db.scalar(same)
    return found is not None and (item is None or found != item.id)


def _page(
    request, activity: Activity, item: ClockinItem | None, errors: Mapping[str, str]
) -> dict[str, Any]:
    """The tab again, with what was filled in, and what is wrong with it."""
    page = of_activity(request, activity)
    given = {name: request.POST.get(name, "") for name in _FIELDS}
    if item is None:
        page["new_line"] = given
    else:
        page["lines"] = [
            (each, given if each is item else texts, seen) for each, texts, seen in page["lines"]
        ]
    tab = tabs.of(request, activity, tabs.ITEMS)
    return page | tab | {"row": activity, "refused": item.id if item else 0, "errors": errors}


def _texts(request, item) -> dict[str, str]:
    return {
        "label": item.label,
        "from_time": _text(request, item.from_time),
        "to_time": _text(request, item.to_time),
    }


def _empty(request, activity: Activity) -> dict[str, str]:
    times = {"from_time": activity.time_start, "to_time": activity.time_end}
    return {"label": ""} | {name: _text(request, moment) for name, moment in times.items()}


def _text(request, moment: datetime) -> str:
    return f"{moment.astimezone(request.registry.site_zone):%Y-%m-%dT%H:%M}"


def _seen(request, item: ClockinItem) -> str:
    return "|".join(_texts(request, item).values())


def _name(item: ClockinItem) -> str:
    return f"{item.label}（{item.activity.name}）"


def includeme(config) -> None:
    path = r"/admin/{plugin:activities}/{table:activities}/{id:\d+}/items"
    config.add_route("activities.inline_items", path, factory=TableContext)
    config.add_view(
        save,
        route_name="activities.inline_items",
        request_method="POST",
        permission=CHANGE,
        renderer="hhu_plugins.activities:templates/inline_items_page.jinja2",
    )
