"""What goes out about repairs: the objects of the contract."""

from __future__ import annotations

from hhu_plugins.repairs.models import STATUS_NAMES, Category, Change, Request


def category(category: Category) -> dict:
    return {"id": category.id, "name": category.name}


def new_request(request: Request) -> dict:
    """The answer to whoever has just reported: there the category is an id."""
    return _request(request, request.category_id)


def request(request: Request) -> dict:
    return _request(request, category(request.category) if request.category else None)


def request_with_history(request_: Request) -> dict:
    return request(request_) | {"history": [_change(change) for change in request_.history]}


def _request(request: Request, category: int | dict | None) -> dict:
    return {
        "id": request.id,
        "user": request.user_id,
        "location": request.location,
        "category": category,
        "description": request.description,
        "status": request.status,
        "created": request.created_at,
    }


def _change(change: Change) -> dict:
    return {
        "status": change.status,
        "status_name": STATUS_NAMES[change.status],
        "changed": change.changed_at,
        "changed_by": change.user.fullname if change.user else None,
        "remark": change.remark,
    }
