"""Pages for who has forgotten the password, and the order to change one that others know."""

from __future__ import annotations

import time
from typing import Any

import colander
import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base.accounts import password_links, password_rules
from hhu_base.accounts.providers import PASSWORD, is_on, require_passwords
from hhu_base.accounts.sign_in import TooManySignIns
from hhu_base.database.transactions import commit
from hhu_base.models import Token, User
from hhu_base.rest import Name, Secret, TooManyRequests
from hhu_base.settings import Boolean
from hhu_base.values.refusal import Refusal
from hhu_base.web import audit, sessions
from hhu_base.web.security import digest_of, is_admin_page, is_page

FORGOTTEN = "/app/sign-in/forgotten"
CHANGE_FIRST = Boolean(
    "auth.change_first_password", True, "用导入时给的初始密码登录网页后，是否必须先改密码"
)
FIRST = "您用的是学院给的初始密码，请先换成自己的密码。"
_MUST_CHANGE = "must_change"
_LONGEST_KEY = 200
# What one can do before the password is changed.
_ALLOWED = frozenset(
    f"{face}.{name}" for face in ("app", "admin") for name in ("password", "sign-out")
)


class NameSchema(colander.MappingSchema):
    name = Name(max_length=254)


class NewPasswordSchema(colander.MappingSchema):
    new = Secret(max_length=1024)
    again = Secret(max_length=1024)


def show_forgotten(request) -> dict[str, Any]:
    """``GET /app/sign-in/forgotten``"""
    require_passwords(request)
    return {"state": "asked", "name": "", "error": ""}


def ask_for_link(request) -> dict[str, Any]:
    """``POST /app/sign-in/forgotten``: says and takes the same, whoever it is."""
    require_passwords(request)
    name = str(request.POST.get("name", ""))[:254]
    try:
        name = NameSchema().deserialize({"name": name})["name"]
    except colander.Invalid:
        request.response.status = 400
        return {"state": "asked", "name": name, "error": "请填写工号或邮箱。"}
    password_links.count(request.db, request.remote_addr or "")
    commit(request)
    try:
        with request.registry["sign_in_gate"].place() as due:
            password_links.send(request.db, request.registry.public_url, name)
            commit(request)
            time.sleep(max(0.0, due - time.monotonic()))
    except TooManySignIns:
        raise TooManyRequests("正在处理的请求过多，请稍后重试。", retry_after=2) from None
    return {"state": "sent", "name": name, "error": ""}


def show_new_password(request) -> dict[str, Any]:
    """``GET /app/sign-in/new-password?key=…``"""
    require_passwords(request)
    return _new_password(request, _key(request.GET))


def set_new_password(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /app/sign-in/new-password``"""
    require_passwords(request)
    key = _key(request.POST)
    user = password_links.find(request.db, key)
    if user is None:
        return _new_password(request, key)
    try:
        password = _read_password(request, user)
    except Refusal as refusal:
        request.response.status = 400
        return _new_password(request, key, error=str(refusal))
    commit(request)  # no connection is held while we hash
    hashed = request.registry["passwords"].hash(password)
    user_id = password_links.use(request.db, key, hashed)
    if user_id is None:
        return _new_password(request, key)
    user = request.db.get_one(User, user_id)
    audit.record(request, "通过邮件重设密码", user, f"{user.username} {user.fullname}")
    sessions.end(request)
    sessions.flash(request, "新密码已经生效，请登录。")
    return HTTPSeeOther("/app/sign-in")


def _read_password(request, user: User) -> str:
    try:
        values = NewPasswordSchema().deserialize(dict(request.POST))
    except colander.Invalid:
        raise Refusal("请填写新密码。") from None
    if values["new"] != values["again"]:
        raise Refusal("两次输入的新密码不一致。")
    about = password_rules.words_about(user.username, user.last_name, user.first_name, user.email)
    weaknesses = password_rules.problems(values["new"], about)
    if weaknesses:
        raise Refusal("".join(weaknesses))
    return values["new"]


def _new_password(request, key: str, error: str = "") -> dict[str, Any]:
    user = password_links.find(request.db, key)
    # The key must not be told to anybody.
    request.response.headers["Referrer-Policy"] = "no-referrer"
    if user is None:
        request.response.status = 404
        return {"state": "void"}
    return {"state": "asked", "key": key, "username": user.username, "error": error}


def _key(values) -> str:
    key = values.get("key", "")
    return key[:_LONGEST_KEY] if isinstance(key, str) else ""


def note_first_password(request, token: str) -> None:
    """After a sign-in: remember in the session that the password is one that others know."""
    must = (
        sa.select(User.must_change_password)
        .join(Token, Token.user_id == User.id)
        .where(Token.digest == digest_of(token))
    )
    if request.db.scalar(must):
        request.session[_MUST_CHANGE] = True


def password_first_view(view, info):
    """View deriver: who signed in with a password that others know changes it before all else."""
    if info.exception_only or info.options.get("require_csrf") is False:
        return view

    def changed_first(context, request):
        has_passwords = is_on(request.registry, PASSWORD)
        if not has_passwords or not is_page(request) or _MUST_CHANGE not in request.session:
            return view(context, request)
        route = request.matched_route
        if route is None or route.name in _ALLOWED or request.identity is None:
            return view(context, request)
        must = sa.select(User.must_change_password).where(User.id == request.identity.user_id)
        if not request.db.scalar(must):
            del request.session[_MUST_CHANGE]
            return view(context, request)
        sessions.flash(request, FIRST, "warning")
        return HTTPSeeOther(request.route_path(f"{_face(request)}.password"))

    return changed_first


def _face(request) -> str:
    return "admin" if is_admin_page(request) else "app"


def includeme(config) -> None:
    config.declare_settings(CHANGE_FIRST)
    config.registry["accounts.change_first"] = CHANGE_FIRST.read(config.get_settings())
    config.add_view_deriver(password_first_view, under="secured_view", over="posted_view")
    for name, path, show, submit in (
        ("forgotten", FORGOTTEN, show_forgotten, ask_for_link),
        ("new-password", password_links.PATH, show_new_password, set_new_password),
    ):
        config.add_route(f"app.{name}", path)
        for view, method in ((show, "GET"), (submit, "POST")):
            config.add_view(
                view,
                route_name=f"app.{name}",
                request_method=method,
                renderer=f"hhu_base.accounts:templates/{name.replace('-', '_')}.jinja2",
                permission=NO_PERMISSION_REQUIRED,
            )
