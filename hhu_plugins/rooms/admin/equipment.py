"""会议室设备: the words that rooms may have."""

from __future__ import annotations

from typing import Any

import colander

from hhu_base.admin import ModelAdmin
from hhu_base.rest import Name
from hhu_plugins.rooms import equipment
from hhu_plugins.rooms.models import Equipment


def _one_word(node, value: str) -> None:
    if not equipment.is_one_word(value):
        raise colander.Invalid(node, equipment.NOT_ONE_WORD)


class EquipmentSchema(colander.MappingSchema):
    name = Name(
        max_length=20,
        title="名称",
        validator=_one_word,
        description="例如“投影”。改名后，有这项设备的会议室随之更新。",
    )


class EquipmentAdmin(ModelAdmin):
    """会议室设备"""

    path = "/admin/rooms/equipment/"
    model = Equipment
    schema = EquipmentSchema
    columns = ("name",)
    search = ("search_key",)
    order = ("name",)
    unit = "项"
    icon = "projector"
    hint = "会议室可以选的设备，教师按它们查找会议室。"

    def facts(self, request, row: Equipment) -> list[tuple[str, Any]]:
        rooms = equipment.rooms_with(request.db).get(row.name, 0)
        return [("会议室", f"{rooms} 间")]

    def before_writing(self, request) -> None:
        equipment.hold(request.db)

    def save(self, request, row: Equipment, values: dict[str, Any], is_new: bool) -> None:
        if is_new:
            super().save(request, row, values, is_new)
        elif "name" in values:
            equipment.rename(request.db, row, values["name"])

    def delete(self, request, row: Equipment) -> None:
        equipment.delete(request.db, row)
