"""What administrators change in the dates ahead of a series: planned first, then all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import colander

from hhu_base.admin import audited
from hhu_base.rest import Identifier, Instant, Text, YesNo, form
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.values.schema_types import REQUIRED
from hhu_plugins.rooms import (
    booking,
    groups,
    outcomes,
    plan_form,
    plans,
    recurrence,
    series,
    series_plans,
)
from hhu_plugins.rooms.admin import changes
from hhu_plugins.rooms.models import Reservation, Series
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION

NOT_CHANGED = "没有改动。"


class AddSchema(colander.MappingSchema):
    """Another date; what is left out is as in the last one."""

    room_id = Identifier(missing=None, title="会议室")
    reserve_from = Instant(title="开始时间")
    reserve_to = Instant(title="结束时间")
    knowingly = YesNo(missing=False, title=changes.KNOWINGLY_TITLE)

    def deserialize(self, cstruct=colander.null):
        if isinstance(cstruct, Mapping):
            cstruct = {name: text for name, text in cstruct.items() if text != ""}
        return super().deserialize(cstruct)


class ChangeSchema(AddSchema):
    """What is to change from a date on: that date gets these times, the others move alike."""

    description = Text(max_length=LONGEST_DESCRIPTION, title="会议说明")


_ADD, _CHANGE = form(AddSchema), form(ChangeSchema)


@dataclass(frozen=True)
class Change:
    """What would become of ``rows``; ``description`` is None where it stays as it is."""

    plan: Plan
    rows: Sequence[Reservation]
    description: str | None
    knowingly: bool


def read(request, rows: Sequence[Reservation]) -> Change:
    """What is posted, as the change of these dates. Raises Refusal."""
    if not rows:
        raise Refusal(series.NONE_AHEAD, TOGETHER)
    wanted, first = _CHANGE(request), rows[0]
    site: BookingPolicy = request.registry["rooms.policy"]
    knowingly, times = wanted["knowingly"], (wanted["reserve_from"], wanted["reserve_to"])
    room_id, description = wanted["room_id"], wanted["description"]
    is_moved = not booking.is_at(first, *times)
    if description == first.description:
        description = None
    if not is_moved and room_id is None and description is None:
        raise Refusal(NOT_CHANGED, TOGETHER)
    if is_moved:
        changes.check_wanted_times(request, room_id or first.room_id, *times, knowingly=knowingly)
    slots = series_plans.shifted(
        site,
        rows,
        room_id=room_id,
        reserve_from=times[0] if is_moved else None,
        reserve_to=times[1] if is_moved else None,
    )
    with changes.telling_why_not(request):
        plan = plans.make_plan(
            request.db,
            site,
            datetime.now(UTC),
            slots,
            # Also of those that may then be left as they are: what that means for the others is
            # decided with them, and the plan stays the one that was seen.
            instead_of=[row.id for row in rows],
            # Times that nobody touches may be beyond the limits.
            may_exceed=knowingly or not is_moved,
        )
    return Change(plan, rows, description, knowingly)


def store(request, change: Change, texts: Mapping[str, str]) -> int:
    """Change what ``texts`` choose of the plan, with entries in the audit log; how many dates.

    Under the lock, under which the plan was made. Raises Refusal.
    """
    policy: BookingPolicy = request.registry["rooms.policy"]
    by_user_id = request.identity.user_id
    choices = plan_form.read(change.plan, texts, policy.zone)
    with changes.telling_why_not(request):
        chosen = series_plans.chosen(policy, change.plan, choices, may_exceed=change.knowingly)
    with ExitStack() as records:
        for index, row in enumerate(change.rows, 1):
            if index in chosen:
                records.enter_context(audited(request, row, changes.MOVED))
        group_id = series.submit_change(
            request.db,
            change.rows,
            chosen,
            by_user_id=by_user_id,
            description=change.description,
            decide_within=None,
            request_id=request_ids.current(),
        )
        if group_id is not None:
            groups.decide_now(request.db, policy, group_id, by_user_id=by_user_id)
            request.db.expire_all()
    return len(chosen)


def add(request, found: Series) -> None:
    """Reserve another date of a series, with an entry in the audit log.

    Under the lock. Raises Refusal.
    """
    if found.dates_count >= recurrence.MOST_DATES:
        raise Refusal(series.FULL, TOGETHER)
    wanted = _ADD(request)
    last = found.reservations[-1] if found.reservations else None
    if wanted["room_id"] is None and last is not None:
        wanted["room_id"] = last.room_id
    if wanted["room_id"] is None:
        raise FieldErrors({"room_id": [REQUIRED]})
    wanted |= {
        "user_id": found.user_id,
        "description": last.description if last else found.description,
    }
    made = Reservation(series_id=found.id)
    changes.reserve_for(request, made, wanted)
    changes.record_reserved(request, made)
    outcomes.number_series(request.db, {found.id})


def cancel(request, series_id: int, reason: str) -> int:
    """Cancel the dates that have not begun, with entries in the audit log; how many there were.

    Under the lock. Raises Refusal where there are none.
    """
    rows = series.reservations(request.db, series_id, begin_after=datetime.now(UTC))
    if not rows:
        raise Refusal(series.NONE_AHEAD, TOGETHER)
    with ExitStack() as records:
        for row in rows:
            records.enter_context(audited(request, row, changes.CANCELLED))
        series.cancel_ahead(
            request.db,
            request.registry["rooms.policy"],
            series_id,
            by_user_id=request.identity.user_id,
            reason=reason,
        )
    return len(rows)
