"""Calendar feeds (RFC 5545): what calendar programs subscribe to.

Such a program asks for an address every now and then and can send no Authorization header, so
the address itself says whose it is. A plugin declares a feed and serves it like any service::

    config.add_calendar_feed("reservations", "/reservations/calendar.ics", "我的会议室预约")

    @my_calendar.get(
        exclude=must_accept_json, reads=calendars.READS, answers=calendars.ANSWERS
    )
    def show_my_calendar(request):
        reader_id = calendars.reader(request)
        return calendars.answer(request, feeds.of_person(request.db, reader_id, now))
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from hhu_base.calendars import keys
from hhu_base.calendars.entries import CANCELLED, CONFIRMED, TENTATIVE, Entry, Feed
from hhu_base.calendars.responses import ANSWERS, READS, authenticate, respond
from hhu_base.settings import Secret

__all__ = [
    "ANSWERS",
    "CANCELLED",
    "CONFIRMED",
    "READS",
    "TENTATIVE",
    "Entry",
    "Feed",
    "respond",
    "authenticate",
]


SECRET = Secret(
    "calendars.secret",
    "only-good-for-trying-out",
    "日历订阅地址的密钥；换一个，所有旧的地址就作废",
    signs=True,
)


@dataclass(frozen=True)
class DeclaredFeed:
    """A feed that people can be told of; ``{id}`` in its path stands for an object's."""

    name: str
    path: str
    title: str


def add_calendar_feed(config, name: str, path: str, title: str) -> None:
    """Directive: ``GET /current-user/calendar/`` tells the address of this feed, too."""

    def register() -> None:
        config.registry["calendars.feeds"].append(DeclaredFeed(name, path, title))

    config.action(("calendar-feed", name), register)


def includeme(config) -> None:
    registry = config.registry
    config.declare_settings(SECRET)
    secret = SECRET.read(config.get_settings())
    registry["calendars.addresses"] = keys.FeedKeys(secret.encode())
    # Calendar programs know an entry again by its UID, which is to be the only one in the world.
    registry["calendars.domain"] = urlsplit(registry.public_url).hostname
    registry["calendars.feeds"] = []
    config.add_directive("add_calendar_feed", add_calendar_feed)
    config.scan("hhu_base.calendars.api")
    config.include("hhu_base.calendars.pages")
