"""Who may see and change what in the back office, and by what: a group, or by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from hhu_base.database import among
from hhu_base.models import Group, GroupPermission, User, UserPermission, group_users
from hhu_base.web.pages import CHANGE, VIEW

ALONE = "本人"
LEVELS = {"": "无", VIEW: "查看", CHANGE: "修改"}


@dataclass(frozen=True)
class Right:
    """One service: ``level`` is a key of ``LEVELS``, ``sources`` where it comes from."""

    plugin: str
    level: str
    sources: tuple[str, ...]

    @property
    def text(self) -> str:
        return LEVELS[self.level]

    @property
    def by(self) -> str:
        return "、".join(self.sources)


def strongest(permissions: Iterable[str]) -> list[str]:
    """Of each service the most that is granted: to change implies to see."""
    granted = set(permissions)
    return sorted(
        name for name in granted if not (name.endswith(f".{VIEW}") and _change(name) in granted)
    )


def of_users(
    session: Session, plugins: Sequence[str], user_ids: Iterable[int] | None = None
) -> dict[int, list[Right]]:
    """User → what they may of each service, in this order; who may nothing is not in it."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    by_group = (
        sa.select(group_users.c.user_id, GroupPermission.permission, Group.name)
        .join(Group, Group.id == group_users.c.group_id)
        .join(GroupPermission, GroupPermission.group_id == Group.id)
        .order_by(Group.name_key)
    )
    alone = sa.select(UserPermission.user_id, UserPermission.permission, sa.literal(ALONE))
    for statement, column in ((alone, UserPermission.user_id), (by_group, group_users.c.user_id)):
        wanted = statement if user_ids is None else statement.where(among(column, user_ids))
        for user_id, permission, source in session.execute(wanted):
            found[user_id][permission].append(source)
    return {
        user_id: [_right(plugin, granted) for plugin in plugins]
        for user_id, granted in found.items()
    }


def _right(plugin: str, granted: dict[str, list[str]]) -> Right:
    for level in (CHANGE, VIEW):
        if sources := granted.get(f"{plugin}.{level}"):
            return Right(plugin, level, tuple(dict.fromkeys(sources)))
    return Right(plugin, "", ())


def everybody(session: Session, rights: dict[int, list[Right]]) -> Sequence[User]:
    """Who has one of the rights or is of the staff, by name; superusers first."""
    return session.scalars(
        sa.select(User)
        .where(among(User.id, list(rights)) | User.is_staff)
        .order_by(User.is_superuser.desc(), User.name_key, User.id)
    ).all()


def who_may_see(plugin: str) -> sa.Select[User]:
    """Those whom the back office shows this service, by name."""
    names = (f"{plugin}.{VIEW}", f"{plugin}.{CHANGE}")
    by_group = (
        sa.select(group_users.c.user_id)
        .join(GroupPermission, GroupPermission.group_id == group_users.c.group_id)
        .where(GroupPermission.permission.in_(names))
    )
    alone = sa.select(UserPermission.user_id).where(UserPermission.permission.in_(names))
    is_allowed = User.is_superuser | User.id.in_(by_group) | User.id.in_(alone)
    return (
        sa.select(User)
        .where(User.is_active, User.is_staff, is_allowed)
        .order_by(User.name_key, User.id)
    )


def of_groups(session: Session, plugins: Sequence[str]) -> list[tuple[Group, int, list[Right]]]:
    """Each group by name: how many active users are in it, and what they may of each service."""
    members = (
        sa.select(sa.func.count())
        .select_from(group_users.join(User, User.id == group_users.c.user_id))
        .where(group_users.c.group_id == Group.id, User.is_active)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Group, members).options(selectinload(Group.grants)).order_by(Group.name_key)
    )
    return [
        (group, count, [_right(plugin, _granted(group)) for plugin in plugins])
        for group, count in rows
    ]


def _granted(group: Group) -> dict[str, list[str]]:
    return {grant.permission: [group.name] for grant in group.grants}


def own(session: Session, user_id: int | None) -> list[str]:
    """What somebody may besides what their groups may."""
    statement = sa.select(UserPermission.permission).where(UserPermission.user_id == user_id)
    return strongest(session.scalars(statement))


def set_own(session: Session, user_id: int, permissions: Iterable[str]) -> None:
    session.execute(sa.delete(UserPermission).where(UserPermission.user_id == user_id))
    rows = [{"user_id": user_id, "permission": name} for name in strongest(permissions)]
    if rows:
        session.execute(sa.insert(UserPermission), rows)


def _change(name: str) -> str:
    return name.removesuffix(VIEW) + CHANGE
