"""故障分类: one page, where each has its 报修通知人 and its hours, and is changed where it stands."""

from __future__ import annotations

import itertools
from typing import Any

import colander
import sqlalchemy as sa

from hhu_base.admin import VIEW, Column, ModelAdmin, TableContext, inline_form
from hhu_base.rest import Name, Text, WholeNumber
from hhu_plugins.repairs import recipient_lines
from hhu_plugins.repairs.admin import recipients
from hhu_plugins.repairs.models import MOST_HOURS, RepairCategory


def Recipients(**kw: Any) -> colander.SchemaNode:  # noqa: N802 - reads as a type in a schema
    return Text(
        blank=True,
        missing="",
        title=recipients.TITLE,
        validator=recipient_lines.are_recipients,
        **kw,
    )


def _Hours(title: str) -> colander.SchemaNode:  # noqa: N802
    return WholeNumber(minimum=1, maximum=MOST_HOURS, missing=None, nullable=True, title=title)


class CategorySchema(colander.MappingSchema):
    name = Name(max_length=255, title="名称")
    take_up_hours = _Hours("几小时内受理")
    solve_hours = _Hours("几小时内解决")
    recipients = Recipients()


class CategoryAdmin(ModelAdmin):
    """故障分类"""

    path = "/admin/repairs/categories/"
    model = RepairCategory
    schema = CategorySchema
    columns = (
        "name",
        "take_up_hours",
        "solve_hours",
        Column(
            "recipients",
            recipients.TITLE,
            value=lambda row: [f"{each.name} {each.address}" for each in row.recipients],
            sort=("recipients",),
            needs=("recipients",),
        ),
    )
    search = ("search_key",)
    order = ("name",)
    unit = "个"
    icon = "tags"
    row_template = "hhu_plugins.repairs:templates/category.jinja2"

    def form_schema(self, request, row) -> colander.MappingSchema:
        from hhu_plugins.repairs.admin.recipient_widget import RecipientsWidget

        schema = self.schema().clone()
        schema["recipients"].widget = RecipientsWidget(request)
        return schema

    def read(self, request, row: RepairCategory) -> dict[str, Any]:
        return {
            "name": row.name,
            "take_up_hours": row.take_up_hours,
            "solve_hours": row.solve_hours,
            "recipients": recipient_lines.read(request.db, row.id),
        }

    def write(self, request, row: RepairCategory, values: dict[str, Any]) -> None:
        super().write(request, row, {k: v for k, v in values.items() if k != "recipients"})

    def save(self, request, row: RepairCategory, values: dict[str, Any], is_new: bool) -> None:
        super().save(request, row, values, is_new)
        if "recipients" in values:
            recipient_lines.write(request.db, row.id, values["recipients"])
            request.db.expire(row, ["recipients"])

    def delete(self, request, row: RepairCategory) -> None:
        # What hangs on it is the database's to delete.
        request.db.execute(sa.delete(RepairCategory).where(RepairCategory.id == row.id))


def show_categories(context: TableContext, request) -> dict[str, Any]:
    """``GET /admin/repairs/categories/``"""
    admin = context.admin
    found = request.db.scalars(
        sa.select(RepairCategory).order_by(RepairCategory.name_key, RepairCategory.id)
    )
    # Each form counts on where the one before it has ended: no two fields have the same id.
    counter = itertools.count()
    return {
        "title": admin.title,
        "admin": admin,
        "for_all": recipients.draw(request, counter),
        "forms": [(row, inline_form(context, row, counter)) for row in found],
    }


def includeme(config) -> None:
    config.add_view(
        show_categories,
        route_name="admin.list",
        match_param=("plugin=repairs", "table=categories"),
        request_method="GET",
        permission=VIEW,
        renderer="hhu_plugins.repairs:templates/categories.jinja2",
    )
