"""打卡项 and 打卡员: what can be clocked in for, and who shows its code."""

from __future__ import annotations

from typing import Any

import colander
import sqlalchemy as sa

from hhu_base.admin import Column, ModelAdmin, Relation, Relations
from hhu_base.database import among
from hhu_base.models import User
from hhu_base.rest import Instant, Name
from hhu_base.values.refusal import FieldErrors
from hhu_plugins.activities.expressions import label_problem
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem


def _check_label(node, label: str) -> None:
    problem = label_problem(label)
    if problem:
        raise colander.Invalid(node, problem)


class ItemSchema(colander.MappingSchema):
    activity_id = Relation(Activity, title="活动")
    label = Name(
        max_length=255, title="名称", description="例如“签到”“签退”。", validator=_check_label
    )
    from_time = Instant(title="打卡开始")
    to_time = Instant(title="打卡结束")
    staff = Relations(
        User,
        title="打卡员",
        description="可以展示打卡二维码的老师，不必是工作人员；在后台首页或小程序里打开。",
    )

    def validator(self, node, values) -> None:
        if values["to_time"] <= values["from_time"]:
            error = colander.Invalid(node)
            error["to_time"] = "结束必须晚于开始。"
            raise error


class ItemAdmin(ModelAdmin):
    """打卡项"""

    path = "/admin/activities/items/"
    model = ClockinItem
    schema = ItemSchema
    columns = (
        "label",
        Column("activity.name", "活动"),
        "from_time",
        "to_time",
        Column(
            "staff",
            "打卡员",
            value=lambda item: [user.fullname or user.username for user in item.staff],
            sort=("staff",),
            needs=("staff",),
        ),
    )
    search = ("search_key", "activity.search_key")
    filters = ("activity_id", "from_time")
    order = ("-from_time",)
    unit = "个"
    kept = ("activity_id",)
    icon = "check2-square"

    def label(self, row: ClockinItem) -> str:
        return f"{row.label}（{row.activity.name}）" if row.activity else row.label

    def read(self, request, row: ClockinItem) -> dict[str, Any]:
        return super().read(request, row) | {"staff": sorted(user.id for user in row.staff)}

    def write(self, request, row: ClockinItem, values: dict[str, Any]) -> None:
        values = dict(values)
        ids = values.pop("staff", None)
        super().write(request, row, values)
        if ids is not None:
            row.staff = list(request.db.scalars(sa.select(User).where(among(User.id, ids))))

    def save(self, request, row: ClockinItem, values: dict[str, Any], is_new: bool) -> None:
        if not is_new and "activity_id" in values and _is_used(request.db, row.id):
            raise FieldErrors({"activity_id": ["已经有人打卡，不能换到别的活动。"]})
        super().save(request, row, values, is_new)
        if "activity_id" in values:
            request.db.refresh(row, ["activity"])


def _is_used(session, item_id: int) -> bool:
    return session.scalar(sa.select(sa.exists().where(Clockin.item_id == item_id))) or False


def includeme(config) -> None:
    config.add_model_admin(ItemAdmin)
