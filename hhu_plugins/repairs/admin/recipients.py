"""邮件提醒: who is told of new requests."""

from __future__ import annotations

import colander

from hhu_base.admin import Column, ModelAdmin, Relation
from hhu_base.rest import Name
from hhu_base.values.email import is_deliverable
from hhu_plugins.repairs.models import NotificationRecipient, RepairCategory

BAD_ADDRESS = "不是有效的邮箱地址。"


def is_address(node, value: str) -> None:
    if not is_deliverable(value):
        raise colander.Invalid(node, BAD_ADDRESS)


class RecipientSchema(colander.MappingSchema):
    name = Name(max_length=255, title="姓名")
    address = Name(max_length=254, title="邮箱", validator=is_address)
    category_id = Relation(
        RepairCategory,
        optional=True,
        title="故障分类",
        description="不选分类，则所有报修都会提醒，没有分类的报修也包括在内。",
    )


class RecipientAdmin(ModelAdmin):
    """邮件提醒"""

    path = "/admin/repairs/recipients/"
    model = NotificationRecipient
    schema = RecipientSchema
    columns = (
        "name",
        "address",
        Column(
            "category",
            "故障分类",
            value=lambda row: row.category.name if row.category else "全部报修",
            sort=("category.name",),
            needs=("category",),
        ),
    )
    search = ("search_key",)
    filters = ("category_id",)
    order = ("name",)
    unit = "位"
    kept = ("category_id",)
    icon = "bell"
    hint = "有新报修时给谁发邮件：某个分类的负责人，或者全部报修的负责人。"

    def label(self, row: NotificationRecipient) -> str:
        return f"{row.name} {row.address}"
