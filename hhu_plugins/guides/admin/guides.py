"""指南文件: what is declared; uploading and versions have pages of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import colander

from hhu_base.admin import Column, ModelAdmin, Relation
from hhu_base.rest import Name
from hhu_plugins.guides import library
from hhu_plugins.guides.admin import versions
from hhu_plugins.guides.models import Guide, GuideCategory


class GuideSchema(colander.MappingSchema):
    name = Name(max_length=255, title="名称", description="教师看到的名称，不一定是文件的名称。")
    category_id = Relation(GuideCategory, title="指南分类")


class GuideAdmin(ModelAdmin):
    """指南文件"""

    path = "/admin/guides/guides/"
    model = Guide
    schema = GuideSchema
    columns = (
        "name",
        Column("category.name", "指南分类"),
        Column(
            "file",
            "文件",
            value=lambda guide: file_text(guide),
            sort=("file_name",),
            needs=("versions",),
        ),
        "downloads",
        "mails",
        "created_at",
    )
    search = ("search_key",)
    filters = ("category_id", "created_at")
    unit = "份"
    labels = {"downloads": "下载次数", "mails": "邮件次数", "created_at": "上传时间"}
    icon = "journal-text"
    row_template = "hhu_plugins.guides:templates/guide.jinja2"
    hint = "替换文件后，指南的编号不变，以前的版本仍然保留。"

    def facts(self, request, row: Guide) -> Sequence[tuple[str, Any]]:
        return (
            ("文件", file_text(row)),
            ("下载次数", str(row.downloads)),
            ("邮件次数", str(row.mails)),
        )

    def row_context(self, request, row: Guide) -> dict[str, Any]:
        return versions.of_guide(request, row)

    def delete(self, request, row: Guide) -> None:
        library.delete(request.db, [row.id])


def file_text(guide: Guide) -> str:
    """``报销.pdf，1.5 MB``, of the current version."""
    current = next((each for each in guide.versions if each.is_current), None)
    return f"{current.name}，{library.readable_size(current.size)}" if current else ""
