"""重复 in 预约会议室: the rule that is filled in, the plan of its dates, and their reservation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import colander
import sqlalchemy as sa

from hhu_base.rest import query
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import FieldErrors
from hhu_plugins.rooms import booking, groups, plans, series, series_plans
from hhu_plugins.rooms.admin import changes, plan_form
from hhu_plugins.rooms.admin.room_choice import Draft
from hhu_plugins.rooms.models import Reservation, Term
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.series_schemas import RuleSchema

DAY, WEEK, WEEKS = "day", "week", "weeks"
NO_WEEKS = "请填写教学周，例如：1-16 单周，或 3,5,7-9。"
_RULE = query(RuleSchema)
_TEXTS = {DAY: ("every", "until", "count"), WEEK: ("every", "until", "count")} | {
    WEEKS: ("weeks", "term")
}


def is_repeated(draft: Draft) -> bool:
    return draft.texts.get("repeat") in _TEXTS


def read_rule(request, draft: Draft) -> dict[str, Any]:
    """The rule that is filled in. Raises FieldErrors."""
    kind = draft.texts["repeat"]
    rule: dict[str, Any] = {} if kind == WEEKS else {"every": "1", "unit": kind}
    rule |= {name: text for name in _TEXTS[kind] if (text := draft.texts.get(name, "").strip())}
    if kind == WEEKS and "weeks" not in rule:
        raise FieldErrors({"weeks": [NO_WEEKS]})
    if kind != DAY and draft.weekdays:
        rule["weekdays"] = draft.weekdays
    try:
        return _RULE.bound(request.registry).deserialize(rule)
    except colander.Invalid as invalid:
        translate = request.localizer.translate
        errors = {
            each.node.name: [translate(text) for text in each.messages()]
            for each in invalid.children
        }
        raise FieldErrors(errors) from None


def make_plan(request, rule: Mapping[str, Any], order: Mapping[str, Any]) -> Plan:
    """What the dates of the rule would be. Raises Refusal."""
    knowingly, room_id = order["knowingly"], order["room_id"]
    first = (order["reserve_from"], order["reserve_to"])
    changes.check_wanted_times(request, room_id, *first, knowingly=knowingly)
    site: BookingPolicy = request.registry["rooms.policy"]
    policy = booking.policy_in(request.db, site, room_id)
    dates = series_plans.rule_dates(request.db, rule, first, policy.zone)
    slots = plans.slots(policy, room_id, dates)
    with changes.telling_why_not(request):
        return plans.make_plan(request.db, site, datetime.now(UTC), slots, may_exceed=knowingly)


def reserve(
    request, plan: Plan, rule: Mapping[str, Any], order: Mapping[str, Any], draft: Draft
) -> list[Reservation]:
    """Reserve what is chosen of the plan, all or nothing, each with its entry in the audit log.

    Under the lock, under which the plan was made. Raises Refusal.
    """
    policy: BookingPolicy = request.registry["rooms.policy"]
    choices = plan_form.read(plan, draft.texts, policy.zone)
    with changes.telling_why_not(request):
        wanted = series_plans.chosen(policy, plan, choices, may_exceed=order["knowingly"])
    series_id, group_id = series.submit(
        request.db,
        list(wanted.values()),
        user_id=order["user_id"],
        by_user_id=request.identity.user_id,
        description=order["description"],
        rule={
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in rule.items()
        },
        fingerprint="",
        decide_within=None,
        request_id=request_ids.current(),
    )
    groups.decide_now(request.db, policy, group_id, by_user_id=request.identity.user_id)
    made = series.reservations(request.db, series_id)
    for row in made:
        changes.record_reserved(request, row)
    return made


def terms(request) -> Sequence[Term]:
    """Those that are not over, the next one first."""
    today = datetime.now(request.registry.site_zone).date()
    is_ahead = Term.first_monday + 7 * Term.weeks_count > today
    return request.db.scalars(sa.select(Term).where(is_ahead).order_by(Term.first_monday)).all()
