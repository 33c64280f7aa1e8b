"""The REST services of series: planned, made, looked at, changed and given back by their holder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from hhu_base.rest import (
    NotFound,
    body,
    paged,
    query,
    service,
)
from hhu_base.rest.serializers import list_of, page_of
from hhu_base.tasks.decisions import await_decision
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.errors import Conflict
from hhu_plugins.rooms import (
    approval_rules,
    decisions,
    plans,
    recurrence,
    serializers,
    series,
    series_plans,
)
from hhu_plugins.rooms.models import CONFIRMED, Reservation, Series, Term
from hhu_plugins.rooms.offers import Slot
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.reservation_api import GROUP, NOT_WRITTEN
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
    return serializers.PLAN(_plan(request))


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
    wanted, user_id = request.validated, request.identity.user_id
    fingerprint, request_id = series.fingerprint(wanted), request_ids.current()
    request.response.status_code = 201
    if again := series.find_repeated(request.db, user_id, fingerprint, request_id):
        return serializers.SERIES(loaded(request, again.id))
    plan = _plan(request)
    if plan.digest != wanted["digest"]:
        raise changed(plan)
    chosen = series_plans.chosen(request.registry["rooms.policy"], plan, read_choices(wanted))
    check_approval(request, list(chosen.values()))
    series_id, group_id = series.submit(
        request.db,
        list(chosen.values()),
        user_id=user_id,
        by_user_id=user_id,
        description=wanted["description"],
        rule=_as_json(wanted["rule"]),
        fingerprint=fingerprint,
        decide_within=decide_within(request),
        request_id=request_id,
    )
    if reason := refused(request, group_id):
        again = series.find_repeated(request.db, user_id, fingerprint, request_id)
        if again is None:
            raise not_granted(reason, _plan(request), wanted["digest"])
        series_id = again.id
    return serializers.SERIES(loaded(request, series_id))


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


_WITH_DATES = selectinload(Series.reservations).options(
    joinedload(Reservation.room), joinedload(Reservation.series)
)


def loaded(request, series_id: int) -> Series:
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
    found = series_plans.rule_dates(request.db, wanted["rule"], slot[1:], policy.zone)
    slots = plans.slots(policy, room_id, found)
    check_approval(request, slots)
    user_id = request.identity.user_id
    return plans.make_plan(request.db, policy, datetime.now(UTC), slots, user_id=user_id)


def check_approval(request, slots: Collection[Slot]) -> None:
    """Raises Refusal: somebody would have to agree to each of the dates."""
    policy, user_id = request.registry["rooms.policy"], request.identity.user_id
    approval_rules.check_slots(request.db, policy, user_id, slots, approval_rules.NO_SERIES)


def read_choices(wanted: Mapping[str, Any]) -> list[series_plans.Choice]:
    return [
        series_plans.Choice(
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


def decide_within(request) -> timedelta:
    return timedelta(seconds=request.registry["rooms.reservation_timeout"])


def refused(request, group_id: int) -> str:
    """Wait for the decision; why it was refused, or nothing where it was granted."""
    timeout = request.registry["rooms.reservation_timeout"]
    status, reason, _ = await_decision(request, GROUP, group_id, timeout) or NOT_WRITTEN
    return "" if status == CONFIRMED else reason or decisions.NOT_DECIDED


def not_granted(reason: str, plan: Plan, digest: str) -> Exception:
    """With the plan as it is now where there is something new in it."""
    if reason in (decisions.TAKEN, decisions.STALE) or plan.digest != digest:
        return changed(plan)
    return Refusal(reason, TOGETHER)


def changed(plan: Plan) -> Conflict:
    return Conflict(series.CHANGED, plan=serializers.PLAN(plan))
