"""What comes in about guides."""

from __future__ import annotations

import colander

from hhu_base.rest import Search


class SearchSchema(colander.MappingSchema):
    search = Search(description="名称或文件内容包含。", example="报销")
