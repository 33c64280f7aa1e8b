"""系所."""

from __future__ import annotations

import colander

from hhu_base.admin.model_admin import ModelAdmin
from hhu_base.models import Department
from hhu_base.rest import Name


class DepartmentSchema(colander.MappingSchema):
    name = Name(max_length=255, title="名称")


class DepartmentAdmin(ModelAdmin):
    """系所"""

    path = "/admin/core/departments/"
    model = Department
    schema = DepartmentSchema
    columns = ("name",)
    search = ("search_key",)
    order = ("name",)
    unit = "个"
    icon = "building"
