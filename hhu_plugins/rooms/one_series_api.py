"""The REST services of one series: looked at, changed, given back, and one date more."""

from __future__ import annotations

from hhu_base.rest import NotFound, body, path_id, service
from hhu_base.rest.serializers import NOTHING
from hhu_base.values.refusal import TOGETHER
from hhu_plugins.rooms import (
    decisions,
    serializers,
    series,
    series_orders,
)
from hhu_plugins.rooms.series_api import (
    NOT_TO_BE_HAD,
)
from hhu_plugins.rooms.series_schemas import DateSchema, SeriesChangeSchema

one_series = service("reservations.one-series", r"/reservations/series/{id:\d+}/")
series_dates = service("reservations.series.dates", r"/reservations/series/{id:\d+}/dates/")


@one_series.get(answers={200: serializers.SERIES})
def show_series(request):
    """One of the caller's own, with its dates."""
    return serializers.SERIES(series_orders.loaded(request, path_id(request)))


@one_series.delete(answers={204: NOTHING})
def cancel_series(request):
    """Give back the dates that have not begun; 404 where there are none."""
    found = series_orders.find_own(request, path_id(request))
    policy = request.registry["rooms.policy"]
    if not series.cancel_ahead(request.db, policy, found.id, by_user_id=found.user_id):
        raise NotFound
    request.response.status_code = 204


@one_series.patch(
    idempotent=True,
    validators=(body(SeriesChangeSchema, summary=True),),
    answers={
        200: {"anyOf": [serializers.PLAN, serializers.SERIES]},
        400: [{TOGETHER: [series.NONE_AHEAD]}, *NOT_TO_BE_HAD],
        409: [decisions.STALE, serializers.CHANGED_PLAN],
    },
)
def change_series(request):
    """Give the dates ahead, ``from`` a day on, another room, other times or another description.

    The first of them gets the times that are sent, the others are moved alike. Without ``digest``
    it is only planned: 200 with the plan. With it all of them are changed, or none: those that are to
    stay as they are are skipped.
    """
    series_id = path_id(request)
    plan = series_orders.change(request, series_id, request.validated)
    if plan is not None:
        return serializers.PLAN(plan)
    return serializers.SERIES(series_orders.loaded(request, series_id))


@series_dates.post(
    idempotent=True,
    validators=(body(DateSchema, summary=True),),
    answers={
        201: serializers.RESERVATION,
        400: [serializers.TAKEN, {TOGETHER: [series.FULL]}, {TOGETHER: [decisions.NOT_DECIDED]}],
    },
)
def add_date(request):
    """Reserve another date of a series; what is left out is as in its last one."""
    made = series_orders.add_date(request, path_id(request), request.validated)
    request.response.status_code = 201
    return serializers.RESERVATION(made)
