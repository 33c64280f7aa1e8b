"""The tables that are handed out: a template to fill in, and everybody to change and bring back."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from pyramid.response import Response

from hhu_base.accounts.import_export.columns import COLUMNS
from hhu_base.accounts.import_export.importer import HEADER, export_people
from hhu_base.values.spreadsheets import write_table

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
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
    return _download("教师用户-导入模板", "xlsx", write_table("template.xlsx", header, [row]))


def everybody(request) -> Response:
    """``GET /admin/core/users/everybody.xlsx`` and ``.csv``: as it can be imported again."""
    kind = request.matchdict["kind"]
    content = write_table(f"everybody.{kind}", HEADER, export_people(request.db))
    now = datetime.now(request.registry.site_zone)
    return _download(f"教师用户-全部资料-{now:%Y%m%d-%H%M}", kind, content)


def _download(name: str, kind: str, content: bytes) -> Response:
    fallback = f"filename=people.{kind}"
    response = Response(body=content)
    response.headers["Content-Type"] = _TYPES[kind]
    response.headers["Content-Disposition"] = (
        f"attachment; {fallback}; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    )
    return response
