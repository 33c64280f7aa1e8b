"""The REST services of one series: looked at, changed, given back, and one date more."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hhu_base.rest import FieldErrors, NotFound, body, no_such_object, path_id, service
from hhu_base.rest.serializers import NOTHING
from hhu_base.tasks.decisions import await_decision
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms import (
    booking,
    decisions,
    groups,
    plans,
    recurrence,
    serializers,
    series,
    series_plans,
)
from hhu_plugins.rooms.api import RESERVATION
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Series
from hhu_plugins.rooms.offers import Slot
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.policy import check_times
from hhu_plugins.rooms.reservation_api import NOT_WRITTEN, find_own, refusal
from hhu_plugins.rooms.series_api import (
    NOT_TO_BE_HAD,
    changed,
    check_approval,
    decide_within,
    loaded,
    not_granted,
    read_choices,
    refused,
)
from hhu_plugins.rooms.series_schemas import DateSchema, SeriesChangeSchema

one_series = service("reservations.one-series", r"/reservations/series/{id:\d+}/")
series_dates = service("reservations.series.dates", r"/reservations/series/{id:\d+}/dates/")


@one_series.get(answers={200: serializers.SERIES})
def show_series(request):
    """One of the caller's own, with its dates."""
    return serializers.SERIES(loaded(request, path_id(request)))


@one_series.delete(answers={204: NOTHING})
def cancel_series(request):
    """Give back the dates that have not begun; 404 where there are none."""
    found = _own(request)
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
    wanted, now = request.validated, datetime.now(UTC)
    policy = request.registry["rooms.policy"]
    found = _own(request)
    rows = series.reservations(request.db, found.id, begin_after=_from(request, now))
    if not rows:
        raise Refusal(series.NONE_AHEAD, TOGETHER)
    slots = series_plans.shifted(
        policy,
        rows,
        room_id=wanted["meetingroom"],
        reserve_from=wanted["reserve_from"],
        reserve_to=wanted["reserve_to"],
    )
    choices = read_choices(wanted)
    skipped = {choice.index for choice in choices if choice.skip}
    ids = [row.id for index, row in enumerate(rows, 1) if index not in skipped]

    def plan() -> Plan:
        return plans.make_plan(
            request.db,
            policy,
            datetime.now(UTC),
            slots,
            user_id=request.identity.user_id,
            instead_of=ids,
            # Times that nobody touches may be beyond the limits.
            may_exceed=wanted["reserve_from"] is None and wanted["reserve_to"] is None,
        )

    planned = plan()
    if wanted["digest"] is None:
        return serializers.PLAN(planned)
    if planned.digest != wanted["digest"]:
        raise changed(planned)
    chosen = series_plans.chosen(policy, planned, choices)
    stored = {(row.room_id, row.reserve_from, row.reserve_to) for row in rows}
    check_approval(request, [slot for slot in chosen.values() if slot not in stored])
    series_id = found.id
    group_id = series.submit_change(
        request.db,
        rows,
        chosen,
        by_user_id=request.identity.user_id,
        description=wanted["description"],
        decide_within=decide_within(request),
        request_id=request_ids.current(),
    )
    if group_id is not None and (reason := refused(request, group_id)):
        raise not_granted(reason, plan(), wanted["digest"])
    return serializers.SERIES(loaded(request, series_id))


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
    wanted, found = request.validated, _own(request)
    if found.dates_count >= recurrence.MOST_DATES:
        raise Refusal(series.FULL, TOGETHER)
    rows = series.reservations(request.db, found.id)
    room_id = wanted["meetingroom"] or (rows[-1].room_id if rows else None)
    if room_id is None:
        raise FieldErrors({"meetingroom": [no_such_object("")]})
    rules = booking.policy_in(request.db, request.registry["rooms.policy"], room_id)
    times = (wanted["reserve_from"], wanted["reserve_to"])
    interval = check_times(rules, datetime.now(UTC), *times)
    check_approval(request, [Slot(room_id, *interval)])
    wish = groups.NewReservation(
        found.user_id,
        room_id,
        interval,
        wanted["description"] or (rows[-1].description if rows else found.description),
        found.id,
    )
    reservation_id = groups.submit(
        request.db,
        [wish],
        by_user_id=found.user_id,
        decide_within=decide_within(request),
        request_id=request_ids.current(),
    )
    timeout = request.registry["rooms.reservation_timeout"]
    status, reason, repeats_id = (
        await_decision(request, RESERVATION, reservation_id, timeout) or NOT_WRITTEN
    )
    request.response.status_code = 201
    if status == CONFIRMED or repeats_id is not None:
        return serializers.RESERVATION(find_own(request, repeats_id or reservation_id))
    raise refusal(request, reason, request.db.get_one(Meetingroom, room_id), interval)


def _own(request) -> Series:
    found = series.find(request.db, request.identity.user_id, path_id(request))
    if found is None:
        raise NotFound
    return found


def _from(request, now: datetime) -> datetime:
    """The moment after which a date begins that is to be changed."""
    day: date | None = request.validated["from"]
    if day is None:
        return now
    midnight = datetime.combine(day, time(), request.registry.site_zone)
    return max(now, midnight - timedelta(microseconds=1))
