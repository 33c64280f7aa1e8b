"""The audit: who did what to which row, with before and after, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from hhu_base.models import AuditEntry, User

ADDED, CHANGED, DELETED = "新增", "修改", "删除"
SIGN_IN = "登录"
SECRET = "***"  # noqa: S105 - what is written instead of one
_SECRET_FIELDS = ("password", "digest", "secret", "token", "openid")
_HISTORY = 20


def record(
    request,
    action: str,
    row: Any,
    label: str,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    """Add an entry about ``row``; of ``before`` and ``after`` only what differs is kept."""
    before, after = before or {}, after or {}
    changed = [
        name
        for name in {**before, **after}
        if before.get(name) != after.get(name) or before.get(name) == SECRET
    ]
    identity = request.identity
    request.db.add(
        AuditEntry(
            actor_id=identity.user_id if identity else None,
            actor=_name_of(request, identity),
            action=action,
            table_name=row.__tablename__,
            row_id=row.id,
            row_label=label,
            before={name: before[name] for name in changed if name in before},
            after={name: after[name] for name in changed if name in after},
        )
    )
    request.db.flush()


def record_many(session, actor: User, entries: Iterable[dict[str, Any]]) -> None:
    """Add many entries at once, for work that is done in the background."""
    about_actor = {"actor_id": actor.id, "actor": f"{actor.username} {actor.fullname}".strip()}
    rows = [about_actor | entry for entry in entries]
    if rows:
        session.execute(sa.insert(AuditEntry), rows)


def row_values(row: Any) -> dict[str, str]:
    """All columns of a row as texts, for what is about to vanish."""
    return {
        name: SECRET if is_secret(name) else str(value)
        for name in (attribute.key for attribute in sa.inspect(row).mapper.column_attrs)
        if (value := getattr(row, name)) not in (None, "")
    }


def is_secret(name: str) -> bool:
    return any(word in name for word in _SECRET_FIELDS)


def history(request, row: Any) -> list[AuditEntry]:
    """The last entries about this row, newest first; without the sign-ins, which would bury the others."""
    return list(
        request.db.scalars(
            sa.select(AuditEntry)
            .where(
                AuditEntry.table_name == row.__tablename__,
                AuditEntry.row_id == row.id,
                AuditEntry.action != SIGN_IN,
            )
            .order_by(AuditEntry.id.desc())
            .limit(_HISTORY)
        )
    )


def changes(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Field, before, after."""
    return [
        (name, entry.before.get(name, ""), entry.after.get(name, ""))
        for name in {**entry.before, **entry.after}
    ]


def _name_of(request, identity) -> str:
    if identity is None:
        return "系统"
    user = request.db.get(User, identity.user_id)
    return f"{identity.username} {user.fullname}".strip() if user else identity.username
