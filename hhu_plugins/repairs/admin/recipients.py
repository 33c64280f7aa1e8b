"""报修通知人 of all requests, whatever their category: a form on the page of the categories."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import colander
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.admin import flash
from hhu_base.database import lock
from hhu_base.rest import Text
from hhu_base.web import audit
from hhu_base.web.security import hold_identity
from hhu_plugins.repairs import recipient_lines
from hhu_plugins.repairs.models import NotificationRecipient

PATH = "/admin/repairs/recipients/"
PAGE = "/admin/repairs/categories/"
TITLE = "报修通知人"
CHANGED = "您打开这一页以后，有人修改了全部报修的通知人，所以还没有保存。请看过现在的内容再修改。"
_LABEL = "全部报修"


class RecipientsSchema(colander.MappingSchema):
    recipients = Text(
        blank=True,
        missing="",
        title=TITLE,
        description="每一条新报修都给他们发邮件，没有分类的也包括在内。",
        validator=recipient_lines.are_recipients,
    )


def draw(request, counter: Iterator[int]) -> dict[str, Any]:
    """The form as it is, and what it was drawn from."""
    now = recipient_lines.read(request.db, None)
    return {"form": _form(request, counter).render({"recipients": now}), "seen": now}


def _form(request, counter: Iterator[int] | None = None):
    from hhu_base.web.forms import Form
    from hhu_plugins.repairs.admin.recipient_widget import RecipientsWidget

    schema = RecipientsSchema().clone()
    schema["recipients"].widget = RecipientsWidget(request)
    return Form(request, schema, counter)


def show(request) -> HTTPSeeOther:
    """``GET /admin/repairs/recipients/``"""
    return HTTPSeeOther(PAGE)


def save(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /admin/repairs/recipients/``"""
    from hhu_base.web.forms import Invalid

    # There is no row to lock: those of two at the same time would be mixed.
    lock(request.db, "repairs.recipients")
    hold_identity(request)
    form = _form(request)
    try:
        text = form.validate()["recipients"]
    except Invalid:
        request.response.status = 400
        seen = request.POST.get("seen", "")
        return {"title": f"{_LABEL}的通知人", "for_all": {"form": form.render(), "seen": seen}}
    before = recipient_lines.read(request.db, None)
    if _lines(request.POST.get("seen", "")) != _lines(before):
        flash(request, CHANGED, "warning")
        return HTTPSeeOther(PAGE)
    recipient_lines.write(request.db, None, text)
    after = recipient_lines.read(request.db, None)
    if before != after:
        # About all of them: no row of its own.
        about = NotificationRecipient()
        audit.record(request, audit.CHANGED, about, _LABEL, {TITLE: before}, {TITLE: after})
    flash(request, "已保存全部报修的通知人。")
    return HTTPSeeOther(PAGE)


def _lines(text: str) -> list[str]:
    return text.splitlines()


def includeme(config) -> None:
    config.add_admin_page(
        show,
        PATH,
        TITLE,
        permission="repairs.view",
        is_in_menu=False,
        request_method="GET",
    )
    config.add_view(
        save,
        route_name=PATH,
        request_method="POST",
        permission="repairs.change",
        renderer="hhu_plugins.repairs:templates/recipients.jinja2",
    )
