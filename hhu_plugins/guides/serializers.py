"""What goes out about guides: the objects of the contract."""

from __future__ import annotations

from hhu_base.rest.serializers import ID, component, instant, text
from hhu_plugins.guides.models import Guide, GuideCategory

CATEGORY = component("GuideCategory", id=ID, name=text("财务"))
GUIDE = component("Guide", id=ID, name=text("差旅费报销流程"), category=CATEGORY, created=instant())


def category(category: GuideCategory) -> dict:
    return {"id": category.id, "name": category.name}


def guide(guide: Guide) -> dict:
    return {
        "id": guide.id,
        "name": guide.name,
        "category": category(guide.category),
        "created": guide.created_at,
    }
