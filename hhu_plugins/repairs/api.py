"""The REST services of repairs: the contract's section, and two calls beyond it.

``DELETE /repairs/ID/`` withdraws a request that nobody has taken up (204),
``POST /repairs/ID/reopen/`` with a ``reason`` reopens one that is solved (200, the request).
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from hhu_base.mail import outbox
from hhu_base.rest import (
    BadRequest,
    FieldErrors,
    NotFound,
    body,
    no_such_object,
    paged,
    path_id,
    service,
)
from hhu_base.rest.describing import NOTHING, list_of
from hhu_plugins.repairs import reporting, shapes
from hhu_plugins.repairs.models import WITHDRAWN, Category, Change, Request
from hhu_plugins.repairs.schemas import ReopeningSchema, RequestSchema

categories = service("repairs.categories", "/repairs/categories/")
repairs = service("repairs", "/repairs/")
repair = service("repair", r"/repairs/{id:\d+}/")
reopening = service("repair.reopen", r"/repairs/{id:\d+}/reopen/")


@categories.get(answers={200: list_of(shapes.CATEGORY)})
def list_categories(request):
    """All categories, by name."""
    found = request.db.scalars(sa.select(Category).order_by(Category.name, Category.id))
    return [shapes.category(category) for category in found]


@repairs.post(idempotent=True, validators=(body(RequestSchema),), answers={201: shapes.NEW_REQUEST})
def report(request):
    """Tell what is broken.

    The same told again within ten seconds is the same request, and answered with it.
    """
    told = request.validated
    try:
        reported = reporting.submit(
            request.db,
            request.registry["repairs.letters"],
            user_id=request.identity.user_id,
            location=told["location"],
            category_id=told["category"],
            description=told["description"],
        )
    except reporting.NoSuchCategory:
        raise FieldErrors({"category": [no_such_object(told["category"])]}) from None
    request.enqueue(outbox.TASK)
    request.response.status_code = 201
    return shapes.new_request(reported)


@repairs.get(answers={200: shapes.REQUESTS})
def list_requests(request):
    """The caller's own, newest first."""
    statement = _own(request).options(joinedload(Request.category)).order_by(Request.id.desc())
    return paged(request, statement, shapes.request)


@repair.get(answers={200: shapes.REQUEST_WITH_HISTORY})
def show_request(request):
    """One of the caller's own, with all that became of it."""
    return _show(request)


@repair.delete(answers={204: NOTHING, 400: [reporting.NOT_OPEN]})
def withdraw_request(request):
    """Take one's own back while nobody has taken it up."""
    _do(request, reporting.withdraw)
    request.response.status_code = 204


@reopening.post(
    idempotent=True,
    validators=(body(ReopeningSchema),),
    answers={200: shapes.REQUEST_WITH_HISTORY, 400: [reporting.NOT_SOLVED]},
)
def reopen_request(request):
    """It is not solved after all."""
    _do(request, reporting.reopen, reason=request.validated["reason"])
    return _show(request)


def _do(request, rule, **values) -> None:
    letters = request.registry["repairs.letters"]
    user_id = request.identity.user_id
    try:
        if not rule(request.db, letters, path_id(request), user_id=user_id, **values):
            raise NotFound
    except reporting.NotAllowed as refusal:
        raise BadRequest(str(refusal)) from None
    request.enqueue(outbox.TASK)


def _show(request) -> dict:
    found = request.db.scalar(
        _own(request)
        .where(Request.id == path_id(request))
        .options(
            joinedload(Request.category),
            selectinload(Request.history).joinedload(Change.user),
        )
    )
    if found is None:
        raise NotFound
    return shapes.request_with_history(found)


def _own(request) -> sa.Select:
    return sa.select(Request).where(
        Request.user_id == request.identity.user_id, Request.status != WITHDRAWN
    )
