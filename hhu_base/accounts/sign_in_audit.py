"""Who signed in, when, and which way they came, in the audit.

Not when the mini-program renews its token through the WeChat that is bound: nobody does anything then.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.web import audit

PASSWORD, CODE = "密码", "登录码"


def record(session: Session, user_id: int, way: str) -> None:
    user = session.get_one(User, user_id)
    label = f"{user.username} {user.fullname}".strip()
    entry = {
        "action": audit.SIGN_IN,
        "table_name": User.__tablename__,
        "row_id": user.id,
        "row_label": label,
        "after": {"方式": way},
    }
    audit.record_many(session, user, [entry])
