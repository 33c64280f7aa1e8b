"""What goes out by REST: the objects of the contract."""

from __future__ import annotations

from datetime import datetime

from hhu_base.rest.serializers import (
    ID,
    LATER,
    Object,
    instant,
    nullable,
    number,
    text,
    whole_number,
    yes_no,
)
from hhu_base.values import qr_codes
from hhu_plugins.activities import answers, form_variants, forms
from hhu_plugins.activities.clockin_codes import ClockinCodes

_ANSWERS = text('{"姓名": "褚杰"}', description="JSON 文本：字段名称 → 填写的内容")

# Of a row of ``queries.activities``: the activity and its counts.
ACTIVITY = Object(
    "Activity",
    id=ID.of("Activity.id"),
    time_start=instant().of("Activity.time_start"),
    time_end=instant(LATER).of("Activity.time_end"),
    location=text("体育馆").of("Activity.location"),
    name=text("教工羽毛球赛").of("Activity.name"),
    description=text("请穿运动鞋。").of("Activity.description"),
    form_metas=text(
        '{"姓名": {"type": "text", "required": true, "default": ""}}',
        description="JSON 文本：字段名称 → 规则，按表单的顺序",
    ).of(lambda row: forms.dump(form_variants.for_old_clients(row.Activity.form_metas, row.User))),
    open_for_enrollment=yes_no(True).of("Activity.open_for_enrollment"),
    enrollment_count=whole_number(12, minimum=0),
    my_enrollment_count=whole_number(0, minimum=0),
    participants_total_limit=nullable(whole_number(100)).of("Activity.participants_total_limit"),
    has_waiting_list=yes_no().of("Activity.has_waiting_list"),
)
ENROLLMENT = Object(
    "Enrollment",
    id=ID,
    enroll_time=instant(),
    activity=ID.of("activity_id"),
    user=ID.of("user_id"),
    participating_metas=_ANSWERS.of(
        lambda row: forms.dump(answers.for_clients(row.participating_metas))
    ),
)
QUEUED = Object(
    "Queued", "名额已满，已排入候补。", activity=ID, position=whole_number(3, minimum=1)
)
# Of a row of ``queries.waiting``: the entry and its position.
WAITING = Object(
    "Waiting",
    id=ID.of("WaitingEntry.id"),
    activity=ID.of("WaitingEntry.activity_id"),
    position=whole_number(3, minimum=1),
    asked_at=instant().of("WaitingEntry.asked_at"),
    participating_metas=_ANSWERS.of(
        lambda row: forms.dump(answers.for_clients(row.WaitingEntry.participating_metas))
    ),
)
CLOCKIN_STATE = Object("ClockinState", label=text("签到"), is_clockin=yes_no())
CLOCKED_IN = Object("ClockedIn", label=text("签到"), activity_name=text("教工羽毛球赛"))
DUTY = Object(
    "ClockinDuty",
    id=ID,
    label=text("签到"),
    activity=Object("ActivityName", id=ID, name=text("教工羽毛球赛")),
    from_time=instant(),
    to_time=instant(LATER),
)
CODE = Object(
    "ClockinCode",
    key=text(
        "HHU-12-71234567-Qm9va2VkIGJ5IGNoYW5jZS", description="二维码的内容：打卡码，或打开它的网址"
    ),
    expires_in=number(17.3, description="多少秒后换下一个"),
    interval=number(25, description="多少秒换一次"),
    svg=text("<svg …>", description="二维码的图"),
)


def code(codes: ClockinCodes, item_id: int, now: datetime) -> dict:
    """The code of this moment."""
    key, expires_in, interval = codes.shown(item_id, now), codes.expires_in(now), codes.interval
    whole = int(interval)
    return {
        "key": key,
        # Rounded up: a client that asks again then does not get the same code once more.
        "expires_in": -(-expires_in * 1000 // 1) / 1000,
        "interval": whole if whole == interval else interval,
        "svg": qr_codes.svg(key),
    }
