"""What goes out about guides: the objects of the contract."""

from __future__ import annotations

from hhu_base.rest.serializers import ID, Object, instant, text

CATEGORY = Object("GuideCategory", id=ID, name=text("财务"))
GUIDE = Object(
    "Guide",
    id=ID,
    name=text("差旅费报销流程"),
    category=CATEGORY,
    created=instant().of("created_at"),
)
