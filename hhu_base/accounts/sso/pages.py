"""The way to a provider of a sign-on and back, and the addresses at which it ends sign-ins."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from urllib.parse import quote

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base.accounts import allowances, devices, known_places, sign_in_audit, tokens
from hhu_base.accounts.pages import safe_next
from hhu_base.accounts.providers import CAME_BY
from hhu_base.accounts.sign_in_keys import digest, network
from hhu_base.accounts.sso import attempts, cas, people, sessions
from hhu_base.accounts.sso.cas import CasProvider
from hhu_base.accounts.sso.errors import (
    NOT_THEIR_FAULT,
    OR_ANOTHER_WAY,
    REFUSED,
    STALE,
    SignOnRefusal,
)
from hhu_base.accounts.sso.oidc.client import OidcProvider
from hhu_base.accounts.sso.oidc.tokens import LEEWAY, ORDERS_LIVE
from hhu_base.accounts.sso.provider import Person, Provider
from hhu_base.database.transactions import commit
from hhu_base.models import User
from hhu_base.values.refusal import Refusal
from hhu_base.web import audit, form_limits
from hhu_base.web import sessions as cookies
from hhu_base.web.errors import Unavailable
from hhu_base.web.security import ADMIN_PATH, APP_PATH, home_of

logger = logging.getLogger(__name__)

# From one network, which a campus shares: it is a question to the provider each time.
_TRIES, _INTERVAL = 300, timedelta(seconds=1)
# In an address: the tab keeps what was filled in.
_UNSAVED = "unsaved"
_KEPT = ORDERS_LIVE + 3 * timedelta(seconds=LEEWAY)


def back_path(name: str) -> str:
    return f"{APP_PATH}sign-in/{name}/back"


def begin(provider: Provider, request) -> HTTPSeeOther:
    """``GET /app/sign-in/cas``, ``/admin/sign-in/oidc``, …: on to the provider."""
    wanted = safe_next(request)
    if request.is_authenticated:
        return HTTPSeeOther(wanted)
    has_unsaved = request.GET.get(_UNSAVED) == "1"
    attempt = attempts.begin(request, provider.name, wanted, home_of(request), has_unsaved)
    commit(request)  # no connection is held while the provider is asked
    try:
        return HTTPSeeOther(provider.address(attempt))
    except SignOnRefusal as refusal:
        return _to_sign_in(request, str(refusal), wanted, has_unsaved)


def come_back(provider: Provider, request) -> HTTPSeeOther:
    """``GET /app/sign-in/cas/back``, ``/app/sign-in/oidc/back``: with what the provider says."""
    came = dict(request.GET)
    attempt = attempts.take(request, provider.name, came.get("state", ""))
    if attempt is None:
        if request.is_authenticated:  # the button "back", or a page that is loaded again
            return HTTPSeeOther(APP_PATH)
        return _to_sign_in(request, STALE)
    key = digest("sign-on", network(request.remote_addr or ""))
    allowances.count(request.db, key, _TRIES, _INTERVAL)
    commit(request)  # the try is counted, and no connection is held while the provider is asked
    try:
        person = provider.person(attempt, came)
        if provider.is_session_used_once and sessions.is_known(
            request.db, provider.name, person.session
        ):
            raise SignOnRefusal(REFUSED)
        user, is_new = people.find_or_make(request.db, person, request.registry["sso.create"])
    except SignOnRefusal as refusal:
        return _to_sign_in(request, str(refusal), attempt.next, attempt.has_unsaved)
    if is_new:
        after = {"方式": provider.title}
        audit.record(request, audit.ADDED, user, f"{user.username} {user.fullname}", after=after)
    _start(request, provider, person, user)
    if attempt.has_unsaved:
        return HTTPSeeOther(f"{_home(attempt.next)}sign-in/unsaved?next={_quoted(attempt.next)}")
    return HTTPSeeOther(attempt.next)


def _start(request, provider: Provider, person: Person, user: User) -> None:
    lifetime = request.registry["token_lifetime"]
    token = tokens.issue(request.db, user.id, lifetime, devices.describe(request.user_agent))
    sessions.remember(request.db, provider.name, person, token)
    known_places.remember(request, user.username, user.id, token)
    sign_in_audit.record(request.db, user.id, provider.title)
    cookies.start(request, token)
    request.session[CAME_BY] = provider.name


def sign_out_there(provider: Provider, request) -> HTTPSeeOther:
    """``GET /app/sign-in/cas/out``: on to where somebody signs out at the provider."""
    try:
        address = provider.sign_out_address()
    except SignOnRefusal as refusal:
        return _to_sign_in(request, str(refusal))
    return HTTPSeeOther(address or f"{APP_PATH}sign-in")


def _to_sign_in(
    request, sentence: str, wanted: str = APP_PATH, has_unsaved: bool = False
) -> HTTPSeeOther:
    if sentence in NOT_THEIR_FAULT and len(request.ways_in) > 1:
        sentence += OR_ANOTHER_WAY
    cookies.flash(request, sentence, "danger")
    query = f"?next={_quoted(wanted)}" + (f"&{_UNSAVED}=1" if has_unsaved else "")
    return HTTPSeeOther(f"{_home(wanted)}sign-in{query}")


def _home(wanted: str) -> str:
    return ADMIN_PATH if wanted.startswith(ADMIN_PATH) else APP_PATH


def _quoted(wanted: str) -> str:
    return quote(wanted, safe="")


def end_cas_sign_in(request) -> Response:
    """``POST /app/sign-in/cas/back``: single logout. It tells nobody whether it knew the ticket."""
    form_limits.check(request, False, form_limits.FEW_FIELDS)
    order = request.POST.get("logoutRequest", "")
    ticket = cas.ticket_to_end(order) if len(order) <= cas.LARGEST_ORDER else ""
    if ticket:
        ended = sessions.end(request.db, cas.CAS, name=ticket)
        logger.info("the CAS server ended %d sign-ins", ended)
    return Response(status=200)


def end_oidc_sign_ins(provider: OidcProvider, request) -> Response:
    """``POST /app/sign-in/oidc/logout``: back-channel logout, for sessions and for all of somebody."""
    form_limits.check(request, False, form_limits.FEW_FIELDS)
    try:
        order = provider.read_order(request.POST.get("logout_token", ""))
    except SignOnRefusal as refusal:
        if str(refusal) == REFUSED:
            raise Refusal("invalid_request") from None
        raise Unavailable(str(refusal)) from None
    if not sessions.follow_once(request.db, provider.name, order["jti"], _KEPT):
        raise Refusal("invalid_request")
    name, subject = order.get("sid", ""), order.get("sub", "")
    ended = sessions.end(request.db, provider.name, name=name, subject=subject)
    logger.info("the OpenID provider ended %d sign-ins", ended)
    return Response(status=200)


def add_pages(config, provider: Provider) -> None:
    name = provider.name
    # Below both doors, since the way leads back to where one wanted to go.
    for face in ("app", "admin"):
        config.add_route(f"{face}.sign-in.{name}", f"/{face}/sign-in/{name}")
        _add_view(config, partial(begin, provider), f"{face}.sign-in.{name}", "GET")
    config.add_route(f"app.sign-in.{name}.out", f"/app/sign-in/{name}/out")
    _add_view(config, partial(sign_out_there, provider), f"app.sign-in.{name}.out", "GET")
    config.add_route(f"app.sign-in.{name}.back", back_path(name))
    _add_view(config, partial(come_back, provider), f"app.sign-in.{name}.back", "GET")
    # The provider's server sends these, which has no session here: what they say has to prove itself.
    if isinstance(provider, CasProvider):
        _add_view(config, end_cas_sign_in, f"app.sign-in.{name}.back", "POST", require_csrf=False)
    if isinstance(provider, OidcProvider):
        config.add_route(f"app.sign-in.{name}.logout", f"/app/sign-in/{name}/logout")
        view = partial(end_oidc_sign_ins, provider)
        _add_view(config, view, f"app.sign-in.{name}.logout", "POST", require_csrf=False)


def _add_view(config, view, route_name: str, method: str, **options) -> None:
    config.add_view(
        view,
        route_name=route_name,
        request_method=method,
        permission=NO_PERMISSION_REQUIRED,
        **options,
    )
