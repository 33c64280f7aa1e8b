"""What goes out about guides: the objects of the contract."""

from __future__ import annotations

from hhu_plugins.guides.models import Category, Guide


def category(category: Category) -> dict:
    return {"id": category.id, "name": category.name}


def guide(guide: Guide) -> dict:
    return {
        "id": guide.id,
        "name": guide.name,
        "category": category(guide.category),
        "created": guide.created_at,
    }
