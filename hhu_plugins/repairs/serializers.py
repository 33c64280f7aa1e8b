"""What goes out about repairs: the objects of the contract."""

from __future__ import annotations

from hhu_base.rest.serializers import (
    ID,
    component,
    instant,
    list_of,
    nullable,
    one_of,
    page_of,
    text,
)
from hhu_plugins.repairs.models import (
    STATUS_NAMES,
    WITHDRAWN,
    RepairCategory,
    RepairRequest,
    StatusChange,
)

_STATUS = one_of(
    *(status for status in STATUS_NAMES if status != WITHDRAWN),
    description="0 未受理，1 处理中，2 已解决",
)


def _request_with(**more) -> dict:
    return {
        "id": ID,
        "user": ID,
        "location": text("勤学楼 301"),
        "category": nullable(CATEGORY),
        "description": text("投影仪不亮"),
        "status": _STATUS,
        "created": instant(),
    } | more


CATEGORY = component("RepairCategory", id=ID, name=text("多媒体设备"))
NEW_REQUEST = component("NewRepair", **_request_with(category=nullable(ID)))
REQUEST = component("Repair", **_request_with())
REQUESTS = page_of(REQUEST)
REQUEST_WITH_HISTORY = component(
    "RepairWithHistory",
    **_request_with(
        history=list_of(
            component(
                "RepairChange",
                status=_STATUS,
                status_name=text("未受理"),
                changed=instant(),
                changed_by=nullable(text("褚杰")),
                remark=text("已联系厂家"),
            )
        )
    ),
)


def category(category: RepairCategory) -> dict:
    return {"id": category.id, "name": category.name}


def new_request(request: RepairRequest) -> dict:
    """The answer to whoever has just reported: there the category is an id."""
    return _request(request, request.category_id)


def request(request: RepairRequest) -> dict:
    return _request(request, category(request.category) if request.category else None)


def request_with_history(request_: RepairRequest) -> dict:
    return request(request_) | {"history": [_change(change) for change in request_.history]}


def _request(request: RepairRequest, category: int | dict | None) -> dict:
    return {
        "id": request.id,
        "user": request.user_id,
        "location": request.location,
        "category": category,
        "description": request.description,
        "status": request.status,
        "created": request.created_at,
    }


def _change(change: StatusChange) -> dict:
    return {
        "status": change.status,
        "status_name": STATUS_NAMES[change.status],
        "changed": change.changed_at,
        "changed_by": change.user.fullname if change.user else None,
        "remark": change.remark,
    }
