"""重复 in 预约会议室: the rule that is filled in, the plan of its dates, and their reservation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import colander

from hhu_base.rest import query
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import FieldErrors
from hhu_plugins.rooms import booking, groups, plan_form, plans, rule_form, series, series_plans
from hhu_plugins.rooms.admin import changes
from hhu_plugins.rooms.admin.room_choice import Draft
from hhu_plugins.rooms.models import Reservation
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.series_schemas import RuleSchema

_RULE = query(RuleSchema)


def is_repeated(draft: Draft) -> bool:
    return draft.texts.get("repeat") in rule_form.FIELDS


def read_rule(request, draft: Draft) -> dict[str, Any]:
    """The rule that is filled in. Raises FieldErrors."""
    rule = rule_form.texts_of(draft.texts["repeat"], draft.texts, draft.weekdays)
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
