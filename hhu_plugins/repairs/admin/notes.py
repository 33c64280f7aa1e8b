"""A note on a request, from its page in the back office: for the office, or for its reporter."""

from __future__ import annotations

import colander
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.admin import CHANGE, TableContext, back_url, find_row, flash, with_back
from hhu_base.rest import Text
from hhu_base.web import audit
from hhu_base.web.security import hold_identity
from hhu_plugins.repairs import notes
from hhu_plugins.repairs.admin.request_actions import LONGEST_REMARK

_BAD = f"没有保存：请填写内容，最多 {LONGEST_REMARK} 字，并选择给谁看。"
# Title of the entry in the audit.
_AUDIENCES = {"office": "内部备注", "reporter": "留言"}


class NoteSchema(colander.MappingSchema):
    text = Text(max_length=LONGEST_REMARK)
    audience = Text(validator=colander.OneOf(_AUDIENCES))


def add_note(context: TableContext, request) -> HTTPSeeOther:
    """``POST /admin/repairs/requests/ID/notes``"""
    hold_identity(request)
    row = find_row(context)
    back = HTTPSeeOther(with_back(context.admin.url(row), back_url(request)) + "#course")
    try:
        values = NoteSchema().deserialize(
            {name: request.POST.get(name, "") for name in ("text", "audience")}
        )
    except colander.Invalid:
        flash(request, _BAD, "danger")
        return back
    audience = values["audience"]
    is_for_reporter = audience == "reporter"
    is_added = notes.add(
        request.db,
        request.registry["repairs.letters"],
        row.id,
        values["text"],
        by_user_id=request.identity.user_id,
        is_for_reporter=is_for_reporter,
    )
    if not is_added:
        flash(request, "这条报修已经撤回了。", "warning")
        return back
    title = _AUDIENCES[audience]
    audit.record(request, title, row, context.admin.label(row), {}, {title: values["text"]})
    flash(request, "留言已发给报修人。" if is_for_reporter else "已保存备注，报修人看不到。")
    return back


def includeme(config) -> None:
    path = r"/admin/{plugin:repairs}/{table:requests}/{id:\d+}/notes"
    config.add_route("repairs.admin.notes", path, factory=TableContext)
    config.add_view(
        add_note, route_name="repairs.admin.notes", request_method="POST", permission=CHANGE
    )
