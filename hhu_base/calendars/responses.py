"""Answering a calendar program: who asks, and the feed, unless it has this very one already."""

from __future__ import annotations

from pyramid.response import Response

from hhu_base.calendars import ical
from hhu_base.calendars.entries import Feed
from hhu_base.rest import NotFound
from hhu_base.rest.serializers import NOTHING, Header, Parameter, file
from hhu_base.web.errors import BAD_TOKEN, NO_CREDENTIALS, NOT_FOUND, Unauthorized
from hhu_base.web.responses import revalidated

KEY = "key"
# What a service that answers with a feed says of itself.
ANSWERS = {
    200: file("text/calendar", "日历（iCalendar）。", ETag="日历的版本。"),
    304: NOTHING,
    401: [NO_CREDENTIALS, BAD_TOKEN],
    404: [NOT_FOUND],
}
READS = (
    Parameter(KEY, "订阅地址中的密钥，可以代替令牌。", "1-0123456789abcdefghijABCDEFGHIJ01"),
    Header("If-None-Match", "上次得到的 ETag。", '"0123abcd"'),
)


def authenticate(request) -> int:
    """Who asks: by the key in the address, or without one by the token in the header.

    A key that is nobody's is no address at all. Raises NotFound or Unauthorized.
    """
    key = request.GET.get(KEY)
    if key is not None:
        user_id = request.registry["calendars.addresses"].reader_of(request.db, key)
        if user_id is None:
            raise NotFound
        return user_id
    if request.identity is None:
        raise Unauthorized
    return request.identity.user_id


def respond(request, reader_id: int, feed: Feed | None) -> Response:
    """The feed as ``text/calendar``, with an ETag. Raises NotFound where there is none."""
    if feed is None:
        raise NotFound
    response = Response(
        body=ical.write(feed, request.registry["calendars.domain"]),
        content_type="text/calendar",
        charset="utf-8",
    )
    return revalidated(response, reader_id)
