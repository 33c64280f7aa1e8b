"""What goes out by REST: the objects of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hhu_base.accounts.serializers import DEPARTMENT
from hhu_base.rest.serializers import (
    ID,
    LATER,
    MOMENT,
    Field,
    Object,
    instant,
    list_of,
    nullable,
    one_of,
    text,
    whole_number,
    yes_no,
)
from hhu_plugins.rooms import plans
from hhu_plugins.rooms.closed_times import CLOSED
from hhu_plugins.rooms.decisions import TAKEN as ROOM_IS_TAKEN
from hhu_plugins.rooms.models import CONFIRMED, REQUESTED, STATUSES, WAITING_STATES, Meetingroom
from hhu_plugins.rooms.policy import BookingPolicy

_INFO = {
    "name": text("301"),
    "location": text("勤学楼"),
    "seats_count": whole_number(60, minimum=0),
    # Clients that know no more than the label see the equipment in it.
    "label": text("投影仪").of(lambda room: room.label or " ".join(room.equipment)),
    "description": text("电源插座在后排"),
}
_STRETCH = list_of(instant(), minItems=2, maxItems=2, examples=[[MOMENT, LATER]])

ROOM = Object("Meetingroom", id=ID, **_INFO)
SERIES_PLACE = Object(
    "SeriesPlace",
    "该预约是哪个系列的第几次，共几次。",
    id=ID.of("series_id"),
    index=whole_number(3, minimum=1).of("series_index"),
    count=whole_number(16, minimum=1).of("series.dates_count"),
)
RESERVATION = Object(
    "Reservation",
    id=ID,
    user=ID.of("user_id"),
    meetingroom=ROOM.of("room"),
    reserve_from=instant(MOMENT),
    reserve_to=instant(LATER),
    description=text("教研室例会"),
    status=one_of(CONFIRMED, *(status for status in STATUSES if status != CONFIRMED)),
    revision=whole_number(0, minimum=0),
    series=nullable(SERIES_PLACE, example=None).of(
        # One that waits has no place yet.
        lambda row: row if row.series is not None and row.series_index is not None else None
    ),
)
WAITING_REQUEST = Object(
    "WaitingRequest",
    "一个候补。state：waiting 在等，offered 已保留待确认，done 已预约，ended 已结束，withdrawn 已放弃；"
    "ahead 是前面还有几个；reservation 是为其保留的时间或得到的预约，hold_until 是保留到什么时候。",
    id=ID,
    state=one_of(*WAITING_STATES).of("row.status"),
    ahead=nullable(whole_number(0, minimum=0)),
    meetingroom=nullable(ROOM).of("row.room"),
    people_count=nullable(whole_number(20, minimum=0)).of("row.people_count"),
    equipment=list_of(text("投影")).of("row.equipment"),
    location=nullable(text("勤学楼")).of("row.location"),
    reserve_from=instant(MOMENT).of("row.reserve_from"),
    reserve_to=instant(LATER).of("row.reserve_to"),
    description=text("教研室例会").of("row.description"),
    confirms_itself=yes_no(False).of("row.confirms_itself"),
    hold_until=nullable(instant(MOMENT)),
    reservation=nullable(RESERVATION, example=None).of("row.reservation"),
)
WAITING_PLACE = Object(
    "WaitingPlace",
    "候补的编号，前面还有几个人在等。",
    id=ID,
    ahead=whole_number(0, minimum=0),
)
RESERVATION_REQUEST = Object(
    "ReservationRequest",
    "需要审批的申请，审批人看到的。",
    id=ID,
    user=Object("Requester", id=ID, name=text("褚杰").of("fullname"), phone=text("13800000000")),
    meetingroom=ROOM.of("room"),
    reserve_from=instant(MOMENT),
    reserve_to=instant(LATER),
    description=text("教研室例会"),
    status=one_of(REQUESTED, *(status for status in STATUSES if status != REQUESTED)),
    status_reason=text(""),
    requested_at=instant(MOMENT),
)
FREE_ROOM = Object(
    "FreeMeetingroom",
    id=ID.of("room.id"),
    info=Object("MeetingroomInfo", **_INFO).of("room"),
    choices=list_of(_STRETCH),
    free=list_of(_STRETCH),
)
# An element of the first generation's answer.
PLACE = Object("Place", location=text("勤学楼"), meetingrooms=list_of(FREE_ROOM).of("rooms"))
# An element of the second generation's answer.
CALENDAR = Object(
    "MeetingroomCalendar",
    meetingroom=ROOM.of("room"),
    reservations=list_of(
        Object(
            "Occupation",
            time_range=_STRETCH.of(lambda taken: (taken.reserve_from, taken.reserve_to)),
            reserve_user=text("t0001-褚杰"),
            contact=nullable(text("13800000000")),
            description=text("教研室例会"),
        )
    ),
)
# What a refusal offers: other times in the room, other rooms at the time.
ALTERNATIVES = Object(
    "Alternatives", stretches=list_of(_STRETCH), meetingrooms=list_of(ROOM).of("rooms")
)
TAKEN = Object(
    "MeetingroomTaken",
    "会议室被占用或不开放；另有该会议室的其他时段和该时段的其他会议室可供选择。",
    non_field_errors=list_of(text(examples=[ROOM_IS_TAKEN, CLOSED])),
    alternatives=ALTERNATIVES,
)


@dataclass(frozen=True)
class RoomDetails:
    """A room with the rules that hold in it, and whether the caller may book it."""

    room: Meetingroom
    policy: BookingPolicy
    may_book: bool

    @property
    def min_minutes(self) -> int:
        return self.policy.shortest // timedelta(minutes=1)

    @property
    def max_minutes(self) -> int:
        return self.policy.longest // timedelta(minutes=1)

    @property
    def max_days_ahead(self) -> int | None:
        return self.policy.horizon.days if self.policy.horizon else None


WORD = text("投影")
APPROVAL = Object(
    "MeetingroomApproval",
    "哪些预约需要审批：超过多少分钟的、不在每天这段时间里的、不是该系所的人的；都是 null：所有预约。",
    over_minutes=nullable(whole_number(120, minimum=1)).of("approval_over"),
    hours=nullable(text("08:00-18:00")).of("approval_hours"),
    department=nullable(DEPARTMENT).of("approval_department"),
)
# What Meetingroom does not tell, which has to stay as old clients know it.
DETAILS = Object(
    "MeetingroomDetails",
    id=ID.of("room.id"),
    equipment=list_of(WORD).of("room.equipment"),
    departments=list_of(DEPARTMENT).of("room.departments"),
    may_book=yes_no(True),
    wants_checkin=yes_no(False).of("room.wants_checkin"),
    min_minutes=whole_number(30, minimum=1),
    max_minutes=whole_number(180, minimum=1),
    max_days_ahead=nullable(whole_number(365, minimum=1)),
    approval=nullable(APPROVAL, example=None).of(
        lambda details: details.room if details.room.approvers_id is not None else None
    ),
    photos=list_of(
        Object(
            "MeetingroomPhoto",
            id=ID,
            width=whole_number(1600, minimum=1),
            height=whole_number(1200, minimum=1),
        )
    ).of("room.photos"),
)
_PLANNED = Object(
    "PlannedDate",
    "state：free 可以预约，taken 已被占用，closed 不开放，beyond 太远，past 已过去。",
    index=whole_number(1, minimum=1),
    meetingroom=ID.of("slot.room_id"),
    reserve_from=instant(MOMENT).of("slot.reserve_from"),
    reserve_to=instant(LATER).of("slot.reserve_to"),
    state=one_of(*plans.STATES),
    by=nullable(text("t0001-褚杰")),
    holiday=nullable(text("国庆节")),
    alternatives=nullable(ALTERNATIVES, example=None),
)
PLAN = Object(
    "SeriesPlan",
    "系列预约的计划：什么也没有保存。digest 说明客户端看到的是哪个计划。",
    digest=text("5f2b…"),
    dates=list_of(_PLANNED),
)
CHANGED_PLAN = Object(
    "SeriesPlanChanged",
    "计划与客户端看到的不同，或所选的没有全部约到：什么也没有预约，plan 是现在的计划。",
    detail=text("计划有变化，请按新的计划确认后再提交。"),
    plan=PLAN,
)
SERIES = Object(
    "Series",
    "count 是一共有过多少次，reservations 是其中有效的。",
    id=ID,
    user=ID.of("user_id"),
    description=text("高等数学"),
    rule=Field({"type": "object", "examples": [{"weeks": "1-16 单周"}]}),
    count=whole_number(16, minimum=1).of("dates_count"),
    reservations=list_of(RESERVATION),
)
TERM = Object(
    "Term",
    "学期；教学周从 first_monday 所在的一周数起。",
    id=ID,
    name=text("2026-2027学年第一学期"),
    first_monday=Field({"type": "string", "format": "date", "examples": ["2026-09-07"]}).of(
        lambda term: term.first_monday.isoformat()
    ),
    weeks_count=whole_number(18, minimum=1),
)
