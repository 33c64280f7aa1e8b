"""The JSON renderer: UTF-8, Chinese unescaped, times with the site's offset."""

from __future__ import annotations

import json
from datetime import date, datetime, tzinfo
from functools import partial
from typing import Any

from hhu_base.values.instants import isoformat


def dumps(value: Any, zone: tzinfo | None = None) -> str:
    """JSON for clients. NaN is an error here, since it would be one in every client."""
    return json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        default=partial(_convert, zone),
    )


def _convert(zone: tzinfo | None, value: Any) -> Any:
    if isinstance(value, datetime) and zone is not None:
        return isoformat(value, zone)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no form in JSON")


class JSONRenderer:
    """Pyramid's renderer factory ``json``, also used by every service."""

    def __init__(self, info):
        pass

    def __call__(self, value: Any, system: dict) -> bytes:
        request = system.get("request")
        if request is None:
            return dumps(value).encode()
        response = request.response
        if response.status_code == 204:
            response.content_type = None
            return b""
        if response.content_type == response.default_content_type:
            response.content_type = "application/json"
        return dumps(value, request.registry.site_zone).encode()


def includeme(config) -> None:
    config.add_renderer("json", JSONRenderer)
