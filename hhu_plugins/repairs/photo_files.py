"""The file of a photo as an answer: what is under its address never changes, so browsers keep it."""

from __future__ import annotations

import logging

from pyramid.response import Response

from hhu_base.documents.photos import TYPE
from hhu_base.rest import NotFound, path_id
from hhu_base.web import responses
from hhu_plugins.repairs import photos

log = logging.getLogger(__name__)

# Below the page of its request, whose id is ``{id}``.
PHOTO_PATH = r"photos/{photo:\d{1,18}}/{size:small|large}.jpg"


def respond_photo(request) -> Response:
    """The photo of the path, for who may see its request. Raises NotFound."""
    photo = photos.find(request.db, path_id(request), path_id(request, "photo"))
    if photo is None:
        raise NotFound
    digest = getattr(photo, request.matchdict["size"])
    try:
        return responses.respond(
            request,
            request.registry["repairs.photo_store"].path_of(digest),
            etag=digest,
            type_=TYPE,
            name=None,
            modified=photo.uploaded_at,
            caching=responses.IMMUTABLE,
        )
    except FileNotFoundError:
        log.error("the file of photo %s is not in the store: %s", photo.id, digest)
        raise NotFound from None
