"""Errors under /admin/ as pages for people. hhu_base.web.error_views asks for them."""

from __future__ import annotations

from urllib.parse import quote

from pyramid.exceptions import BadCSRFToken
from pyramid.httpexceptions import HTTPException, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.response import Response

from hhu_base.values.refusal import Refusal
from hhu_base.web import unsaved_forms
from hhu_base.web.errors import DISK_FULL, TOOK_TOO_LONG, detail_for
from hhu_base.web.security import ADMIN_PATH, wants_json

_HEADS = {
    400: ("无法处理", "提交的内容不完整，或者页面打开得太久。"),
    403: ("没有权限", "您的账号没有查看或修改这一页的权限，如有需要请联系系统管理员。"),
    404: ("没有这一页", "地址可能有误，或者内容已经被删除。"),
    405: ("无法处理", "这个地址不接受这样的操作。"),
    413: ("文件太大", "提交的内容超过了允许的大小。"),
    429: ("请稍候", "尝试的次数太多，请过一会儿再试。"),
    500: (
        "出错了",
        "服务器遇到意外错误，已经记入日志。请稍后再试，没有保存的内容可能需要重新填写。",
    ),
    503: ("暂时无法使用", "数据库暂时连接不上，请过一会儿再试。"),
    504: ("用时过长", TOOK_TOO_LONG),
    507: ("存储空间不足", DISK_FULL),
}
_EXPIRED = "页面已过期：可能是登录状态有了变化，或者浏览器没有接受 Cookie。请返回，刷新页面后重试。"


def error_page(answer: HTTPException, request) -> Response:
    """The page for ``answer``; whoever is not signed in is asked to do so first."""
    if answer.code == 401:
        return _to_sign_in(request)
    head, text = _HEADS.get(answer.code, ("出错了", detail_for(answer.code)))
    page = _page(request, answer.code, head, text)
    if "Retry-After" in answer.headers:
        page.headers["Retry-After"] = answer.headers["Retry-After"]
    return page


def bad_csrf(error: BadCSRFToken, request) -> Response:
    """A form without the token of this session: an old page, or somebody else's."""
    if wants_json(request):
        raise Refusal(_EXPIRED)
    return _page(request, 400, "页面已过期", _EXPIRED)


def _to_sign_in(request) -> Response:
    fields = unsaved_forms.read(request)
    if fields:
        return _sign_in_first(request, fields)
    response = HTTPSeeOther("/admin/sign-in")
    wanted = request.path_qs if request.method == "GET" else ADMIN_PATH
    if wanted != ADMIN_PATH:
        response.location = "/admin/sign-in?next=" + quote(wanted, safe="")
    return response


def _sign_in_first(request, fields: unsaved_forms.Fields) -> Response:
    """The sign-in itself, since a redirect would lose what was filled in."""
    page = {
        "username": "",
        "error": "登录状态已经失效，刚才的内容还没有保存。请重新登录，填写的内容会保留。",
        "next": request.path_qs,
        "unsaved": unsaved_forms.pack(fields),
    }
    response = render_to_response(
        "hhu_base.accounts:templates/sign_in.jinja2", page, request=request
    )
    response.status_code = 401
    return response


def _page(request, status: int, head: str, text: str) -> Response:
    # Without the menu: it would need the database, which may be what is wrong.
    response = render_to_response(
        "hhu_base.web:templates/error.jinja2",
        {"title": head, "text": text, "status": status},
        request=request,
    )
    response.status_code = status
    return response


def includeme(config) -> None:
    config.registry["error_page"] = error_page
    config.add_exception_view(bad_csrf, context=BadCSRFToken)
