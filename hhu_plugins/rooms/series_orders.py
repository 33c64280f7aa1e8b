"""A series as REST and pages ask for it: planned, made, changed, with one date more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from hhu_base.rest import FieldErrors, NotFound, no_such_object
from hhu_base.tasks.decisions import await_decision
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.errors import Conflict
from hhu_plugins.rooms import (
    approval_rules,
    booking,
    decisions,
    groups,
    orders,
    plans,
    recurrence,
    serializers,
    series,
    series_plans,
)
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Reservation, Series
from hhu_plugins.rooms.offers import Slot
from hhu_plugins.rooms.orders import GROUP, NOT_WRITTEN, RESERVATION
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.policy import check_times

WITH_DATES = selectinload(Series.reservations).options(
    joinedload(Reservation.room), joinedload(Reservation.series)
)


class PlanChanged(Conflict):
    """The plan is not the one of the digest any more; ``plan`` is what it is now."""

    def __init__(self, plan: Plan):
        super().__init__(series.CHANGED, plan=serializers.PLAN(plan))
        self.plan = plan


def plan(request, wanted: Mapping[str, Any]) -> Plan:
    """What the dates would be of what ``SeriesPlanSchema`` has read. Raises Refusal."""
    policy = request.registry["rooms.policy"]
    first = (wanted["reserve_from"], wanted["reserve_to"])
    room_id = wanted["meetingroom"] or wanted["meetingroom_object"]
    if first[1] <= first[0]:
        raise Refusal(policy.length_sentence, TOGETHER)
    [slot] = plans.slots(policy, room_id, [first])
    found = series_plans.rule_dates(request.db, wanted["rule"], slot[1:], policy.zone)
    slots = plans.slots(policy, room_id, found)
    _check_approval(request, slots)
    user_id = request.identity.user_id
    return plans.make_plan(request.db, policy, datetime.now(UTC), slots, user_id=user_id)


def reserve(request, wanted: Mapping[str, Any]) -> Series:
    """Reserve all dates of a plan, or none: what ``SeriesSchema`` has read.

    Raises Refusal and PlanChanged.
    """
    user_id = request.identity.user_id
    fingerprint, request_id = series.fingerprint(wanted), request_ids.current()
    if again := series.find_repeated(request.db, user_id, fingerprint, request_id):
        return loaded(request, again.id)
    made = plan(request, wanted)
    if made.digest != wanted["digest"]:
        raise PlanChanged(made)
    chosen = series_plans.chosen(
        request.registry["rooms.policy"], made, series_plans.read_choices(wanted["dates"])
    )
    _check_approval(request, list(chosen.values()))
    series_id, group_id = series.submit(
        request.db,
        list(chosen.values()),
        user_id=user_id,
        by_user_id=user_id,
        description=wanted["description"],
        rule=_as_json(wanted["rule"]),
        fingerprint=fingerprint,
        decide_within=_decide_within(request),
        request_id=request_id,
    )
    if reason := _refused(request, group_id):
        again = series.find_repeated(request.db, user_id, fingerprint, request_id)
        if again is None:
            raise _not_granted(reason, plan(request, wanted), wanted["digest"])
        series_id = again.id
    return loaded(request, series_id)


def loaded(request, series_id: int) -> Series:
    """The caller's own, with its dates. Raises NotFound."""
    found = request.db.scalar(
        sa.select(Series)
        .options(WITH_DATES)
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


def find_own(request, series_id: int) -> Series:
    """Raises NotFound."""
    found = series.find(request.db, request.identity.user_id, series_id)
    if found is None:
        raise NotFound
    return found


def change(request, series_id: int, wanted: Mapping[str, Any]) -> Plan | None:
    """Change the dates ahead, all or none: what ``SeriesChangeSchema`` has read.

    Without a digest nothing is done, and what is returned is the plan. Raises NotFound, Refusal and
    PlanChanged.
    """
    policy = request.registry["rooms.policy"]
    found = find_own(request, series_id)
    after = _begin_after(request, wanted["from"])
    rows = series.reservations(request.db, found.id, begin_after=after)
    if not rows:
        raise Refusal(series.NONE_AHEAD, TOGETHER)
    slots = series_plans.shifted(
        policy,
        rows,
        room_id=wanted["meetingroom"],
        reserve_from=wanted["reserve_from"],
        reserve_to=wanted["reserve_to"],
    )
    choices = series_plans.read_choices(wanted["dates"])
    skipped = {choice.index for choice in choices if choice.skip}
    ids = [row.id for index, row in enumerate(rows, 1) if index not in skipped]

    def now_planned() -> Plan:
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

    planned = now_planned()
    if wanted["digest"] is None:
        return planned
    if planned.digest != wanted["digest"]:
        raise PlanChanged(planned)
    chosen = series_plans.chosen(policy, planned, choices)
    stored = {(row.room_id, row.reserve_from, row.reserve_to) for row in rows}
    _check_approval(request, [slot for slot in chosen.values() if slot not in stored])
    group_id = series.submit_change(
        request.db,
        rows,
        chosen,
        by_user_id=request.identity.user_id,
        description=wanted["description"],
        decide_within=_decide_within(request),
        request_id=request_ids.current(),
    )
    if group_id is not None and (reason := _refused(request, group_id)):
        raise _not_granted(reason, now_planned(), wanted["digest"])
    return None


def add_date(request, series_id: int, wanted: Mapping[str, Any]) -> Reservation:
    """Reserve another date: what ``DateSchema`` has read. Raises NotFound and Refusal."""
    found = find_own(request, series_id)
    if found.dates_count >= recurrence.MOST_DATES:
        raise Refusal(series.FULL, TOGETHER)
    rows = series.reservations(request.db, found.id)
    room_id = wanted["meetingroom"] or (rows[-1].room_id if rows else None)
    if room_id is None:
        raise FieldErrors({"meetingroom": [no_such_object("")]})
    rules = booking.policy_in(request.db, request.registry["rooms.policy"], room_id)
    times = (wanted["reserve_from"], wanted["reserve_to"])
    interval = check_times(rules, datetime.now(UTC), *times)
    _check_approval(request, [Slot(room_id, *interval)])
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
        decide_within=_decide_within(request),
        request_id=request_ids.current(),
    )
    timeout = request.registry["rooms.reservation_timeout"]
    status, reason, repeats_id = (
        await_decision(request, RESERVATION, reservation_id, timeout) or NOT_WRITTEN
    )
    if status == CONFIRMED or repeats_id is not None:
        return orders.find_own(request, repeats_id or reservation_id)
    raise orders.refusal(request, reason, request.db.get_one(Meetingroom, room_id), interval)


