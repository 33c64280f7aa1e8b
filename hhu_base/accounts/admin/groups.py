"""用户组: which members of the staff may see and change what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import colander
import sqlalchemy as sa

from hhu_base.accounts import rights, users
from hhu_base.accounts.admin.rights import Rights
from hhu_base.admin.model_admin import Column, ModelAdmin
from hhu_base.database import among, lock
from hhu_base.models import Group, GroupPermission, User, group_users
from hhu_base.rest import Name, YesNo
from hhu_base.values.form_fields import Relations
from hhu_base.values.refusal import FieldErrors
from hhu_base.web import audit, display
from hhu_base.web.pages import permission_names

NOT_STAFF = "{}还不是“工作人员”，进不了后台。请勾选“同时设为工作人员”再保存，或者从成员中去掉。"


class GroupSchema(colander.MappingSchema):
    name = Name(max_length=150, title="名称")
    permissions = Rights(title="权限", description="“修改”包括“查看”。")
    users = Relations(
        User,
        title="成员",
        description="成员还需要是“工作人员”，才能进入后台；没有权限、只管审批的组不需要。",
    )
    make_staff = YesNo(
        missing=False,
        title="同时设为工作人员",
        description="保存时，把还不是“工作人员”的成员都设为“工作人员”。",
    )


class GroupAdmin(ModelAdmin):
    """用户组"""

    path = "/admin/core/groups/"
    model = Group
    schema = GroupSchema
    columns = (
        "name",
        Column(
            "members",
            "成员数",
            value=lambda group: len(group.users),
            sort=("users",),
            needs=("users",),
        ),
        Column(
            "permissions",
            "权限",
            value=lambda group: rights.strongest(grant.permission for grant in group.grants),
            sort=("grants",),
            needs=("grants",),
        ),
    )
    search = ("search_key",)
    order = ("name",)
    unit = "个"
    icon = "people"
    # Users who may change groups could give themselves every permission.
    only_superusers = True

    def shown(self, request, name: str, value: Any) -> Any:
        if name == "permissions":
            titles = permission_names(request.registry)
            return [titles.get(each, each) for each in value]
        return super().shown(request, name, value)

    def read(self, request, row: Group) -> dict[str, Any]:
        return {
            "name": row.name,
            "permissions": rights.strongest(grant.permission for grant in row.grants),
            "users": sorted(user.id for user in row.users),
            "make_staff": False,
        }

    def write(self, request, row: Group, values: dict[str, Any]) -> None:
        if "name" in values:
            row.name = values["name"]
        if "permissions" in values:
            kept = {grant.permission: grant for grant in row.grants}
            row.grants = [
                kept.get(name) or GroupPermission(permission=name) for name in values["permissions"]
            ]
        if "users" in values:
            row.users = list(request.db.query(User).filter(among(User.id, values["users"])))

    def save(self, request, row: Group, values: dict[str, Any], is_new: bool) -> None:
        with _told_in_histories(request, row, values):
            super().save(request, row, values, is_new)
            outside = [user for user in row.users if not user.is_staff]
            if values.get("make_staff"):
                for user in outside:
                    user.is_staff = True
            elif outside and row.grants and values.keys() & {"users", "permissions"}:
                names = "、".join(f"{user.username} {user.fullname}".strip() for user in outside)
                raise FieldErrors({"users": [NOT_STAFF.format(names)]})

    def delete(self, request, row: Group) -> None:
        with _told_in_histories(request, row, {"users": []}):
            super().delete(request, row)

    def before_writing(self, request) -> None:
        lock(request.db, users.LOCK)


@contextmanager
def _told_in_histories(request, row: Group, values: dict[str, Any]) -> Iterator[None]:
    """What changes for a member stands on their own page, too."""
    ids = {user.id for user in row.users} | set(values.get("users", ()))
    before = _rights(request, ids)
    yield
    request.db.flush()
    for user, was in before.items():
        now = _rights(request, {user.id})[user]
        if now != was:
            label = f"{user.username} {user.fullname}".strip()
            audit.record(request, audit.CHANGED, user, label, was, now)


def _rights(request, user_ids: set[int]) -> dict[User, dict[str, str]]:
    users = request.db.scalars(
        sa.select(User).where(among(User.id, list(user_ids))).order_by(User.id)
    )
    return {
        user: {
            "用户组": "、".join(request.db.scalars(_NAMES, {"user_id": user.id})),
            "工作人员": display.text_of(request, user.is_staff),
        }
        for user in users
    }


_NAMES = (
    sa.select(Group.name)
    .join(group_users, group_users.c.group_id == Group.id)
    .where(group_users.c.user_id == sa.bindparam("user_id"))
    .order_by(Group.id)
)
