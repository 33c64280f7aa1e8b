"""``/app/rooms/photos/ID/SIZE.jpg``: a photo of a room, for pages, where the session counts."""

from __future__ import annotations

from pyramid.httpexceptions import HTTPNotFound

from hhu_plugins.rooms import photo_files
from hhu_plugins.rooms.models import Photo

_ROUTE = "rooms.photo"


def show(request):
    """``GET``; ``size`` is small or large."""
    photo = request.db.get(Photo, int(request.matchdict["id"]))
    if photo is None:
        raise HTTPNotFound
    try:
        return photo_files.respond(request, photo, request.matchdict["size"])
    except FileNotFoundError:
        raise HTTPNotFound from None


def includeme(config) -> None:
    config.add_route(_ROUTE, r"/app/rooms/photos/{id:\d{1,18}}/{size:small|large}.jpg")
    config.add_view(show, route_name=_ROUTE, request_method="GET", permission="signed-in")
