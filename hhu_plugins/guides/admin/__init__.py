"""The administrators' pages of the guides: 指南文件, with uploads and versions, and 指南分类."""

from pathlib import Path

from hhu_plugins.guides.admin.categories import CategoryAdmin
from hhu_plugins.guides.admin.guides import GuideAdmin


def includeme(config) -> None:
    config.add_admin_static("guides", Path(__file__).parents[1] / "static")
    config.add_model_admin(GuideAdmin)
    config.add_model_admin(CategoryAdmin)
    config.include("hhu_plugins.guides.admin.upload")
    config.include("hhu_plugins.guides.admin.versions")
