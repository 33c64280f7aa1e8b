"""故障分类, with their recipients as lines of the same form."""

from __future__ import annotations

from typing import Any

import colander
import sqlalchemy as sa

from hhu_base.admin import Column, ModelAdmin
from hhu_base.rest import Name, Text
from hhu_base.values.email import is_deliverable
from hhu_plugins.repairs.admin.recipients import BAD_ADDRESS
from hhu_plugins.repairs.models import NotificationRecipient, RepairCategory

_LONGEST_NAME = 255


def are_recipients(node, value: str) -> None:
    """Each line is a name and an address."""
    for number, line in enumerate(value.splitlines(), 1):
        name, address = split_line(line)
        if not line.strip():
            continue
        if not name or len(name) > _LONGEST_NAME:
            raise colander.Invalid(node, f"第 {number} 行：请填写姓名和邮箱，中间用空格隔开。")
        if not is_deliverable(address):
            raise colander.Invalid(node, f"第 {number} 行：“{address}”{BAD_ADDRESS}")


def split_line(line: str) -> tuple[str, str]:
    """``王 师傅 wang@hhu.example`` → its name and its address."""
    name, _, address = " ".join(line.split()).rpartition(" ")
    return name, address.strip("<>")


class CategorySchema(colander.MappingSchema):
    name = Name(max_length=255, title="名称")
    recipients = Text(
        blank=True,
        missing="",
        title="邮件提醒",
        description="这一类的新报修给谁发邮件：每行一位，姓名和邮箱，如“王师傅 wang@hhu.edu.cn”。",
        validator=are_recipients,
    )


class CategoryAdmin(ModelAdmin):
    """故障分类"""

    path = "/admin/repairs/categories/"
    model = RepairCategory
    schema = CategorySchema
    columns = (
        "name",
        Column(
            "recipients",
            "邮件提醒",
            value=lambda row: [each.name for each in row.recipients],
            sort=("recipients",),
            needs=("recipients",),
        ),
    )
    search = ("search_key",)
    order = ("name",)
    unit = "个"
    icon = "tags"

    def read(self, request, row: RepairCategory) -> dict[str, Any]:
        lines = [f"{each.name} {each.address}" for each in _recipients(request, row)]
        return {"name": row.name, "recipients": "\n".join(lines)}

    def write(self, request, row: RepairCategory, values: dict[str, Any]) -> None:
        if "name" in values:
            row.name = values["name"]

    def save(self, request, row: RepairCategory, values: dict[str, Any], is_new: bool) -> None:
        super().save(request, row, values, is_new)
        if "recipients" in values:
            _set_recipients(request, row, values["recipients"])

    def delete(self, request, row: RepairCategory) -> None:
        # What hangs on it is the database's to delete.
        request.db.execute(sa.delete(RepairCategory).where(RepairCategory.id == row.id))


def _recipients(request, row: RepairCategory) -> list[NotificationRecipient]:
    found = (
        sa.select(NotificationRecipient)
        .where(NotificationRecipient.category_id == row.id)
        .order_by(NotificationRecipient.id)
    )
    return list(request.db.scalars(found))


def _set_recipients(request, row: RepairCategory, text: str) -> None:
    lines = [split_line(line) for line in text.splitlines() if line.strip()]
    # The same address twice is one recipient.
    wanted = {address.lower(): (name, address) for name, address in lines}
    for recipient in _recipients(request, row):
        kept = wanted.pop(recipient.address.lower(), None)
        if kept is None:
            request.db.delete(recipient)
        else:
            recipient.name, recipient.address = kept
    for name, address in wanted.values():
        request.db.add(NotificationRecipient(name=name, address=address, category_id=row.id))
    request.db.flush()
    request.db.expire(row, ["recipients"])
