"""The file of a photo as an answer: what is under its address never changes, so browsers keep it."""

from __future__ import annotations

import logging

from pyramid.response import Response

from hhu_base.web import responses
from hhu_plugins.rooms import photos
from hhu_plugins.rooms.models import Photo

log = logging.getLogger(__name__)


def respond(request, photo: Photo, size: str) -> Response:
    """``size``: one of ``photos.SIZES``. Raises FileNotFoundError."""
    digest = getattr(photo, size)
    try:
        return responses.respond(
            request,
            request.registry["rooms.photo_store"].path_of(digest),
            etag=digest,
            type_=photos.TYPE,
            name=None,
            modified=photo.uploaded_at,
            caching=responses.IMMUTABLE,
        )
    except FileNotFoundError:
        log.error("the file of photo %s is not in the store: %s", photo.id, digest)
        raise
