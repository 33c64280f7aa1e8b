"""教师: their data, and what an administrator does for somebody who can't sign in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import colander
import sqlalchemy as sa

from hhu_base.accounts import (
    email_confirmation,
    password_rules,
    rights,
    staff_numbers,
    tokens,
    users,
)
from hhu_base.accounts.admin.rights import Rights, in_words
from hhu_base.accounts.schemas import email_address
from hhu_base.admin.model_admin import Action, Badge, Column, Link, ModelAdmin
from hhu_base.database import lock
from hhu_base.models import Department, Group, User, group_users
from hhu_base.rest import Instant, Name, Secret, Text, YesNo
from hhu_base.values.email import is_deliverable
from hhu_base.values.form_fields import Relation, Relations
from hhu_base.values.identifiers import tidy_staff_number
from hhu_base.values.refusal import FieldErrors
from hhu_base.web import display

NOT_STAFF = (
    "有权限的人要是“工作人员”，才能进入后台：请同时勾选“工作人员”，或者清空“用户组”和“自己的权限”。"
)
_ONLY_SUPERUSERS = ("groups", "permissions", "is_staff", "is_superuser")
_KEPT_APART = ("groups", "permissions")


class UserSchema(colander.MappingSchema):
    """Its titles are those of the columns of the table that is imported (``import_export.columns``)."""

    username = Name(max_length=150, title="工号")
    department_id = Relation(Department, optional=True, title="系所")
    last_name = Name(max_length=150, blank=True, missing="", title="姓氏")
    first_name = Name(max_length=30, blank=True, missing="", title="名字")
    post = Name(max_length=255, blank=True, missing="", title="职位")
    email = Name(
        max_length=254,
        nullable=True,
        missing=None,
        title="电子邮箱",
        validator=email_address,
    )
    phone = Name(max_length=32, blank=True, missing="", title="手机")
    tel = Name(max_length=32, blank=True, missing="", title="电话")
    qq = Name(max_length=32, blank=True, missing="", title="QQ")
    wechat = Name(max_length=255, blank=True, missing="", title="微信")
    description = Text(blank=True, missing="", title="简介")
    date_joined = Instant(missing=colander.drop, title="加入时间")
    is_active = YesNo(
        missing=False, default=True, title="启用", description="停用后不能登录，数据保留。"
    )
    is_staff = YesNo(missing=False, title="工作人员", description="可以进入管理后台。")
    is_superuser = YesNo(missing=False, title="超级管理员", description="拥有全部权限。")
    groups = Relations(Group, title="用户组")
    permissions = Rights(
        title="自己的权限", description="用户组以外，只给这一位的权限；“修改”包括“查看”。"
    )


class ResetPasswordSchema(colander.MappingSchema):
    new_password = Secret(max_length=1024, title="新密码")


def reset_password(request, row: User, new_password: str) -> None:
    """Also ends every session of theirs: somebody else may know the old password."""
    about = password_rules.words_about(row.username, row.last_name, row.first_name, row.email)
    weaknesses = password_rules.problems(new_password, about)
    if weaknesses:
        raise FieldErrors({"new_password": weaknesses})
    row.password = request.registry["passwords"].hash(new_password)
    request.db.flush()
    tokens.revoke(request.db, row.id)


def sign_out_everywhere(request, row: User) -> None:
    tokens.revoke(request.db, row.id)


def switch_off(request, row: User) -> None:
    with users.keeping_a_superuser(request.db):
        users.deactivate(request.db, row.id)


def call_email_good(request, row: User) -> None:
    email_confirmation.call_good(request.db, row.id)
    request.db.expire(row, ["email_confirmation"])


def unbind_wechat(request, row: User) -> None:
    row.wechat_openid = None


class UserAdmin(ModelAdmin):
    """教师"""

    path = "/admin/core/users/"
    model = User
    schema = UserSchema
    columns = (
        "username",
        Column("fullname", "姓名", value=lambda u: u.fullname, sort=("name_key",)),
        Column("department.name", "系所"),
        "post",
        "phone",
        "is_active",
        "is_staff",
    )
    card = ("fullname", "department.name", "post", "phone")
    unit = "位"
    search = ("search_key",)
    filters = ("department_id", "is_active", "is_staff")
    order = ("username",)
    actions = (
        Action(
            "reset-password",
            "重设密码",
            reset_password,
            confirm="为这位用户设置新密码，所有设备上的登录都会失效。请把新密码告诉本人。",
            schema=ResetPasswordSchema,
            is_bulk=False,
            icon="key",
        ),
        Action(
            "sign-out",
            "强制退出登录",
            sign_out_everywhere,
            confirm="所有设备上的登录都会失效，需要重新登录。",
            icon="box-arrow-right",
        ),
        Action(
            "unbind-wechat",
            "解绑微信",
            unbind_wechat,
            confirm="解绑后需要用工号和密码登录，再重新绑定微信。",
            is_for=lambda user: user.wechat_openid is not None,
            icon="wechat",
        ),
        Action(
            "confirm-email",
            "确认邮箱",
            call_email_good,
            confirm="您知道这个邮箱是本人的：不再等本人打开确认链接，等待着的邮件马上寄出。",
            is_for=lambda user: email_confirmation.waiting_for(user) is not None,
            icon="envelope-check",
        ),
        Action(
            "switch-off",
            "停用",
            switch_off,
            confirm="停用后不能登录，也不再出现在通讯录里；数据保留，随时可以重新启用。",
            is_for=lambda user: user.is_active,
            icon="person-slash",
        ),
    )
    links = (Link("导入", "import", "upload", "change"),)
    exports = (Link("全部资料，可改后再导入", "everybody.xlsx"),)
    labels = {"username_skeleton": "工号的样子", "password": "密码", "is_staff": "工作人员"}
    icon = "person-badge"

    def label(self, row: User) -> str:
        return f"{row.username} {row.fullname}".strip()

    def note(self, row: User) -> str:
        department = row.department.name if row.department else ""
        return " · ".join(filter(None, (department, row.phone or row.tel)))

    def form_schema(self, request, row) -> colander.MappingSchema:
        schema = self.schema().clone()
        if not request.identity.is_superuser:
            for name in _ONLY_SUPERUSERS:
                del schema[name]
        return schema

    def facts(self, request, row: User) -> Sequence[tuple[str, Any]]:
        numbers = (("手机", row.phone), ("电话", row.tel))
        facts: list[tuple[str, Any]] = [(title, display.Phone(n)) for title, n in numbers if n]
        if request.identity.is_superuser and (allowed := in_words(request, row.id)):
            facts.append(("在后台的权限", allowed))
        if row.email and not is_deliverable(row.email):
            return [*facts, ("电子邮箱", Badge("这个地址收不了信，请更正", "bad"))]
        waiting = email_confirmation.waiting_for(row)
        if waiting is None:
            return facts
        until = display.site_time(request, waiting.expires_at)
        link = until if waiting.expires_at > datetime.now(UTC) else "已过期"
        return [*facts, ("电子邮箱", Badge("等待本人确认", "warn")), ("确认链接有效至", link)]

    def new(self, request) -> User:
        return User(is_active=True)

    def read(self, request, row: User) -> dict[str, Any]:
        values = {name: getattr(row, name) for name in self.nodes if name not in _KEPT_APART}
        groups = sa.select(group_users.c.group_id).where(group_users.c.user_id == row.id)
        values["groups"] = sorted(request.db.scalars(groups))
        values["permissions"] = rights.own(request.db, row.id)
        if not request.identity.is_superuser:
            for name in _ONLY_SUPERUSERS:
                del values[name]
        return values

    def write(self, request, row: User, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if name not in _KEPT_APART:
                setattr(row, name, value)

    def save(self, request, row: User, values: dict[str, Any], is_new: bool) -> None:
        if "username" in values:
            values["username"] = _accepted(request, values["username"], row.id)
        with users.keeping_a_superuser(request.db):
            super().save(request, row, values, is_new)
        if "groups" in values:
            _set_groups(request, row.id, values["groups"])
        if "permissions" in values:
            rights.set_own(request.db, row.id, values["permissions"])
        _check_groups(request, row, values)
        if values.get("is_active") is False and not is_new:
            sign_out_everywhere(request, row)

    def delete(self, request, row: User) -> None:
        with users.keeping_a_superuser(request.db):
            super().delete(request, row)

    def before_writing(self, request) -> None:
        lock(request.db, users.LOCK)

    def refusal(self, request, row: User) -> str | None:
        identity = request.identity
        is_protected = row.is_superuser or (row.is_staff and row.id != identity.user_id)
        if is_protected and not identity.is_superuser:
            return "这是工作人员的账号，只有超级管理员可以修改。"
        return None


def _accepted(request, username: str, user_id: int | None) -> str:
    """The staff number as it is stored. Raises FieldErrors."""
    username = tidy_staff_number(username)
    problem = staff_numbers.problem_with_new(request.db, username, except_id=user_id)
    if problem:
        raise FieldErrors({"username": [f"工号{problem}。"]})
    return username


def _check_groups(request, row: User, values: dict[str, Any]) -> None:
    """What a group grants is worth nothing to who can't come in."""
    if not {"groups", "permissions", "is_staff"} & values.keys() or row.is_staff:
        return
    is_member = sa.exists().where(group_users.c.user_id == row.id)
    if request.db.scalar(sa.select(is_member)) or rights.own(request.db, row.id):
        raise FieldErrors({"is_staff": [NOT_STAFF]})


def _set_groups(request, user_id: int, group_ids: list[int]) -> None:
    request.db.execute(sa.delete(group_users).where(group_users.c.user_id == user_id))
    if group_ids:
        pairs = [{"group_id": group_id, "user_id": user_id} for group_id in group_ids]
        request.db.execute(sa.insert(group_users), pairs)
