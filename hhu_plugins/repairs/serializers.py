"""What goes out about repairs: the objects of the contract."""

from __future__ import annotations

from typing import Any

from hhu_base.rest.serializers import (
    ID,
    Object,
    instant,
    list_of,
    nullable,
    one_of,
    text,
    whole_number,
)
from hhu_plugins.repairs.models import CONFIRMED, NOTE, STATUS, STATUS_NAMES, WITHDRAWN

_STATUS = one_of(
    *(status for status in STATUS_NAMES if status != WITHDRAWN),
    description="0 未受理，1 处理中，2 已解决",
)
_RATING = nullable(whole_number(5, minimum=1, maximum=5))
KINDS = (STATUS, NOTE, CONFIRMED)
HISTORY = list_of(
    Object(
        "RepairChange",
        kind=one_of(*KINDS, description="状态有了变化、办公室的留言、报修人确认修好"),
        status=_STATUS,
        status_name=text("未受理"),
        changed=instant().of("at"),
        changed_by=nullable(text("褚杰")).of("by"),
        remark=text("已联系厂家"),
        rating=_RATING,
    )
)
CATEGORY = Object("RepairCategory", id=ID, name=text("多媒体设备"))


def _request(name: str, /, **more: Any) -> Object:
    properties = {
        "id": ID,
        "user": ID.of("user_id"),
        "location": text("勤学楼 301"),
        "category": nullable(CATEGORY),
        "description": text("投影仪不亮"),
        "status": _STATUS,
        "created": instant().of("created_at"),
    }
    return Object(name, **properties | more)


# The answer to a new report: there the category is an id.
NEW_REQUEST = _request("NewRepair", category=nullable(ID).of("category_id"))
REQUEST = _request("Repair")
REQUEST_WITH_HISTORY = _request(
    "RepairWithHistory",
    # Of a reporter who has confirmed that it is solved.
    rating=_RATING,
    # Which part of it they may see is for its view to say.
    history=HISTORY.of(lambda request: []),
)
