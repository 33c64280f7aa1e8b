"""The files that somebody answered a form with, for those who may see the registrations."""

from __future__ import annotations

import logging

from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response

from hhu_base.admin import VIEW, TableContext, find_row
from hhu_base.web import responses
from hhu_plugins.activities import form_files
from hhu_plugins.activities.models import FormFile

log = logging.getLogger(__name__)


def download(context: TableContext, request) -> Response:
    """``GET /admin/activities/enrollments/ID/files/FILE``"""
    row = find_row(context)
    files = {str(file.id): file for file in form_files.of_answers(request.db, row).values()}
    if request.matchdict["file"] not in files:
        raise HTTPNotFound
    return respond(request, files[request.matchdict["file"]])


def respond(request, file: FormFile) -> Response:
    """The file as a download; also for the page of the person who sent it. Raises HTTPNotFound."""
    try:
        return responses.respond(
            request,
            request.registry["activities.uploads"].store.path_of(file.digest),
            size=file.size,
            etag=file.digest,
            type_=file.type,
            name=file.name,
            modified=file.created_at,
        )
    except FileNotFoundError:
        log.error("the file of answer %s is not in the store: %s", file.id, file.digest)
        raise HTTPNotFound from None


def includeme(config) -> None:
    path = r"/admin/{plugin:activities}/{table:enrollments}/{id:\d+}/files/{file:\d+}"
    config.add_route("activities.form_file", path, factory=TableContext)
    config.add_view(
        download, route_name="activities.form_file", request_method="GET", permission=VIEW
    )
