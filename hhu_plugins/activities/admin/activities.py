"""活动: the declared table, with the form builder and who is there on its pages."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial
from typing import Any

import colander
import sqlalchemy as sa
from sqlalchemy.orm import undefer

from hhu_base.admin import AdminRoot, Column, ModelAdmin
from hhu_base.rest import Instant, Name, Text, WholeNumber, YesNo
from hhu_plugins.activities import enrollments, forms, notifications, waiting_list
from hhu_plugins.activities.admin import attendance, form_text, inline_items, tabs
from hhu_plugins.activities.admin.enrollment_filters import identifier
from hhu_plugins.activities.models import Activity

# What may set places free.
_PLACES = {"participants_total_limit", "time_end"}


@colander.deferred
def _form_check(node, bindings):
    return partial(_check_form, known=node.known)


def _check_form(node, text: str, known: Collection[str]) -> None:
    try:
        forms.parse_new_form(text, known)
    except forms.FormError as error:
        raise colander.Invalid(node, error.problems) from None


class ActivitySchema(colander.MappingSchema):
    name = Name(max_length=255, title="名称")
    location = Name(max_length=255, blank=True, missing="", title="地点")
    time_start = Instant(title="开始时间")
    time_end = Instant(title="结束时间")
    participants_total_limit = WholeNumber(
        minimum=0, nullable=True, missing=None, title="人数上限", description="不填：不限人数。"
    )
    open_for_enrollment = YesNo(missing=False, title="开放报名")
    enroll_until = Instant(
        nullable=True, missing=None, title="报名截止", description="不填：活动结束前都可以报名。"
    )
    has_waiting_list = YesNo(
        missing=False,
        title="候补",
        description="名额已满时可以候补；有了空位，等候最久的人自动报名成功，并收到邮件。",
    )
    description = Text(blank=True, missing="", title="说明")
    form_metas = Text(
        blank=True,
        missing="{}",
        title="报名表单",
        description="修改表单不影响已有的报名：当时的回答会保留。",
        validator=_form_check,
        known=(),  # the names that its fields have already
    )

    def validator(self, node, values) -> None:
        if values["time_end"] < values["time_start"]:
            error = colander.Invalid(node)
            error["time_end"] = "结束时间不能早于开始时间。"
            raise error
        if values["enroll_until"] and values["enroll_until"] > values["time_end"]:
            error = colander.Invalid(node)
            error["enroll_until"] = "报名截止不能晚于活动结束。"
            raise error


def FormOnly(node: colander.SchemaNode) -> colander.SchemaNode:  # noqa: N802 - a schema
    """The form of the activity, without all else of it."""
    return colander.SchemaNode(colander.Mapping(), node)


class ActivityAdmin(ModelAdmin):
    """活动"""

    path = "/admin/activities/activities/"
    model = Activity
    schema = ActivitySchema
    columns = (
        "name",
        "time_start",
        "location",
        Column("enrollment_count", "报名人数"),
        "participants_total_limit",
        "open_for_enrollment",
    )
    search = ("search_key",)
    filters = ("open_for_enrollment", "time_start")
    order = ("-time_start",)
    unit = "个"
    icon = "calendar2-heart"
    row_template = "hhu_plugins.activities:templates/activity.jinja2"

    def query(self, request) -> sa.Select:
        return sa.select(Activity).options(undefer(Activity.enrollment_count))

    def form_schema(self, request, row: Activity | None) -> colander.MappingSchema:
        schema = self.schema().clone()
        schema["form_metas"].known = tuple(row.form_metas) if row is not None else ()
        if row is None:
            return schema
        if tabs.current(request) == tabs.FORM:
            return FormOnly(schema["form_metas"])
        del schema["form_metas"]
        return schema

    def row_url(self, request, row: Activity) -> str:
        return tabs.url(row.id, tabs.current(request))

    def read(self, request, row: Activity) -> dict[str, Any]:
        values = super().read(request, row)
        return values | {"form_metas": form_text.dump(row.form_metas)}

    def write(self, request, row: Activity, values: dict[str, Any]) -> None:
        if "form_metas" in values:
            values = values | {"form_metas": forms.parse_form(values["form_metas"] or "{}")}
        super().write(request, row, values)

    def save(self, request, row: Activity, values: dict[str, Any], is_new: bool) -> None:
        super().save(request, row, values, is_new)
        if not is_new and _PLACES & values.keys():
            enrollments.lock_activity(request.db, row.id)
            notifications.tell(
                request, waiting_list.fill_places(request.db, row.id, datetime.now(UTC))
            )

    def row_context(self, request, row: Activity) -> dict[str, Any]:
        tab = tabs.current(request)
        page: dict[str, Any] = tabs.of(request, row, tab)
        if tab == tabs.OVERVIEW and attendance.is_on(request, row):
            page |= attendance.people(request, row)
        if tab == tabs.ITEMS:
            page |= attendance.people(request, row) | inline_items.of_activity(request, row)
        if tab == tabs.HISTORY:
            page["entries"] = tabs.history(request, row)
        return page


def check_form(request) -> dict[str, Any]:
    """``POST /admin/activities/form-check``: the fields in their order, or what is wrong.

    ``activity`` is the one whose form it is, if it is stored already.
    """
    activity_id = identifier(request.POST.get("activity", ""))
    row = request.db.get(Activity, activity_id) if activity_id else None
    text = request.POST.get("form", "").strip() or "{}"
    try:
        form = forms.parse_new_form(text, row.form_metas if row is not None else ())
    except forms.FormError as error:
        return {"problems": error.problems}
    # A list, because JavaScript would sort field names that are numbers.
    return {"problems": [], "fields": [{"name": name, **rule} for name, rule in form.items()]}


def includeme(config) -> None:
    config.add_model_admin(ActivityAdmin)
    check = "/admin/activities/form-check"
    config.add_route(check, check, factory=AdminRoot)
    config.add_view(
        check_form,
        route_name=check,
        request_method="POST",
        permission="activities.change",
        renderer="json",
    )
