"""What administrators do to reservations in the list and on a reservation's page."""

from __future__ import annotations

import colander
import sqlalchemy as sa

from hhu_base.admin import Action
from hhu_base.database import among
from hhu_base.rest import Text, YesNo
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import approvals, checkins, closed_times
from hhu_plugins.rooms.admin import changes
from hhu_plugins.rooms.admin.answers import answering
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, HELD, PENDING, REQUESTED, Reservation

LONGEST_REASON = 500


class ReasonSchema(colander.MappingSchema):
    reason = Text(max_length=LONGEST_REASON, rows=2, title="取消原因", description="预约人会看到。")


class RefusalSchema(colander.MappingSchema):
    reason = Text(max_length=LONGEST_REASON, rows=2, title="原因", description="申请人会看到。")


class RestoreSchema(colander.MappingSchema):
    knowingly = YesNo(missing=False, title=changes.KNOWINGLY_TITLE)

    def after_bind(self, node, kw):
        # Asked only where one of them lies outside opening hours.
        if not _restores_outside_hours(kw["request"]):
            del self[changes.KNOWINGLY]


def _restores_outside_hours(request) -> bool:
    ids = {int(text) for text in request.params.getall("id") if text.isdecimal() and len(text) < 19}
    rows = request.db.scalars(sa.select(Reservation).where(among(Reservation.id, ids)))
    for row in rows:
        try:
            closed_times.check(request.db, row.room, (row.reserve_from, row.reserve_to))
        except closed_times.OutsideHours:
            return True
        except Refusal:
            continue
    return False


ACTIONS = (
    Action(
        "cancel",
        "取消预约",
        changes.cancel,
        confirm="取消后会议室立即空出来；记录和原因会保留，也可以恢复。",
        schema=ReasonSchema,
        is_for=lambda r: r.status in (CONFIRMED, PENDING, HELD),
        icon="calendar-x",
        style="outline-danger",
    ),
    Action(
        "checkin",
        "签到",
        changes.check_in,
        confirm="确认预约人已经到场；签到后不会因为没有签到而释放。",
        is_for=checkins.is_wanted,
        icon="check2-circle",
    ),
    Action(
        "approve",
        "同意申请",
        do_many=answering("同意申请", approvals.approve),
        confirm="会议室在申请的时间仍然空闲时，申请就成为预约；申请人会得到通知。",
        is_for=lambda r: r.status == REQUESTED,
        icon="check-lg",
        done="{} 个申请已经同意。",
    ),
    Action(
        "refuse",
        "不同意申请",
        do_many=answering("不同意申请", approvals.refuse),
        schema=RefusalSchema,
        is_for=lambda r: r.status == REQUESTED,
        icon="x-lg",
        style="outline-danger",
        done="{} 个申请没有同意。",
    ),
    Action(
        "restore",
        "恢复预约",
        changes.restore,
        confirm="会议室在原来的时间仍然空闲时才能恢复。",
        schema=RestoreSchema,
        is_for=lambda r: r.status == CANCELLED,
        icon="arrow-counterclockwise",
    ),
)
