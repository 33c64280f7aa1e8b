"""The tables that are handed out: a template to fill in, and everybody to change and bring back."""

from __future__ import annotations

import io

from pyramid.response import Response

from hhu_base.accounts.import_export.columns import COLUMNS
from hhu_base.accounts.import_export.importer import HEADER, export_people
from hhu_base.values.spreadsheets import write_table
from hhu_base.web import responses

# No staff number has a blank: who forgets to delete this row is told so, and nobody comes in.
_EXAMPLE = {
    "username": "20260001 示例 请删除这一行",
    "last_name": "欧阳",
    "first_name": "明远",
    "email": "ouyang@hhu.example",
    "department": "信息系",
    "password": "Chu-shi_2026",
    "post": "副教授",
    "qq": "",
    "wechat": "",
    "tel": "025-00000000",
    "phone": "15400000000",
    "description": "",
}


def template(request) -> Response:
    """``GET /admin/core/users/import/template.xlsx``"""
    header = [column.title for column in COLUMNS]
    row = [_EXAMPLE[column.field] for column in COLUMNS]
    content = write_table("template.xlsx", header, [row])
    return responses.table(io.BytesIO(content), "教师用户-导入模板", "xlsx")


def everybody(request) -> Response:
    """``GET /admin/core/users/everybody.xlsx`` and ``.csv``: as it can be imported again."""
    kind = request.matchdict["kind"]
    content = write_table(f"everybody.{kind}", HEADER, export_people(request.db))
    name = responses.dated(request, "教师用户-全部资料")
    return responses.table(io.BytesIO(content), name, kind)
