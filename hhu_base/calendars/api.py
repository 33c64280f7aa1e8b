"""The REST service that tells the addresses of one's feeds."""

from __future__ import annotations

from typing import Any

from hhu_base.calendars.responses import KEY
from hhu_base.rest import service
from hhu_base.rest.serializers import Object, list_of, nullable, text
from hhu_base.web.security import hold_identity

_URL = text("https://hhu.example/reservations/calendar.ics?key=1-0123456789abcdef")
ADDRESSES = Object(
    "CalendarAddresses",
    url=nullable(_URL),
    key=text("1-0123456789abcdef"),
    feeds=list_of(
        Object("CalendarFeed", name=text("reservations"), title=text("我的会议室预约"), url=_URL)
    ),
)

my_calendar = service("current-user.calendar", "/current-user/calendar/")


@my_calendar.get(answers={200: ADDRESSES})
def show_addresses(request):
    """Where calendar programs find the feeds, as the caller sees them."""
    addresses = request.registry["calendars.addresses"]
    return addresses_of(request, addresses.key_of(request.db, request.identity.user_id))


@my_calendar.post(answers={200: ADDRESSES})
@my_calendar.put(answers={200: ADDRESSES})
def renew_addresses(request):
    """New addresses; whoever knows the old ones finds nothing there any more."""
    addresses = request.registry["calendars.addresses"]
    hold_identity(request, for_update=True)
    return addresses_of(request, addresses.renew(request.db, request.identity.user_id))


def addresses_of(request, key: str) -> dict[str, Any]:
    """``url`` is the feed that is about the caller; ``{id}`` stands for the id of an object."""
    request.response.cache_control = "no-store"
    feeds = [
        {
            "name": feed.name,
            "title": feed.title,
            # Not the address that this request came to: a calendar program keeps it for years.
            "url": f"{request.registry.public_url}{feed.path}?{KEY}={key}",
        }
        for feed in request.registry["calendars.feeds"]
    ]
    own = (feed["url"] for feed in feeds if "{id}" not in feed["url"])
    return {"url": next(own, None), KEY: key, "feeds": feeds}
