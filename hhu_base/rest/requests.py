"""Our request: cookies that can't be read are none. Forms are looked at in hhu_base.admin.posted."""

from __future__ import annotations

from pyramid.request import Request


class ReadableRequest(Request):
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


def includeme(config) -> None:
    config.set_request_factory(ReadableRequest)
