"""Clocking in: by the camera in ``/app/activities/clockin/``, or with ``/c/CODE``, which any phone's scanner opens.

Who opens the address while the code is worth something has been there: a cookie of this browser
remembers that for a few minutes, in which they may sign in. It is of no use on another device.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther
from webob.cookies import SignedCookieProfile

from hhu_base.settings import is_production
from hhu_base.values.refusal import Refusal
from hhu_base.web.security import SIGNED_IN, hold_identity
from hhu_base.web.sessions import flash
from hhu_base.web.unsaved_forms import ask_to_sign_in
from hhu_plugins.activities import clockin_codes, clockins
from hhu_plugins.activities.admin import projector
from hhu_plugins.activities.models import Enrollment
from hhu_plugins.activities.pages.listing import PATH

CAMERA = f"{PATH}clockin/"
_SCANNED = clockin_codes.PATH + r"{code:[A-Za-z0-9_-]{1,80}}"
_REMEMBERED = timedelta(minutes=5)
_TEMPLATES = "hhu_plugins.activities:templates"


def show_camera(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET``, and ``POST`` with the ``key`` that the camera has read."""
    # Only where the browser knows no codes by itself, the page fetches what does, in WebAssembly.
    request.runs_wasm = True
    error = ""
    if request.method == "POST":
        try:
            return _clock_in(request, request.POST.get("key", ""), datetime.now(UTC))
        except Refusal as refusal:
            error = str(refusal)
            request.response.status = 400
    return {"error": error, "back": PATH}


def show_scanned(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET /c/CODE``: what it is for, and one button."""
    code, now = request.matchdict["code"], datetime.now(UTC)
    try:
        _, item = clockins.scanned(request.db, _codes(request), code, now)
        _remember(request, code, now)
    except Refusal as refusal:
        try:
            _, item = clockins.scanned(
                request.db, _codes(request), code, _scanned_at(request, code, now)
            )
        except Refusal:
            request.response.status = 400
            return {"error": str(refusal), "item": None, "camera": CAMERA}
    if request.identity is None:
        return ask_to_sign_in(request)
    user_id = request.identity.user_id
    enrolled = sa.exists().where(
        Enrollment.activity_id == item.activity_id, Enrollment.user_id == user_id
    )
    return {
        "error": "",
        "item": item,
        "window": projector.window(request, item),
        "is_enrolled": request.db.scalar(sa.select(enrolled)),
        "activity": f"{PATH}{item.activity_id}/",
        "camera": CAMERA,
    }


def clock_in(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /c/CODE``: the one tap. What counts is when the code was scanned."""
    code, now = request.matchdict["code"], datetime.now(UTC)
    try:
        return _clock_in(request, code, _scanned_at(request, code, now))
    except Refusal as refusal:
        request.response.status = 400
        return {"error": str(refusal), "item": None, "camera": CAMERA}


def _clock_in(request, key: str, scanned_at: datetime) -> HTTPSeeOther:
    hold_identity(request)
    codes = _codes(request)
    # Not client_addr, which believes any header.
    device = clockins.Device(request.remote_addr or "", request.user_agent or "")
    try:
        done = clockins.clock_in(
            request.db,
            codes,
            key,
            user_id=request.identity.user_id,
            now=scanned_at,
            device=device,
        )
    except Refusal as refusal:
        if str(refusal) != clockins.ALREADY:
            raise
        # Tapped twice, or scanned again to be sure.
        _, item = clockins.scanned(request.db, codes, key, scanned_at)
        flash(request, f"您已经打过卡：{item.label}。", "info")
        return HTTPSeeOther(f"{PATH}{item.activity_id}/")
    flash(request, f"打卡成功：{done.label}。")
    return HTTPSeeOther(f"{PATH}{done.activity_id}/")


def _codes(request) -> clockin_codes.ClockinCodes:
    return request.registry["activities.codes"]


def _cookie(request) -> SignedCookieProfile:
    profile = SignedCookieProfile(
        _codes(request).secret,
        "activities.scan",
        "hhu_scan",
        secure=is_production(request.registry.settings),
        httponly=True,
        samesite="Lax",
        path=clockin_codes.PATH,
        max_age=int(_REMEMBERED.total_seconds()),
    )
    return profile.bind(request)


def _remember(request, code: str, now: datetime) -> None:
    headers = _cookie(request).get_headers([code, now.timestamp()])
    request.add_response_callback(lambda _, response: response.headers.extend(headers))


def _scanned_at(request, code: str, now: datetime) -> datetime:
    """When this browser opened the code's address, as far as that still counts; else now."""
    try:
        known, seconds = _cookie(request).get_value()
        moment = datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, json.JSONDecodeError):
        return now
    return moment if known == code and now - _REMEMBERED < moment <= now else now


def includeme(config) -> None:
    config.add_page(
        "activities.app.clockin",
        CAMERA,
        show_camera,
        title="扫码打卡",
        renderer=f"{_TEMPLATES}/app_camera.jinja2",
        icon="qr-code-scan",
        methods=("GET", "POST"),
    )
    scanned = f"{_TEMPLATES}/app_scanned.jinja2"
    config.add_page(
        "activities.app.scanned",
        _SCANNED,
        show_scanned,
        title="打卡",
        renderer=scanned,
        public=True,
    )
    config.add_view(
        clock_in,
        route_name="activities.app.scanned",
        request_method="POST",
        permission=SIGNED_IN,
        renderer=scanned,
    )
