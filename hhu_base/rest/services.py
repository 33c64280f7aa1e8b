"""``service``: a Cornice service with our defaults."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from cornice import Service
from webob.acceptparse import create_accept_header

from hhu_base.rest import idempotency
from hhu_base.rest.serializers import Documentation, is_plain
from hhu_base.values.refusal import FieldErrors
from hhu_base.values.schema_types import BIGINT_MAX
from hhu_base.web.errors import NotAcceptable, NotFound, UnsupportedMediaType
from hhu_base.web.json_renderer import PLAIN
from hhu_base.web.request import FORM

# No type at all is read as JSON: the oldest client sends none with its empty bodies.
BODY_TYPES = frozenset(("application/json", FORM, ""))

_PLACEHOLDER_WITHOUT_PATTERN = re.compile(r"\{\w+\}")


def service(name: str, path: str, **kw: Any) -> Service:
    """A service at ``path``, for people who are signed in unless ``permission`` says otherwise.

    To be made at module level and found by ``config.scan``. ``path`` is written in full and ends
    with a slash; the one without is answered too. A view that does not answer JSON says
    ``exclude=must_accept_json``. ``answers`` of a view, and ``reads`` for what it reads without a
    validator, are for the API document: see ``hhu_base.rest.serializers``. A POST that makes a row
    says ``idempotent=True``: see ``hhu_base.rest.idempotency``.
    """
    if not (path.startswith("/") and path.endswith("/")):
        raise ValueError(f"the path of a service begins and ends with a slash: {path}")
    if _PLACEHOLDER_WITHOUT_PATTERN.search(path):
        # Services are registered in alphabetical order: /x/{id}/ would swallow /x/available/.
        raise ValueError(f"a placeholder needs a pattern, such as {{id:\\d+}}: {path}")
    kw.setdefault("permission", "signed-in")
    # A client is known by its Authorization header, which no foreign page can make a browser send.
    kw.setdefault("require_csrf", False)
    # Three frames up is the module that calls us, which is the one that is scanned.
    return _Service(name, path, depth=3, **kw)


def path_id(request, name: str = "id") -> int:
    """The id in the path. What no row can have is not found, whatever it is."""
    text = request.matchdict[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 100):
        raise NotFound
    number = int(text)
    if number > BIGINT_MAX:
        raise NotFound
    return number


def must_accept_json(request, **kw: Any) -> None:
    """406 for who does not take JSON. Checked here, since Cornice's way registers a view per type."""
    if not _takes_json(request.environ.get("HTTP_ACCEPT", "")):
        raise NotAcceptable


def must_send_json_or_form(request, **kw: Any) -> None:
    """415 for a body of another type; an empty body has no type, whatever its header says."""
    if (
        request.method in ("POST", "PUT", "PATCH")
        and request.is_body_readable
        and request.content_type.lower() not in BODY_TYPES
    ):
        raise UnsupportedMediaType


@lru_cache(maxsize=256)
def _takes_json(header: str) -> bool:
    return not header or bool(create_accept_header(header).acceptable_offers(["application/json"]))


def _raise_errors(request):
    """For a view that uses Cornice's ``request.errors``: our shape, and a rollback."""
    errors: dict[str, list[str]] = {}
    for error in request.errors:
        errors.setdefault(error["name"] or "non_field_errors", []).append(error["description"])
    raise FieldErrors(errors)


class _Service(Service):
    renderer = "json"
    default_validators = (must_accept_json, must_send_json_or_form)

    def __init__(self, *args: Any, **kw: Any):
        self.described: dict[str, Documentation] = {}
        super().__init__(*args, **kw)

    def add_view(
        self, method, view, *, answers=None, reads=(), idempotent: bool = False, **kw: Any
    ) -> None:
        if idempotent:
            view, reads = idempotency.once(view), (*reads, idempotency.HEADER)
        if answers is not None:
            self.described[method.upper()] = Documentation(answers, tuple(reads))
            if all(is_plain(shape) for status, shape in answers.items() if status < 400):
                kw.setdefault("renderer", PLAIN)
        super().add_view(method, view, **kw)

    def default_error_handler(self, request):
        return _raise_errors(request)


def includeme(config) -> None:
    # Cornice's own exception view would answer in its shape instead of ours.
    config.add_settings({"handle_exceptions": False})
    config.include("cornice")
