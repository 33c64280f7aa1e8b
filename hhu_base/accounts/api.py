"""The REST services of the accounts; the contract's section of the same name."""

from __future__ import annotations

import sqlalchemy as sa
from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base.accounts import devices, serializers, sign_in, tokens, users
from hhu_base.accounts.providers import CODES_ONLY, NO_PASSWORDS, PASSWORD, WECHAT, is_on
from hhu_base.accounts.schemas import CodeSchema, CurrentUserSchema, MetaSchema, SignInSchema
from hhu_base.accounts.wechat import WeChatRefusal, bindings
from hhu_base.database import lock
from hhu_base.database.transactions import commit
from hhu_base.mail import allowance
from hhu_base.models import Department
from hhu_base.rest import body, service
from hhu_base.rest.serializers import list_of
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.web.security import hold_identity

WRONG_PAIR = "无法使用提供的认证信息登录。"
NO_CODE = "缺少微信登录凭证 code。"
NOT_BOUND = "该微信账号尚未绑定用户，请先使用工号和密码登录。"
NOT_BOUND_BY_CODE = (
    "该微信账号尚未绑定用户。请先在网页上登录，在“我的 → 微信”里取得登录码，再用工号和登录码登录。"
)

get_token = service("auth.get-token", "/auth/get-token/", permission=NO_PERMISSION_REQUIRED)
wechat_code2token = service(
    "auth.wechat-code2token", "/auth/wechat-code2token/", permission=NO_PERMISSION_REQUIRED
)
wechat_auth = service("auth.wechat-auth", "/auth/wechat-auth/")
current_user = service("current-user", "/current-user/")
current_user_meta = service("current-user.meta", "/current-user/meta/")
departments = service("departments", "/departments/")


@get_token.post(
    validators=(body(SignInSchema),),
    answers={
        201: serializers.TOKEN,
        400: [{"non_field_errors": [WRONG_PAIR]}, {"non_field_errors": [CODES_ONLY]}],
        429: ["登录尝试次数过多，请在 60 秒后重试。", "正在登录的人数过多，请稍后重试。"],
    },
)
def sign_in_with_password(request):
    """A token for who knows the staff number and the password.

    In place of the password a code from 我的 → 微信, shown there once, is good for ten minutes.
    """
    has_passwords, has_wechat = (is_on(request.registry, name) for name in (PASSWORD, WECHAT))
    if not has_passwords and not has_wechat:
        raise Refusal(NO_PASSWORDS, TOGETHER)
    token = sign_in.sign_in(request, **request.validated, takes_codes=has_wechat)
    if token is None:
        raise Refusal(WRONG_PAIR if has_passwords else CODES_ONLY, TOGETHER)
    request.response.status_code = 201
    return {"token": token}


@wechat_code2token.post(
    validators=(body(CodeSchema),),
    answers={
        201: serializers.TOKEN,
        400: [NO_CODE, NOT_BOUND, "微信登录凭证无效，请重新进入小程序。"],
    },
)
def sign_in_with_wechat(request):
    """A token for the user whose WeChat it is."""
    openid = _ask_wechat(request)
    user_id = bindings.find_bound(request.db, openid)
    if user_id is None:
        raise Refusal(NOT_BOUND if is_on(request.registry, PASSWORD) else NOT_BOUND_BY_CODE)
    request.response.status_code = 201
    device = devices.describe(request.user_agent) or devices.WECHAT
    lifetime = request.registry["token_lifetime"]
    return {"token": tokens.issue(request.db, user_id, lifetime, device)}


@wechat_auth.put(
    validators=(body(CodeSchema),),
    answers={200: serializers.USER, 400: [NO_CODE, "微信登录凭证无效，请重新进入小程序。"]},
)
def bind_wechat(request):
    """Bind the signed-in user to this WeChat, taking it from whoever had it."""
    user_id = request.identity.user_id
    openid = _ask_wechat(request)
    lock(request.db, bindings.LOCK)  # before the row, as binding does
    hold_identity(request, for_update=True)
    bindings.bind(request.db, user_id, openid)
    return serializers.USER(users.get(request.db, user_id))


@wechat_auth.delete(answers={200: serializers.USER})
def sign_out(request):
    """Unbind WeChat and end the tokens of the signed-in user."""
    user_id = request.identity.user_id
    bindings.sign_out(request.db, user_id)
    return serializers.USER(users.get(request.db, user_id))


def _ask_wechat(request) -> str:
    """The openid that the code in the body stands for."""
    code = request.validated["code"]
    if not code:
        raise Refusal(NO_CODE)
    commit(request)  # no connection is held while WeChat is asked
    try:
        return request.registry["wechat"].openid_of(code)
    except WeChatRefusal as refusal:
        raise Refusal(str(refusal)) from None


@current_user.get(answers={200: serializers.USER})
def show_current_user(request):
    """Who is signed in."""
    return serializers.USER(users.get(request.db, request.identity.user_id))


@current_user.put(
    validators=(body(CurrentUserSchema),),
    answers={
        200: serializers.USER,
        400: [{"password": ["这个密码太常见了。"]}],
        429: [allowance.TOO_MANY],
    },
)
def change_current_user(request):
    """Change name, address, department or password of the signed-in user.

    An omitted ``email``, ``department`` or ``password`` stays as it is. After a new password every
    other token of the user ends. To a new address a link is sent that confirms it: everything else
    waits for that, unless the address is one of the college's.
    """
    me = request.identity
    changes = dict(request.validated)
    password = changes.pop("password", None)
    if "department" in changes:
        changes["department_id"] = changes.pop("department")
    problems = users.problems(request.db, me.user_id, changes, password)
    if password is not None and not is_on(request.registry, PASSWORD):
        problems["password"] = [NO_PASSWORDS]
    if problems:
        raise FieldErrors(problems)
    hashed = ""
    if password is not None:
        commit(request)  # no connection is held while we hash
        hashed = request.registry["passwords"].hash(password)
    hold_identity(request, for_update=True)
    if "email" in changes:
        request.registry["accounts.confirmations"].change_address(
            request.db, me.user_id, changes.pop("email")
        )
    if hashed:
        users.change_password(request.db, me.user_id, hashed, keep_token=me.token_digest)
    users.change(request.db, me.user_id, changes)
    return serializers.USER(users.get(request.db, me.user_id))


@current_user_meta.get(answers={200: serializers.CONTACT})
def show_current_user_meta(request):
    """What colleagues see of the signed-in user."""
    return serializers.CONTACT(users.get(request.db, request.identity.user_id))


@current_user_meta.put(validators=(body(MetaSchema),), answers={200: serializers.CONTACT})
def change_current_user_meta(request):
    """Change what colleagues see of the signed-in user; omitted fields stay, null empties one."""
    user_id = request.identity.user_id
    hold_identity(request, for_update=True)
    users.change(request.db, user_id, request.validated)
    return serializers.CONTACT(users.get(request.db, user_id))


@departments.get(answers={200: list_of(serializers.DEPARTMENT)})
def list_departments(request):
    """All departments, by name."""
    found = request.db.scalars(sa.select(Department).order_by(Department.name_key, Department.id))
    return list_of(serializers.DEPARTMENT)(found)
