"""日历订阅: the addresses of one's feeds, with a button for each kind of calendar."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.calendars.api import addresses_of
from hhu_base.web import sessions
from hhu_base.web.security import hold_identity

PATH = "/app/me/calendar/"


def show_addresses(request) -> dict[str, Any]:
    """``GET /app/me/calendar/``"""
    keys = request.registry["calendars.addresses"]
    found = addresses_of(request, keys.key_of(request.db, request.identity.user_id))
    # The others are about one object each, and stand on its page.
    own = [feed for feed in found["feeds"] if "{id}" not in feed["url"]]
    return {"feeds": [feed | {"webcal": _webcal(feed["url"])} for feed in own]}


def _webcal(url: str) -> str:
    """The scheme by which calendar programs know that it is for them."""
    return f"webcal://{url.partition('://')[2]}"


def renew_addresses(request) -> HTTPSeeOther:
    """``POST /app/me/calendar/``"""
    hold_identity(request, for_update=True)
    request.registry["calendars.addresses"].renew(request.db, request.identity.user_id)
    sessions.flash(request, "地址已更换，旧的地址不再有效，请在日历软件里重新订阅。")
    return HTTPSeeOther(PATH)


def includeme(config) -> None:
    config.add_page(
        "calendars.addresses",
        PATH,
        show_addresses,
        title="日历订阅",
        renderer="hhu_base.calendars:templates/addresses.jinja2",
    )
    config.add_view(
        renew_addresses,
        route_name="calendars.addresses",
        request_method="POST",
        permission="signed-in",
    )
    config.add_me_line("日历订阅", PATH, icon="calendar-week", order=40)
