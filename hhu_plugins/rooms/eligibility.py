"""Who may book a room: the members of its departments, or everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

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


_SELECT_CLOSED = sa.except_(
    sa.select(_ALLOWED.room_id),
    sa.select(_ALLOWED.room_id).join(
        User.__table__,
        sa.and_(
            _USERS.department_id == _ALLOWED.department_id,
            _USERS.id == sa.bindparam("user_id", type_=sa.BigInteger),
        ),
    ),
)


def rooms_closed_to(session: Session, user_id: int) -> set[int]:
    """The ids of the rooms that this user may not book."""
    return set(session.scalars(_SELECT_CLOSED, {"user_id": user_id}))


ANY_RESTRICTED = sa.exists(sa.select(_ALLOWED.room_id))
_ASKED = (
    sa.func.unnest(
        *(
            sa.bindparam(name, type_=sa.ARRAY(sa.BigInteger))
            for name in ("ids", "room_ids", "user_ids")
        )
    )
    .table_valued(*(sa.column(name, sa.BigInteger) for name in ("id", "room_id", "user_id")))
    .render_derived("asked")
)
_SELECT_NOT_ELIGIBLE = sa.select(_ASKED.c.id).where(~may_book(_ASKED.c.room_id, _ASKED.c.user_id))


def refusals(session: Session, wishes: Sequence[Any]) -> dict[int, str]:
    """Why some of these wishes can't be granted to who asks for them: id → sentence.

    Administrators may book any room for anybody, and who has a room already may keep it.
    """
    asked = [
        wish
        for wish in wishes
        if wish.by_user_id is None
        and (wish.reservation_id is None or wish.room_id != wish.was_room_id)
    ]
    if not asked or not asked[0].are_rooms_restricted:
        return {}
    found = session.scalars(
        _SELECT_NOT_ELIGIBLE,
        {
            "ids": [wish.id for wish in asked],
            "room_ids": [wish.room_id for wish in asked],
            "user_ids": [wish.user_id for wish in asked],
        },
    )
    return dict.fromkeys(found, NOT_ELIGIBLE)
