"""用户组: which members of the staff may see and change what."""

from __future__ import annotations

from typing import Any

import colander

from hhu_base.admin.fields import Choice, Relations
from hhu_base.admin.model_admin import Column, ModelAdmin
from hhu_base.admin.permissions import permission_names
from hhu_base.models import Group, GroupPermission, User
from hhu_base.rest import Name


@colander.deferred
def _permissions(node, kw: dict[str, Any]) -> list[tuple[str, str]]:
    return list(permission_names(kw["registry"]).items())


class GroupSchema(colander.MappingSchema):
    name = Name(max_length=150, title="名称")
    permissions = Choice(_permissions, several=True, title="权限", description="“修改”包括“查看”。")
    users = Relations(User, title="成员", description="成员还需要是“工作人员”，才能进入后台。")


class GroupAdmin(ModelAdmin):
    """用户组"""

    path = "/admin/core/groups/"
    model = Group
    schema = GroupSchema
    columns = (
        "name",
        Column("members", "成员数", value=lambda group: len(group.users), needs=("users",)),
        Column(
            "permissions",
            "权限",
            value=lambda group: sorted(grant.permission for grant in group.grants),
            needs=("grants",),
        ),
    )
    search = ("search_key",)
    order = ("name",)
    icon = "people"
    # Who may change groups may give himself everything.
    only_superusers = True

    def shown(self, request, name: str, value: Any) -> Any:
        if name == "permissions":
            titles = permission_names(request.registry)
            return [titles.get(each, each) for each in value]
        return super().shown(request, name, value)

    def read(self, request, row: Group) -> dict[str, Any]:
        return {
            "name": row.name,
            "permissions": sorted(grant.permission for grant in row.grants),
            "users": sorted(user.id for user in row.users),
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
            row.users = list(request.db.query(User).filter(User.id.in_(values["users"])))
