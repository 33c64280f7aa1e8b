"""The REST services of repairs: the contract's section, and three calls beyond it.

``DELETE /repairs/ID/`` withdraws a request that nobody has taken up (204),
``POST /repairs/ID/reopen/`` with a ``reason`` reopens one that is solved (200, the request),
``POST /repairs/ID/confirm/`` with a ``rating`` and a ``remark``, if one likes, says that it is (200, the request).
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from hhu_base.rest import NotFound, body, paged, path_id, service
from hhu_base.rest.serializers import NOTHING, list_of, page_of
from hhu_plugins.repairs import confirmations, requests, serializers, submission, timeline
from hhu_plugins.repairs.models import RepairCategory, RepairRequest
from hhu_plugins.repairs.schemas import ConfirmationSchema, ReopeningSchema, RequestSchema

categories = service("repairs.categories", "/repairs/categories/")
repairs = service("repairs", "/repairs/")
repair = service("repair", r"/repairs/{id:\d+}/")
reopening = service("repair.reopen", r"/repairs/{id:\d+}/reopen/")
confirmation = service("repair.confirm", r"/repairs/{id:\d+}/confirm/")


@categories.get(answers={200: list_of(serializers.CATEGORY)})
def list_categories(request):
    """All categories, by name."""
    found = request.db.scalars(
        sa.select(RepairCategory).order_by(RepairCategory.name_key, RepairCategory.id)
    )
    return list_of(serializers.CATEGORY)(found)


@repairs.post(
    idempotent=True, validators=(body(RequestSchema),), answers={201: serializers.NEW_REQUEST}
)
def report(request):
    """Tell what is broken.

    The same told again within ten seconds is the same request, and answered with it.
    """
    told = request.validated
    reported = submission.submit(
        request.db,
        request.registry["repairs.letters"],
        user_id=request.identity.user_id,
        location=told["location"],
        category_id=told["category"],
        description=told["description"],
    )
    request.response.status_code = 201
    return serializers.NEW_REQUEST(reported)


@repairs.get(answers={200: page_of(serializers.REQUEST)})
def list_requests(request):
    """The caller's own, newest first."""
    own = requests.own_requests(request.identity.user_id)
    statement = own.options(joinedload(RepairRequest.category))
    return paged(request, statement, serializers.REQUEST)


@repair.get(answers={200: serializers.REQUEST_WITH_HISTORY})
def show_request(request):
    """One of the caller's own, with all that became of it."""
    return _show(request)


@repair.delete(answers={204: NOTHING, 400: [requests.NOT_OPEN]})
def withdraw_request(request):
    """Take one's own back while nobody has taken it up."""
    _do(request, requests.withdraw, letters=request.registry["repairs.letters"])
    request.response.status_code = 204


@reopening.post(
    idempotent=True,
    validators=(body(ReopeningSchema),),
    answers={200: serializers.REQUEST_WITH_HISTORY, 400: [requests.NOT_SOLVED]},
)
def reopen_request(request):
    """It is not solved after all."""
    letters = request.registry["repairs.letters"]
    _do(request, requests.reopen, letters=letters, reason=request.validated["reason"])
    return _show(request)


@confirmation.post(
    idempotent=True,
    validators=(body(ConfirmationSchema),),
    answers={
        200: serializers.REQUEST_WITH_HISTORY,
        400: [confirmations.NOT_SOLVED, confirmations.ALREADY_CONFIRMED],
    },
)
def confirm_request(request):
    """It is solved, and how content one is: 1 to 5, if one likes, and a word."""
    after = request.registry["repairs.confirm_after"]
    _do(request, confirmations.confirm, after=after, **request.validated)
    return _show(request)


def _do(request, rule, **values) -> None:
    user_id = request.identity.user_id
    if not rule(request.db, request_id=path_id(request), user_id=user_id, **values):
        raise NotFound


def _show(request) -> dict:
    found = requests.find_own(request.db, request.identity.user_id, path_id(request))
    if found is None:
        raise NotFound
    after = request.registry["repairs.confirm_after"]
    steps = timeline.of(found, after, is_office=False)
    told = [step for step in steps if step.kind in serializers.KINDS]
    return serializers.REQUEST_WITH_HISTORY(found) | {"history": serializers.HISTORY(told)}
