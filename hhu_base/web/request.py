"""Our request: cookies that can't be read are none, and how large a body may be.

Forms are looked at in hhu_base.web.form_limits.
"""

from __future__ import annotations

from functools import partial

from pyramid.interfaces import IRequestExtensions, IRequestFactory
from pyramid.request import Request as PyramidRequest
from webob.multidict import NoVars

from hhu_base.settings import Integer

FORM = "application/x-www-form-urlencoded"
MAX_BODY_BYTES = Integer(
    "hhu.max_body_bytes", 1024 * 1024, "请求的内容最多多少字节（上传文件除外）", minimum=1024
)


class Request(PyramidRequest):
    """WebOb decodes cookies when they are asked for, and raises for bytes that are no UTF-8."""

    @property
    def cookies(self):
        found = super().cookies
        try:
            found.get("")  # Only now they are read.
        except UnicodeDecodeError:
            self.environ["HTTP_COOKIE"] = ""
            return super().cookies
        return found

    @property
    def POST(self):  # noqa: N802
        """Who only looks brings no form, whatever the Content-Type says: WebOb would raise for it."""
        if self.method in ("GET", "HEAD"):
            return NoVars("only looked at")
        return super().POST


def includeme(config) -> None:
    config.declare_settings(MAX_BODY_BYTES)
    config.registry["rest.max_body_bytes"] = MAX_BODY_BYTES.read(config.get_settings())
    # Last, when everybody has added to requests what they have.
    config.action(None, partial(_make_factory, config.registry), order=9999)


def _make_factory(registry) -> None:
    """One class of requests with all that ``config.add_request_method`` has added as properties.

    Pyramid makes such a class for every single request, and leaves it to the garbage collector:
    that was a tenth of the web server's work for a reservation.
    """
    extensions = registry.queryUtility(IRequestExtensions)
    complete = type("Request", (Request,), dict(extensions.descriptors))
    extensions.descriptors.clear()
    registry.registerUtility(complete, IRequestFactory)