def _check_approval(request, slots: Collection[Slot]) -> None:
    """Raises Refusal: somebody would have to agree to each of the dates."""
    policy, user_id = request.registry["rooms.policy"], request.identity.user_id
    approval_rules.check_slots(request.db, policy, user_id, slots, approval_rules.NO_SERIES)


def _as_json(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in rule.items()
    }


def _decide_within(request) -> timedelta:
    return timedelta(seconds=request.registry["rooms.reservation_timeout"])


def _refused(request, group_id: int) -> str:
    """Wait for the decision; why it was refused, or nothing where it was granted."""
    timeout = request.registry["rooms.reservation_timeout"]
    status, reason, _ = await_decision(request, GROUP, group_id, timeout) or NOT_WRITTEN
    return "" if status == CONFIRMED else reason or decisions.NOT_DECIDED


def _not_granted(reason: str, now: Plan, digest: str) -> Exception:
    """With the plan as it is now where there is something new in it."""
    if reason in (decisions.TAKEN, decisions.STALE) or now.digest != digest:
        return PlanChanged(now)
    return Refusal(reason, TOGETHER)


def _begin_after(request, day: date | None) -> datetime:
    """The moment after which a date begins that is to be changed."""
    now = datetime.now(UTC)
    if day is None:
        return now
    midnight = datetime.combine(day, time(), request.registry.site_zone)
    return max(now, midnight - timedelta(microseconds=1))
