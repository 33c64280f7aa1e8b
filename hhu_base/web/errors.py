"""The errors that views raise, each with its answer in the shape of the contract.

They are Pyramid's HTTP exceptions: raising one ends the request and rolls the transaction back. For
400 there is none to raise: whatever is refused with 400 is a ``hhu_base.values.refusal.Refusal``.
"""

from __future__ import annotations

import errno
from typing import Any

from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPConflict,
    HTTPException,
    HTTPForbidden,
    HTTPGatewayTimeout,
    HTTPInsufficientStorage,
    HTTPMethodNotAllowed,
    HTTPNotAcceptable,
    HTTPNotFound,
    HTTPRequestEntityTooLarge,
    HTTPServiceUnavailable,
    HTTPTooManyRequests,
    HTTPUnauthorized,
    HTTPUnprocessableEntity,
    HTTPUnsupportedMediaType,
)

NO_CREDENTIALS = "身份认证信息未提供。"
BAD_TOKEN = "认证令牌无效。"  # noqa: S105 - a message, not a secret
NOT_ALLOWED = "您没有执行该操作的权限。"
NOT_FOUND = "未找到。"
SERVER_ERROR = "服务器内部错误。"
DATABASE_AWAY = "服务暂时不可用，请稍后重试。"
TOOK_TOO_LONG = "这一步用时过长，已经中止。请缩小范围，或者稍后再试。"
DISK_FULL = "服务器的存储空间不足，没有保存。请联系系统管理员。"

# For the exceptions that Pyramid and Cornice raise: their own texts are English and may tell paths.
DETAILS = {
    HTTPBadRequest.code: "请求格式错误。",
    HTTPUnauthorized.code: NO_CREDENTIALS,
    HTTPForbidden.code: NOT_ALLOWED,
    HTTPNotFound.code: NOT_FOUND,
    HTTPMethodNotAllowed.code: "不允许使用该请求方法。",
    HTTPNotAcceptable.code: "只能以 application/json 格式返回数据。",
    HTTPConflict.code: "同一个请求正在处理，请稍后再看结果。",
    HTTPRequestEntityTooLarge.code: "请求内容过大。",
    HTTPUnsupportedMediaType.code: "不支持该请求内容的类型，请使用 JSON 格式。",
    HTTPUnprocessableEntity.code: "这个 Idempotency-Key 已经用于内容不同的请求。",
    HTTPTooManyRequests.code: "请求过于频繁，请稍后重试。",
    HTTPServiceUnavailable.code: DATABASE_AWAY,
    HTTPGatewayTimeout.code: TOOK_TOO_LONG,
    HTTPInsufficientStorage.code: DISK_FULL,
}


def detail_for(status: int) -> str:
    return DETAILS.get(status, SERVER_ERROR if status >= 500 else "请求无法处理。")


class RestError(HTTPException):
    """An HTTP exception that brings its JSON along; mixed in before Pyramid's class."""

    def __init__(self, payload: dict[str, Any], headers: dict[str, str] | None = None):
        super().__init__(detail=str(payload), headers=headers)
        self.payload = payload


class DetailedError(RestError):
    """``{"detail": …}``, with the usual sentence for its status if no other is given."""

    def __init__(self, detail: str | None = None, headers: dict[str, str] | None = None):
        super().__init__({"detail": detail or detail_for(self.code)}, headers)


class BadRequest(RestError, HTTPBadRequest):
    """400: how a Refusal leaves; rules and views raise the Refusal."""


class Unauthorized(DetailedError, HTTPUnauthorized):
    """401: nobody is signed in. Views ask for the permission ``signed-in`` instead of raising it."""

    def __init__(self, detail: str = NO_CREDENTIALS):
        super().__init__(detail, {"WWW-Authenticate": "Token"})


class Forbidden(DetailedError, HTTPForbidden):
    """403: signed in, and not allowed."""


class NotFound(DetailedError, HTTPNotFound):
    """404; also for what exists and is another user's."""


class NotAcceptable(DetailedError, HTTPNotAcceptable):
    """406: the client does not take JSON."""


class TooLarge(DetailedError, HTTPRequestEntityTooLarge):
    """413: the body is larger than ``hhu.max_body_bytes``."""


class UnsupportedMediaType(DetailedError, HTTPUnsupportedMediaType):
    """415: a body that is neither JSON nor a form."""


class Conflict(DetailedError, HTTPConflict):
    """409: it is no more as the client has read it; ``more`` is what it should know besides."""

    def __init__(self, detail: str, **more: Any):
        super().__init__(detail)
        self.payload |= more


class InProgress(DetailedError, HTTPConflict):
    """409: another request has the same Idempotency-Key, and has not been answered yet."""

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class KeyReused(DetailedError, HTTPUnprocessableEntity):
    """422: the Idempotency-Key was for a request that wanted something else."""


class TooManyRequests(DetailedError, HTTPTooManyRequests):
    """429: too many tries; ``retry_after`` in seconds."""

    def __init__(self, detail: str | None = None, retry_after: int = 60):
        super().__init__(detail, {"Retry-After": str(retry_after)})


class Unavailable(DetailedError, HTTPServiceUnavailable):
    """503: something we cannot do without is away; ``retry_after`` in seconds."""

    def __init__(self, detail: str | None = None, retry_after: int = 5):
        super().__init__(detail, {"Retry-After": str(retry_after)})


class TookTooLong(DetailedError, HTTPGatewayTimeout):
    """504: a statement of the database reached ``sqlalchemy.statement_timeout``."""


def is_disk_full(error: OSError) -> bool:
    """Whether there is no room, or no more than somebody may use."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


class DiskFull(DetailedError, HTTPInsufficientStorage):
    """507: there is no room for what was sent."""
