"""新增报修: what somebody tells by telephone is entered for them, with photos."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.admin import CHANGE, TableContext, back_url, flash
from hhu_base.values.refusal import Refusal
from hhu_base.web import audit, display
from hhu_base.web.security import hold_identity
from hhu_plugins.repairs import photo_uploads, photos, submission
from hhu_plugins.repairs.models import RepairRequest


def report_for(context: TableContext, request) -> dict[str, Any] | HTTPSeeOther:
    """``GET`` and ``POST /admin/repairs/requests/add``, with ``file`` for each photo."""
    from hhu_base.web.forms import Form, Invalid

    admin = context.admin
    form = Form(request, admin.form_schema(request, None))
    if request.method == "POST":
        try:
            return HTTPSeeOther(admin.url(_submit(context, request, form)))
        except Invalid:
            pass
        except Refusal as refusal:
            form.refuse(refusal.payload)
        request.response.status = 400
    return {
        "title": "新增报修",
        "admin": admin,
        "form": form.render(form.read(request.GET)),
        "back": back_url(request) or admin.path,
        "most": photos.MOST,
        "accept": photo_uploads.ACCEPT,
    }


def _submit(context: TableContext, request, form) -> RepairRequest:
    values = form.validate()
    # Reading them may take long: before anything is locked.
    pictures = photo_uploads.read(request)
    hold_identity(request)
    made = submission.submit(
        request.db,
        request.registry["repairs.letters"],
        by_user_id=request.identity.user_id,
        **values,
    )
    photo_uploads.store(request, made.id, pictures, user_id=values["user_id"])
    label = context.admin.label(made)
    texts = display.field_texts(request, form.nodes, values)
    audit.record(request, audit.ADDED, made, label, {}, {k: v for k, v in texts.items() if v})
    flash(request, f"已登记报修“{label}”，报修人会收到通知。")
    return made


def includeme(config) -> None:
    config.add_view(
        report_for,
        route_name="admin.add",
        match_param=("plugin=repairs", "table=requests"),
        request_method=("GET", "POST"),
        permission=CHANGE,
        takes_files=True,
        renderer="hhu_plugins.repairs:templates/phone_report.jinja2",
    )
