"""Exception views: every error leaves here, wherever it was raised.

As JSON in the shape of the contract, or, under /admin/, as a page for people.
"""

from __future__ import annotations

import logging

from psycopg.errors import ForeignKeyViolation
from pyramid.exceptions import BadCSRFToken
from pyramid.httpexceptions import (
    HTTPException,
    HTTPInternalServerError,
    HTTPUnauthorized,
)
from pyramid.renderers import render_to_response
from pyramid.response import Response
from sqlalchemy.exc import DBAPIError, IntegrityError, NoResultFound
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from hhu_base.database.errors import is_out_of_time, is_unavailable
from hhu_base.tasks.decisions import OutcomeUnknown
from hhu_base.values.refusal import Refusal
from hhu_base.web import unsaved_forms
from hhu_base.web.errors import (
    BAD_TOKEN,
    DISK_FULL,
    NO_CREDENTIALS,
    SERVER_ERROR,
    TOOK_TOO_LONG,
    BadRequest,
    DiskFull,
    Forbidden,
    NotFound,
    RestError,
    TookTooLong,
    Unauthorized,
    Unavailable,
    detail_for,
    is_disk_full,
)
from hhu_base.web.json_renderer import dumps
from hhu_base.web.security import caller_is_gone, home_of, is_page, wants_json

log = logging.getLogger(__name__)

# PostgreSQL's own: the disk that it writes to is full.
_DATABASE_DISK_FULL = "53100"

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
_LAST_PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>出错了</title>
<h1>出错了</h1>
<p>{sentence}</p>
<p><a href="{home}">回到首页</a></p>
</html>
"""


def http_error(error: HTTPException, request) -> Response:
    """Ours bring their JSON; Pyramid's and Cornice's get it here and keep headers such as Allow."""
    if error.code < 400:
        return error  # A redirect or a "not modified" is no error.
    return as_answer(error, request)


def refused(refusal: Refusal, request) -> Response:
    """What a rule forbids is 400, with the rule's own sentences."""
    return as_answer(BadRequest(refusal.payload), request)


def outcome_unknown(error: OutcomeUnknown, request) -> Response:
    return as_answer(Unavailable(str(error)), request)


def forbidden(error: HTTPException, request) -> Response:
    """403 is only for who is known: everybody else is asked to sign in."""
    if request.is_authenticated:
        return as_answer(error if isinstance(error, RestError) else Forbidden(), request)
    return unauthorized(error, request)


def unauthorized(error: HTTPException, request) -> Response:
    scheme = request.headers.get("Authorization", "").strip().split(" ", 1)[0]
    return as_answer(
        Unauthorized(BAD_TOKEN if scheme.lower() == "token" else NO_CREDENTIALS), request
    )


def undecodable(error: UnicodeDecodeError, request) -> Response:
    """A path that is no UTF-8 names nothing."""
    return as_answer(NotFound(), request)


def database_error(error: Exception, request) -> Response:
    """The database is away, or so busy that trying again is the best advice."""
    if isinstance(error, IntegrityError):
        return vanished(error, request)
    if not is_unavailable(error):
        return server_error(error, request)
    if is_out_of_time(error):
        log.warning(
            "a statement was stopped at its time limit during %s: %s", named(request), error
        )
        return as_answer(TookTooLong(), request)
    if getattr(getattr(error, "orig", None), "sqlstate", None) == _DATABASE_DISK_FULL:
        log.error("the database's disk is full, during %s: %s", named(request), error)
        return as_answer(DiskFull(), request)
    log.warning("database unavailable during %s: %s", named(request), error)
    return as_answer(Unavailable(), request)


def system_error(error: OSError, request) -> Response:
    """Whatever writes a file may find the disk, or what it may use of it, full."""
    if not is_disk_full(error):
        return server_error(error, request)
    log.error("the disk is full, during %s: %s", named(request), error)
    return as_answer(DiskFull(), request)


def vanished(error: Exception, request) -> Response:
    """A row that was there a moment ago is not, or may not be pointed to: whose was it?"""
    if is_about_something_missing(error) and caller_is_gone(request):
        return unauthorized(HTTPUnauthorized(), request)
    return server_error(error, request)


def is_about_something_missing(error: Exception) -> bool:
    return not isinstance(error, IntegrityError) or isinstance(error.orig, ForeignKeyViolation)


def server_error(error: Exception, request) -> Response:
    log.error("unexpected error during %s", named(request), exc_info=error)
    return as_answer(HTTPInternalServerError(), request)


def bad_csrf(error: BadCSRFToken, request) -> Response:
    """A form without the token of this session: an old page, or somebody else's."""
    if wants_json(request):
        raise Refusal(_EXPIRED)
    return _page(request, 400, "页面已过期", _EXPIRED)


def last_resort(request) -> Response:
    """The answer that needs nothing but itself, for when even an exception view fails."""
    if is_page(request) and not wants_json(request):
        page = _LAST_PAGE.format(sentence=SERVER_ERROR, home=home_of(request))
        return Response(status=500, body=page.encode(), cache_control="no-store")
    return Response(
        status=500, content_type="application/json", body=dumps({"detail": SERVER_ERROR}).encode()
    )


def as_answer(answer: HTTPException, request) -> Response:
    """The one place through which every error leaves.

    People look at the pages under /admin/; what scripts ask for there has a path that ends in
    ``.json``.
    """
    if is_page(request) and not wants_json(request):
        return as_page(answer, request)
    payload = (
        answer.payload if isinstance(answer, RestError) else {"detail": detail_for(answer.code)}
    )
    answer.content_type = "application/json"
    answer.charset = None
    # Rendered here and not where it is raised, since times need the site's zone.
    answer.body = dumps(payload, request.registry.site_zone).encode()
    return answer


def as_page(answer: HTTPException, request) -> Response:
    """Who is not signed in is asked to do so first."""
    if answer.code == 401:
        return unsaved_forms.ask_to_sign_in(request)
    head, text = _HEADS.get(answer.code, ("出错了", detail_for(answer.code)))
    page = _page(request, answer.code, head, text)
    if "Retry-After" in answer.headers:
        page.headers["Retry-After"] = answer.headers["Retry-After"]
    return page


def _page(request, status: int, head: str, text: str) -> Response:
    # Without the menu: it would need the database, which may be what is wrong.
    response = render_to_response(
        "hhu_base.web:templates/error.jinja2",
        {"title": head, "text": text, "status": status, "home": home_of(request)},
        request=request,
    )
    response.status_code = status
    return response


def named(request) -> str:
    """The request in a log line: by its route, since in a path people type, or have, secrets."""
    route = request.matched_route
    return f"{request.method!r} {route.pattern if route is not None else '(no route)'}"


def includeme(config) -> None:
    config.add_exception_view(http_error, context=HTTPException)
    config.add_exception_view(refused, context=Refusal)
    config.add_exception_view(outcome_unknown, context=OutcomeUnknown)
    config.add_exception_view(unauthorized, context=HTTPUnauthorized)
    config.add_forbidden_view(forbidden)
    config.add_exception_view(bad_csrf, context=BadCSRFToken)
    config.add_exception_view(undecodable, context="pyramid.exceptions.URLDecodeError")
    config.add_exception_view(database_error, context=DBAPIError)
    config.add_exception_view(database_error, context=PoolTimeout)
    config.add_exception_view(system_error, context=OSError)
    config.add_exception_view(vanished, context=NoResultFound)
    config.add_exception_view(vanished, context=StaleDataError)
    config.add_exception_view(server_error, context=Exception)
