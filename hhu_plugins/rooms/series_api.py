"""The REST services of series: planned, made, looked at, changed and given back by their holder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from hhu_base.rest import (
    FieldErrors,
    NotFound,
    body,
    no_such_object,
    paged,
    path_id,
    query,
    service,
)
from hhu_base.rest.serializers import NOTHING, list_of, page_of
from hhu_base.tasks.decisions import await_decision
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.errors import Conflict
from hhu_plugins.rooms import decisions, groups, plans, recurrence, serializers, series
from hhu_plugins.rooms.api import RESERVATION
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Reservation, Series, Term
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.policy import check_times
from hhu_plugins.rooms.reservation_api import GROUP, NOT_WRITTEN, find_own, refusal
from hhu_plugins.rooms.schemas import ReservationListSchema
from hhu_plugins.rooms.series_schemas import (
    DateSchema,
    SeriesChangeSchema,
    SeriesPlanSchema,
    SeriesSchema,
)

_BAD_RULE: list[Any] = [
    {TOGETHER: [recurrence.NO_END]},
    {TOGETHER: [recurrence.TOO_MANY]},
    {TOGETHER: ["预约会议时间不得少于30分钟，不得超过3小时。"]},
]
_NOT_TO_BE_HAD: list[Any] = [
    {TOGETHER: [series.NOTHING_CHOSEN]},
    {TOGETHER: [series.NOT_CHOSEN.format(2, "2030-01-22")]},
    {TOGETHER: [decisions.NOT_DECIDED]},
]

terms = service("reservations.terms", "/reservations/terms/")
series_plan = service("reservations.series.plan", "/reservations/series/plan/")
all_series = service("reservations.series", "/reservations/series/")
one_series = service("reservations.one-series", r"/reservations/series/{id:\d+}/")
series_dates = service("reservations.series.dates", r"/reservations/series/{id:\d+}/dates/")


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
    return serializers.PLAN(_plan(request))


@all_series.post(
    idempotent=True,
    validators=(body(SeriesSchema, summary=True),),
    answers={
        201: serializers.SERIES,
        400: _BAD_RULE + _NOT_TO_BE_HAD,
        409: [serializers.CHANGED_PLAN],
    },
)
def reserve_series(request):
    """Reserve all dates of a plan, or none: those that can't be had are skipped or changed.

    409 with the plan as it is now, if it is not the one of the digest, or has changed meanwhile.
    """
    wanted, user_id = request.validated, request.identity.user_id
    fingerprint, request_id = series.fingerprint(wanted), request_ids.current()
    request.response.status_code = 201
    if again := series.find_repeated(request.db, user_id, fingerprint, request_id):
        return serializers.SERIES(_loaded(request, again.id))
    plan = _plan(request)
    if plan.digest != wanted["digest"]:
        raise _changed(plan)
    chosen = series.chosen(request.registry["rooms.policy"], plan, _choices(wanted))
    series_id, group_id = series.submit(
        request.db,
        list(chosen.values()),
        user_id=user_id,
        by_user_id=user_id,
        description=wanted["description"],
        rule=_as_json(wanted["rule"]),
        fingerprint=fingerprint,
        decide_within=_timeout(request),
        request_id=request_id,
    )
    if reason := _refused(request, group_id):
        again = series.find_repeated(request.db, user_id, fingerprint, request_id)
        if again is None:
            raise _not_granted(reason, _plan(request), wanted["digest"])
        series_id = again.id
    return serializers.SERIES(_loaded(request, series_id))


@all_series.get(
    validators=(query(ReservationListSchema),), answers={200: page_of(serializers.SERIES)}
)
def list_series(request):
    """The caller's own with dates ahead, the newest first; ``past=yes``: all."""
    statement = (
        sa.select(Series)
        .options(_WITH_DATES)
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


@one_series.get(answers={200: serializers.SERIES})
def show_series(request):
    """One of the caller's own, with its dates."""
    return serializers.SERIES(_loaded(request, path_id(request)))


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
        400: [{TOGETHER: [series.NONE_AHEAD]}, *_NOT_TO_BE_HAD],
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
    slots = series.shifted(
        policy,
        rows,
        room_id=wanted["meetingroom"],
        reserve_from=wanted["reserve_from"],
        reserve_to=wanted["reserve_to"],
    )
    choices = _choices(wanted)
    skipped = {choice.index for choice in choices if choice.skip}
    ids = [row.id for index, row in enumerate(rows, 1) if index not in skipped]

    def plan() -> Plan:
        return plans.make_plan(
            request.db,
            policy,
            datetime.now(UTC),
            slots,
            instead_of=ids,
            # Times that nobody touches may be beyond the limits.
            may_exceed=wanted["reserve_from"] is None and wanted["reserve_to"] is None,
        )

    planned = plan()
    if wanted["digest"] is None:
        return serializers.PLAN(planned)
    if planned.digest != wanted["digest"]:
        raise _changed(planned)
    series_id = found.id
    group_id = series.submit_change(
        request.db,
        rows,
        series.chosen(policy, planned, choices),
        by_user_id=request.identity.user_id,
        description=wanted["description"],
        decide_within=_timeout(request),
        request_id=request_ids.current(),
    )
    if group_id is not None and (reason := _refused(request, group_id)):
        raise _not_granted(reason, plan(), wanted["digest"])
    return serializers.SERIES(_loaded(request, series_id))


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
    interval = check_times(
        request.registry["rooms.policy"],
        datetime.now(UTC),
        wanted["reserve_from"],
        wanted["reserve_to"],
    )
    rows = series.reservations(request.db, found.id)
    room_id = wanted["meetingroom"] or (rows[-1].room_id if rows else None)
    if room_id is None:
        raise FieldErrors({"meetingroom": [no_such_object("")]})
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
        decide_within=_timeout(request),
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


_WITH_DATES = selectinload(Series.reservations).options(
    joinedload(Reservation.room), joinedload(Reservation.series)
)


def _own(request) -> Series:
    found = series.find(request.db, request.identity.user_id, path_id(request))
    if found is None:
        raise NotFound
    return found


def _loaded(request, series_id: int) -> Series:
    found = request.db.scalar(
        sa.select(Series)
        .options(_WITH_DATES)
        .where(
            Series.id == series_id,
            Series.user_id == request.identity.user_id,
            Series.dates_count > 0,
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def _plan(request) -> Plan:
    wanted, policy = request.validated, request.registry["rooms.policy"]
    first = (wanted["reserve_from"], wanted["reserve_to"])
    room_id = wanted["meetingroom"] or wanted["meetingroom_object"]
    if first[1] <= first[0]:
        raise Refusal(policy.length_sentence, TOGETHER)
    [slot] = plans.slots(policy, room_id, [first])
    found = series.rule_dates(request.db, wanted["rule"], slot[1:], policy.zone)
    slots = plans.slots(policy, room_id, found)
    return plans.make_plan(request.db, policy, datetime.now(UTC), slots)


def _from(request, now: datetime) -> datetime:
    """The moment after which a date begins that is to be changed."""
    day: date | None = request.validated["from"]
    if day is None:
        return now
    midnight = datetime.combine(day, time(), request.registry.site_zone)
    return max(now, midnight - timedelta(microseconds=1))


def _choices(wanted: Mapping[str, Any]) -> list[series.Choice]:
    return [
        series.Choice(
            each["index"],
            each["skip"],
            each["meetingroom"],
            each["reserve_from"],
            each["reserve_to"],
        )
        for each in wanted["dates"]
    ]


def _as_json(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in rule.items()
    }


def _timeout(request) -> timedelta:
    return timedelta(seconds=request.registry["rooms.reservation_timeout"])


def _refused(request, group_id: int) -> str:
    """Wait for the decision; why it was refused, or nothing where it was granted."""
    timeout = request.registry["rooms.reservation_timeout"]
    status, reason, _ = await_decision(request, GROUP, group_id, timeout) or NOT_WRITTEN
    return "" if status == CONFIRMED else reason or decisions.NOT_DECIDED


def _not_granted(reason: str, plan: Plan, digest: str) -> Exception:
    """With the plan as it is now where there is something new in it."""
    if reason in (decisions.TAKEN, decisions.STALE) or plan.digest != digest:
        return _changed(plan)
    return Refusal(reason, TOGETHER)


def _changed(plan: Plan) -> Conflict:
    return Conflict(series.CHANGED, plan=serializers.PLAN(plan))
