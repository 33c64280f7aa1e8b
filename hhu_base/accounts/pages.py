"""Signing in and out of the administrators' pages, and changing one's password."""

from __future__ import annotations

from urllib.parse import quote

import colander
import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base.accounts import password_pages, password_rules, sign_in, tokens
from hhu_base.accounts.providers import (
    CAME_BY,
    NO_PASSWORDS_ON_PAGES,
    PASSWORD,
    is_on,
    require_passwords,
)
from hhu_base.app.me import ME
from hhu_base.models import Token, User
from hhu_base.rest import Name, Secret
from hhu_base.values.refusal import Refusal
from hhu_base.web import audit, sessions, unsaved_forms
from hhu_base.web.pages import AdminRoot
from hhu_base.web.security import APP_PATH, SIGNED_IN, hold_identity, home_of

OWN_PASSWORD = f"{ME}password"
WRONG_PAIR = "工号或密码不正确，或者账号已停用。"
_UNSAVED = "hhu_base.accounts:templates/unsaved.jinja2"
_OF_ADDRESSES = "/?&=%#+:;,@!$'()*~[]"


class SignInSchema(colander.MappingSchema):
    username = Name(max_length=150, title="工号")
    password = Secret(max_length=1024, title="密码")


class PasswordSchema(colander.MappingSchema):
    """Its error sentences are shown next to the fields."""

    current = Secret(max_length=1024, title="当前密码")
    new = Secret(
        max_length=1024,
        title="新密码",
        description="至少 8 个字符；其他设备上的登录会随之失效。",
    )
    again = Secret(max_length=1024, title="再次输入新密码", when_missing="请再次输入新密码。")

    def validator(self, node, values) -> None:
        if values["new"] != values["again"]:
            error = colander.Invalid(node)
            error["again"] = "两次输入的新密码不一致。"
            raise error


def show_sign_in(request) -> dict | HTTPSeeOther:
    """``GET /app/sign-in``, ``GET /admin/sign-in``: one page, at both faces."""
    if request.is_authenticated:
        return HTTPSeeOther(safe_next(request))
    return {"username": "", "error": "", "next": safe_next(request)}


def submit_sign_in(request) -> dict | Response:
    """``POST /app/sign-in``, ``POST /admin/sign-in``"""
    has_passwords = is_on(request.registry, PASSWORD)
    token = _find_token(request) if has_passwords else None
    fields = unsaved_forms.unpack(request.POST.get(unsaved_forms.FIELD, ""))
    if token is None:
        request.response.status = 400
        username = request.POST.get("username", "")[:150]
        error = WRONG_PAIR if has_passwords else NO_PASSWORDS_ON_PAGES
        page = {"username": username, "error": error, "next": safe_next(request)}
        return page | {unsaved_forms.FIELD: unsaved_forms.pack(fields) if fields else ""}
    sessions.start(request, token)
    password_pages.note_first_password(request, token)
    return carry_on(request, fields)


def carry_on(request, fields: unsaved_forms.Fields) -> Response:
    """After the sign-in: with what was filled in before, or where one wanted to go."""
    if not fields:
        return HTTPSeeOther(safe_next(request))
    page = {"action": safe_next(request), "fields": fields}
    return render_to_response(_UNSAVED, page, request, response=request.response)


def _find_token(request) -> str | None:
    try:
        values = SignInSchema().deserialize(dict(request.POST))
    except colander.Invalid:
        return None
    return sign_in.sign_in(request, **values)


def sign_out(request) -> HTTPSeeOther:
    """``POST /app/sign-out``, ``POST /admin/sign-out``"""
    request.db.execute(sa.delete(Token).where(Token.digest == request.identity.token_digest))
    provider = request.session.get(CAME_BY)
    sessions.end(request)
    sessions.flash(request, "您已退出登录。")
    # Who came by the university's sign-on is still signed in there: the page offers to end that, too.
    query = f"?{CAME_BY}={provider}" if provider in request.registry["sso"] else ""
    return HTTPSeeOther(f"{home_of(request)}sign-in{query}")


def safe_next(request) -> str:
    """Where to go after signing in: a path of a page, whatever the address says."""
    wanted = request.params.get("next", "")
    home = home_of(request)
    is_ours = (
        wanted.startswith(request.registry["page_areas"])
        and "\\" not in wanted
        and "//" not in wanted.partition("?")[0]
        and ".." not in wanted.partition("?")[0]
        and wanted.isprintable()
        and not wanted.startswith(("/admin/sign-", "/app/sign-"))
    )
    # It becomes a header: 中 travels as %E4%B8%AD, and what is quoted already stays as it is.
    return quote(wanted, safe=_OF_ADDRESSES) if is_ours else home


def change_password(request) -> dict | HTTPSeeOther:
    """``GET`` and ``POST /app/me/password``, ``/admin/password``"""
    from hhu_base.web.forms import Form, Invalid

    require_passwords(request)
    form = Form(request, PasswordSchema())
    if request.method == "POST":
        try:
            _set_password(request, form.validate())
        except Invalid:
            request.response.status = 400
        except Refusal as refusal:
            form.refuse(refusal.payload)
            request.response.status = 400
        else:
            sessions.flash(request, "密码已修改。")
            return HTTPSeeOther(_me_or_home(request))
    return {
        "title": "修改密码",
        "form": form.render(),
        "save": "修改密码",
        "cancel": _me_or_home(request),
    }


def _me_or_home(request) -> str:
    home = home_of(request)
    return ME if home == APP_PATH else home


def _set_password(request, values: dict) -> None:
    user = request.db.get_one(User, request.identity.user_id)
    about = password_rules.words_about(user.username, user.last_name, user.first_name, user.email)
    weaknesses = password_rules.problems(values["new"], about)
    if weaknesses:
        raise Refusal("".join(weaknesses), "new")
    # The last thing that may be wrong: what is refused afterwards would not give the try back.
    if not sign_in.confirm(request, values["current"]):
        raise Refusal("当前密码不正确。", "current")
    hashed = request.registry["passwords"].hash(values["new"])
    hold_identity(request, for_update=True)
    user = request.db.get_one(User, request.identity.user_id, populate_existing=True)
    user.password = hashed
    user.must_change_password = False
    tokens.revoke(request.db, user.id, except_digest=request.identity.token_digest)
    audit.record(request, "修改密码", user, f"{user.username} {user.fullname}")


def includeme(config) -> None:
    _add_pages(
        config, "admin", "/admin/password", "hhu_base.web:templates/form.jinja2", factory=AdminRoot
    )
    _add_pages(config, "app", OWN_PASSWORD, "hhu_base.app:templates/form.jinja2")


def _add_pages(config, face: str, password: str, form_template: str, **options) -> None:
    config.add_route(f"{face}.sign-in", f"/{face}/sign-in", **options)
    config.add_route(f"{face}.sign-out", f"/{face}/sign-out", **options)
    config.add_route(f"{face}.password", password, **options)
    for view, method in ((show_sign_in, "GET"), (submit_sign_in, "POST")):
        config.add_view(
            view,
            route_name=f"{face}.sign-in",
            request_method=method,
            renderer="hhu_base.accounts:templates/sign_in.jinja2",
            permission=NO_PERMISSION_REQUIRED,
        )
    config.add_view(
        sign_out, route_name=f"{face}.sign-out", request_method="POST", permission=SIGNED_IN
    )
    config.add_view(
        change_password,
        route_name=f"{face}.password",
        request_method=("GET", "POST"),
        renderer=form_template,
        permission=SIGNED_IN,
    )
