"""Who may book a room: the members of its departments, or everybody."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hhu_base.models import User
from hhu_plugins.rooms.models import room_departments

NOT_ELIGIBLE = "您所在的系所不能预约该会议室。"

_ALLOWED = room_departments.c
_USERS = User.__table__.c


def may_book(room_id: Any, user_id: Any) -> sa.ColumnElement[bool]:
    """The condition on a user to be one who may; both are columns or parameters."""
    is_of_this_room = _ALLOWED.room_id == room_id
    is_member = sa.and_(
        is_of_this_room, _USERS.id == user_id, _USERS.department_id == _ALLOWED.department_id
    )
    return sa.or_(
        ~sa.exists(sa.select(_ALLOWED.room_id).where(is_of_this_room)),
        sa.exists(sa.select(_ALLOWED.room_id).where(is_member)),
    )
