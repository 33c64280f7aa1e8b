"""The file of a guide as an answer, whole or in part; each download is counted."""

from __future__ import annotations

import logging

from pyramid.response import Response

from hhu_base.rest import NotFound
from hhu_base.web import responses
from hhu_plugins.guides import counts, library

log = logging.getLogger(__name__)


def respond(request, guide_id: int) -> Response:
    """Raises NotFound."""
    version = library.current_version(request.db, guide_id)
    if version is None:
        raise NotFound
    shelf = request.registry["guides.shelf"]
    try:
        response = responses.respond(
            request,
            shelf.store.path_of(version.digest),
            size=version.size,
            etag=version.digest,
            type_=version.type,
            name=version.name,
            modified=version.uploaded_at,
        )
    except FileNotFoundError:
        log.error("the file of guide %s is not in the store: %s", guide_id, version.digest)
        raise NotFound from None
    if request.method == "GET" and responses.is_whole(response):
        counts.add_download(request.db, guide_id)
    return response
