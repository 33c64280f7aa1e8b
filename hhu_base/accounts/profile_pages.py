"""Pages of 我的 about the account: profile and card, signed-in devices, WeChat."""

from __future__ import annotations

from typing import Any

import colander
import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.accounts import devices, sign_in_codes, tokens, users
from hhu_base.accounts.email_confirmation import waiting_for
from hhu_base.accounts.providers import PASSWORD, is_on
from hhu_base.accounts.providers import WECHAT as WECHAT_PROVIDER
from hhu_base.accounts.schemas import email_address
from hhu_base.accounts.wechat import bindings
from hhu_base.app.me import ME
from hhu_base.models import Department, User
from hhu_base.rest import Identifier, Name, Text
from hhu_base.values.refusal import FieldErrors, Refusal
from hhu_base.web import sessions
from hhu_base.web.errors import TooManyRequests
from hhu_base.web.security import SIGNED_IN, hold_identity

PROFILE, DEVICES, WECHAT = f"{ME}profile/", f"{ME}devices/", f"{ME}wechat/"
_DIGEST_BYTES = 32


class ProfileForm(colander.MappingSchema):
    """What REST takes at ``/current-user/`` and ``/current-user/meta/``, in one form."""

    last_name = Name(max_length=150, blank=True, missing="", title="姓")
    first_name = Name(max_length=30, title="名")
    department = Identifier(missing=None, title="系所")
    email = Name(
        max_length=254,
        blank=True,
        nullable=True,
        missing=None,
        title="邮箱",
        validator=email_address,
        description="通知会寄到这里。换成学院以外的邮箱要先打开系统寄去的链接确认。",
    )
    post = Name(max_length=255, blank=True, missing="", title="职位")
    phone = Name(max_length=32, blank=True, missing="", title="手机")
    tel = Name(max_length=32, blank=True, missing="", title="办公电话")
    wechat = Name(max_length=255, blank=True, missing="", title="微信号")
    qq = Name(max_length=32, blank=True, missing="", title="QQ")
    description = Text(blank=True, missing="", title="简介", rows=3)


