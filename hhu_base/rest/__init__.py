"""REST plumbing: what every Cornice service of the base and of the plugins stands on.

A plugin's ``api.py`` needs nothing else::

    from hhu_base.rest import Identifier, Text, body, service

    class RepairSchema(colander.MappingSchema):
        location = Text(max_length=255)
        category = Identifier()

    repairs = service("repairs", "/repairs/")

    @repairs.post(validators=(body(RepairSchema),))
    def report(request):
        return requests.submit(request.db, request.identity.user_id, **request.validated)
"""

from hhu_base.rest.paging import paged
from hhu_base.rest.services import must_accept_json, path_id, service
from hhu_base.rest.validation import body, form, query
from hhu_base.values.instants import isoformat
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.values.schema_fields import (
    Day,
    Identifier,
    Instant,
    Name,
    Search,
    Secret,
    Text,
    WholeNumber,
    YesNo,
)
from hhu_base.values.schema_types import no_such_object
from hhu_base.web.errors import Forbidden, NotFound, TooManyRequests, Unavailable

__all__ = [
    "Day",
    "FieldErrors",
    "Forbidden",
    "Identifier",
    "Instant",
    "Name",
    "NotFound",
    "Refusal",
    "Search",
    "Secret",
    "TOGETHER",
    "Text",
    "TooManyRequests",
    "Unavailable",
    "WholeNumber",
    "YesNo",
    "body",
    "form",
    "isoformat",
    "must_accept_json",
    "no_such_object",
    "paged",
    "path_id",
    "query",
    "service",
]


def includeme(config) -> None:
    config.include("hhu_base.rest.services")
    config.include("hhu_base.rest.validation")
    config.include("hhu_base.rest.idempotency")
    config.include("hhu_base.rest.openapi")
