"""The REST services of series: planned, made, looked at, changed and given back by their holder."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hhu_base.rest import (
    body,
    paged,
    query,
    service,
)
from hhu_base.rest.serializers import list_of, page_of
from hhu_base.values.refusal import TOGETHER
from hhu_plugins.rooms import (
    decisions,
    recurrence,
    serializers,
    series_orders,
    series_plans,
)
from hhu_plugins.rooms.models import CONFIRMED, Reservation, Series, Term
from hhu_plugins.rooms.schemas import ReservationListSchema
from hhu_plugins.rooms.series_schemas import (
    SeriesPlanSchema,
    SeriesSchema,
)

_BAD_RULE: list[Any] = [
    {TOGETHER: [recurrence.NO_END]},
    {TOGETHER: [recurrence.TOO_MANY]},
    {TOGETHER: ["预约会议时间不得少于30分钟，不得超过3小时。"]},
]
NOT_TO_BE_HAD: list[Any] = [
    {TOGETHER: [series_plans.NOTHING_CHOSEN]},
    {TOGETHER: [series_plans.NOT_CHOSEN.format(2, "2030-01-22")]},
    {TOGETHER: [decisions.NOT_DECIDED]},
]

terms = service("reservations.terms", "/reservations/terms/")
series_plan = service("reservations.series.plan", "/reservations/series/plan/")
all_series = service("reservations.series", "/reservations/series/")


@terms.get(answers={200: list_of(serializers.TERM)})
def list_terms(request):
    """The terms whose teaching weeks are known, the latest first."""
    found = request.db.scalars(sa.select(Term).order_by(Term.first_monday.desc(), Term.id))
    return list_of(serializers.TERM)(found)


@series_plan.post(
    validators=(body(SeriesPlanSchema, summary=True),),
    answers={200: serializers.PLAN, 400: _BAD_RULE},
)
def plan_series(request):
    """What a series would be: its dates, which of them can be had, and what there is instead.

    Nothing is stored. At most 60 dates, each at the same time of the day.
    """
    return serializers.PLAN(series_orders.plan(request, request.validated))


@all_series.post(
    idempotent=True,
    validators=(body(SeriesSchema, summary=True),),
    answers={
        201: serializers.SERIES,
        400: _BAD_RULE + NOT_TO_BE_HAD,
        409: [serializers.CHANGED_PLAN],
    },
)
def reserve_series(request):
    """Reserve all dates of a plan, or none: those that can't be had are skipped or changed.

    409 with the plan as it is now, if it is not the one of the digest, or has changed meanwhile.
    """
    request.response.status_code = 201
    return serializers.SERIES(series_orders.reserve(request, request.validated))


@all_series.get(
    validators=(query(ReservationListSchema),), answers={200: page_of(serializers.SERIES)}
)
def list_series(request):
    """The caller's own with dates ahead, the newest first; ``past=yes``: all."""
    statement = (
        sa.select(Series)
        .options(series_orders.WITH_DATES)
        .where(Series.user_id == request.identity.user_id, Series.dates_count > 0)
        .order_by(Series.id.desc())
    )
    if not request.validated["past"]:
        ahead = sa.exists().where(
            Reservation.series_id == Series.id,
            Reservation.status == CONFIRMED,
            Reservation.reserve_to > sa.func.now(),
        )
        statement = statement.where(ahead)
    return paged(request, statement, serializers.SERIES)
