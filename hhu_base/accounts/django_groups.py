"""Groups of the replaced system, with those of our permissions that correspond to theirs.

Django has four permissions for each model; here a plugin has *view* and *change*. A group's are
numbers, which say something only if ``auth.permission`` and ``contenttypes.contenttype`` are in
the dump too, or natural keys, ``["view_reservation", "reservation", "reservation"]``.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hhu_base.cli.django_import.dump import Record
from hhu_base.cli.django_import.importer import DjangoImport
from hhu_base.cli.django_import.rows import Stored
from hhu_base.database import among
from hhu_base.models import Group, GroupPermission, group_users

GROUP = "auth.group"
_VERBS = {"view": "view", "add": "change", "change": "change", "delete": "change"}


def take_groups(takeover: DjangoImport) -> None:
    permissions = _permissions_by_number(takeover)

    def read(takeover: DjangoImport, record: Record) -> dict[str, Any]:
        name = takeover.required_text(record, "name", Group.name).strip()
        return {"name": name, "permissions": _granted(takeover, record, permissions)}

    stored = takeover.store(
        Group,
        GROUP,
        takeover.rows(GROUP, read),
        same=("name",),
        is_merged=True,
        current=lambda ids: _current(takeover, ids),
    )
    for id_, row in (stored.new | stored.updated).items():
        if "permissions" in row:
            takeover.session.execute(
                sa.delete(GroupPermission).where(GroupPermission.group_id == id_)
            )
            grants = [{"group_id": id_, "permission": name} for name in row["permissions"]]
            if grants:
                takeover.session.execute(sa.insert(GroupPermission), grants)


def groups_of(takeover: DjangoImport, record: Record) -> list[str]:
    """The names of a user's groups."""
    values = record.fields.get("groups")
    ids = set()
    for value in values if isinstance(values, list) else []:
        found = takeover.resolve(GROUP, value)
        if found is None:
            takeover.note(record, f"groups 指向没有导入的 {GROUP} {str(value)[:40]}，舍弃这一项")
        else:
            ids.add(found)
    if not ids:
        return []
    return sorted(takeover.session.scalars(sa.select(Group.name).where(Group.id.in_(ids))))


def current_groups(takeover: DjangoImport, ids: Any) -> dict[int, dict[str, Any]]:
    """User id → the names of their groups here, as ``groups``."""
    found: dict[int, dict[str, Any]] = {id_: {"groups": []} for id_ in ids}
    for user_id, name in takeover.session.execute(
        sa.select(group_users.c.user_id, Group.name)
        .join(Group, Group.id == group_users.c.group_id)
        .order_by(Group.name)
    ):
        if user_id in found:
            found[user_id]["groups"].append(name)
    return {id_: {"groups": sorted(row["groups"])} for id_, row in found.items()}


def write_memberships(takeover: DjangoImport, stored: Stored) -> None:
    """Put users into the groups that their rows name, and out of all others."""
    users = stored.new | stored.updated
    ids = {row.name: row.id for row in takeover.session.execute(sa.select(Group.id, Group.name))}
    members = [
        {"group_id": ids[name], "user_id": id_}
        for id_, row in users.items()
        for name in row.get("groups", ())
    ]
    changed = [id_ for id_, row in stored.updated.items() if "groups" in row]
    takeover.session.execute(sa.delete(group_users).where(among(group_users.c.user_id, changed)))
    if members:
        takeover.session.execute(sa.insert(group_users), members)


def _current(takeover: DjangoImport, ids: Any) -> dict[int, dict[str, Any]]:
    found: dict[int, list[str]] = {id_: [] for id_ in ids}
    for grant in takeover.session.execute(
        sa.select(GroupPermission.group_id, GroupPermission.permission)
    ):
        if grant.group_id in found:
            found[grant.group_id].append(grant.permission)
    return {id_: {"permissions": sorted(names)} for id_, names in found.items()}


def _permissions_by_number(takeover: DjangoImport) -> dict[int, tuple[str, str, str]]:
    """Number → codename, app and model."""
    kinds = {
        record.pk: (record.fields.get("app_label"), record.fields.get("model"))
        for record in takeover.dump.get("contenttypes.contenttype", ())
        if isinstance(record.pk, int)
    }
    found = {}
    for record in takeover.dump.get("auth.permission", ()):
        kind, codename = record.fields.get("content_type"), record.fields.get("codename")
        if isinstance(kind, int):
            kind = kinds.get(kind)
        if isinstance(record.pk, int) and isinstance(kind, list | tuple) and len(kind) == 2:
            found[record.pk] = (str(codename), str(kind[0]), str(kind[1]))
    return found


def _granted(
    takeover: DjangoImport, record: Record, by_number: dict[int, tuple[str, str, str]]
) -> list[str]:
    """Ours that correspond; which they are is told, since one of ours covers several of theirs."""
    theirs = record.fields.get("permissions")
    theirs = theirs if isinstance(theirs, list) else []
    ours, unknown, others = set(), 0, set()
    for each in theirs:
        natural = by_number.get(each) if isinstance(each, int) else tuple(map(str, each or ()))
        if natural is None or len(natural) != 3:
            unknown += 1
            continue
        codename, app, model = natural
        plugin = takeover.plugin_of.get(f"{app}.{model}".lower())
        name = f"{plugin}.{_VERBS.get(codename.partition('_')[0])}"
        if name in takeover.permissions:
            ours.add(name)
        else:
            others.add(codename)
    if ours:
        takeover.note(record, f"原有 {len(theirs)} 项权限，对应这里的 {'、'.join(sorted(ours))}")
    if others:
        takeover.note(record, f"权限在这里没有对应：{'、'.join(sorted(others))}")
    if unknown:
        takeover.note(
            record,
            f"{unknown} 项权限只有编号，数据里没有 auth.permission 和 contenttypes，"
            "请在“用户组”页面设置",
        )
    return sorted(ours)


def note_own_permissions(takeover: DjangoImport, record: Record) -> None:
    """They are few, and each is for somebody to look at."""
    own = record.fields.get("user_permissions")
    if isinstance(own, list) and own:
        takeover.note(record, f"单独的权限 {len(own)} 项没有导入，请在教师或用户组的页面设置")
