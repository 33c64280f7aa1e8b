"""指南分类."""

from __future__ import annotations

import colander

from hhu_base.admin import ModelAdmin
from hhu_base.rest import Name
from hhu_plugins.guides.models import GuideCategory


class CategorySchema(colander.MappingSchema):
    name = Name(max_length=255, title="名称")


class CategoryAdmin(ModelAdmin):
    """指南分类"""

    path = "/admin/guides/categories/"
    model = GuideCategory
    schema = CategorySchema
    columns = ("name",)
    search = ("search_key",)
    order = ("name",)
    unit = "个"
    icon = "folder"
