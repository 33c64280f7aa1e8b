"""Our request: what can't be read in it is its sender's mistake, wherever it is first looked at."""

from __future__ import annotations

from pyramid.request import Request

from hhu_base.rest.errors import BadRequest


class ReadableRequest(Request):
    """WebOb decodes forms and cookies when they are asked for, and fails in ways of its own."""

    @property
    def POST(self):  # noqa: N802 - WebOb's name
        try:
            return super().POST
        # A boundary, a charset, bytes that are no UTF-8; and WebOb raises a DeprecationWarning
        # for every charset but that.
        except (ValueError, LookupError, DeprecationWarning):
            raise BadRequest("请求内容解析错误。") from None

    @property
    def cookies(self):
        found = super().cookies
        try:
            found.get("")  # Only now they are read.
        except UnicodeDecodeError:
            self.environ["HTTP_COOKIE"] = ""
            return super().cookies
        return found


def includeme(config) -> None:
    config.set_request_factory(ReadableRequest)