def show_profile(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET`` and ``POST /app/me/profile/``"""
    from hhu_base.web.forms import Form, Invalid

    form = Form(request, _schema(request))
    if request.method == "POST":
        try:
            _store(request, form.validate())
        except Invalid:
            request.response.status = 400
        except Refusal as refusal:
            form.refuse(refusal.payload)
            request.response.status = 400
        except TooManyRequests as error:
            form.refuse({"email": [error.payload["detail"]]})
            request.response.status = 429
        else:
            user = users.get(request.db, request.identity.user_id)
            is_open = waiting_for(user) is not None
            sessions.flash(
                request,
                "已保存。确认邮件已经寄出，请打开里面的链接。" if is_open else "已保存。",
            )
            return HTTPSeeOther(ME)
    user = users.get(request.db, request.identity.user_id)
    values = {name: getattr(user, name, None) for name in form.nodes}
    values["department"] = user.department_id
    return {"form": form.render(values), "save": "保存", "cancel": ME}


def _schema(request) -> colander.MappingSchema:
    from deform.widget import SelectWidget

    found = request.db.execute(
        sa.select(Department.id, Department.name).order_by(Department.name_key, Department.id)
    )
    schema = ProfileForm().clone()
    schema["department"].widget = SelectWidget(
        values=[("", "（无）"), *((str(row.id), row.name) for row in found)]
    )
    return schema


def _store(request, values: dict[str, Any]) -> None:
    me = request.identity.user_id
    email = values.pop("email")
    changes = values | {"department_id": values.pop("department")}
    problems = users.problems(request.db, me, changes, None)
    if problems:
        raise FieldErrors(problems)
    hold_identity(request, for_update=True)
    confirmations = request.registry["accounts.confirmations"]
    confirmations.change_address(request.db, me, email or None)
    users.change(request.db, me, changes)


def show_devices(request) -> dict[str, Any]:
    """``GET /app/me/devices/``"""
    lifetime = request.registry["token_lifetime"]
    shown = [
        {
            "id": token.digest.hex(),
            "name": token.device or devices.UNKNOWN,
            "since": token.created_at,
            # Renewed only now and then: it may have been used a little later.
            "used": max(token.created_at, token.expires_at - lifetime),
            "is_this": token.digest == request.identity.token_digest,
        }
        for token in devices.devices_of(request.db, request.identity.user_id)
    ]
    return {"devices": sorted(shown, key=lambda each: not each["is_this"])}


def end_device(request) -> HTTPSeeOther:
    """``POST /app/me/devices/``: one of them, or all others."""
    me = request.identity
    wanted = request.POST.get("device", "")
    if wanted == "others":
        tokens.revoke(request.db, me.user_id, except_digest=me.token_digest)
        sessions.flash(request, "其他设备都已退出登录。")
        return HTTPSeeOther(DEVICES)
    try:
        digest = bytes.fromhex(wanted)
    except ValueError:
        digest = b""
    if len(digest) == _DIGEST_BYTES and digest != me.token_digest:
        devices.end(request.db, me.user_id, digest)
    sessions.flash(request, "该设备已退出登录。")
    return HTTPSeeOther(DEVICES)


def show_wechat(request) -> dict[str, Any]:
    """``GET /app/me/wechat/``"""
    return _wechat(request)


def give_code(request) -> dict[str, Any]:
    """``POST /app/me/wechat/code``: it is shown once, so there is no page to go back to."""
    hold_identity(request)
    return _wechat(request, sign_in_codes.issue(request.db, request.identity.user_id))


def _wechat(request, code: str = "") -> dict[str, Any]:
    return {
        "is_bound": _is_bound(request),
        "is_on": is_on(request.registry, WECHAT_PROVIDER),
        "has_passwords": is_on(request.registry, PASSWORD),
        "username": request.identity.username,
        "code": code,
        "minutes": int(sign_in_codes.LIVES.total_seconds()) // 60,
    }


def unbind_wechat(request) -> HTTPSeeOther:
    """``POST /app/me/wechat/``: the other devices are signed out, since one of them is that WeChat."""
    me = request.identity
    hold_identity(request, for_update=True)
    bindings.unbind(request.db, me.user_id)
    tokens.revoke(request.db, me.user_id, except_digest=me.token_digest)
    sessions.flash(request, "微信已解绑，其他设备都已退出登录。")
    return HTTPSeeOther(WECHAT)


def _is_bound(request) -> bool:
    bound = sa.select(User.wechat_openid.is_not(None)).where(User.id == request.identity.user_id)
    return bool(request.db.scalar(bound))


def includeme(config) -> None:
    templates = "hhu_base.accounts:templates"
    config.add_page(
        "accounts.profile",
        PROFILE,
        show_profile,
        title="个人资料",
        renderer="hhu_base.app:templates/form.jinja2",
        methods=("GET", "POST"),
    )
    for name, path, title, show, change in (
        ("devices", DEVICES, "已登录的设备", show_devices, end_device),
        ("wechat", WECHAT, "微信", show_wechat, unbind_wechat),
    ):
        config.add_page(
            f"accounts.{name}", path, show, title=title, renderer=f"{templates}/{name}.jinja2"
        )
        config.add_view(
            change, route_name=f"accounts.{name}", request_method="POST", permission=SIGNED_IN
        )
    if is_on(config.registry, WECHAT_PROVIDER):
        config.add_page(
            "accounts.wechat-code",
            f"{WECHAT}code",
            give_code,
            title="微信",
            renderer=f"{templates}/wechat.jinja2",
            methods=("POST",),
        )
    config.add_me_line("个人资料和名片", PROFILE, icon="person-badge", order=10)
    if is_on(config.registry, PASSWORD):
        config.add_me_line("修改密码", f"{ME}password", icon="key", order=20)
    config.add_me_line("已登录的设备", DEVICES, icon="laptop", order=50, note=_device_count)
    config.add_me_line(
        "微信",
        WECHAT,
        icon="wechat",
        order=60,
        note=lambda r: "已绑定" if _is_bound(r) else "未绑定",
    )


def _device_count(request) -> str:
    return f"{len(devices.devices_of(request.db, request.identity.user_id))} 个"
