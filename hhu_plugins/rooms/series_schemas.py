"""What comes in by REST about series."""

from __future__ import annotations

import colander

from hhu_base.rest import Day, Identifier, Instant, Text, WholeNumber, YesNo
from hhu_base.rest.serializers import LATER, MOMENT
from hhu_base.values.schema_types import REQUIRED
from hhu_plugins.rooms.recurrence import MOST_DATES
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION, ReservationSchema, with_room_id

ONE_RULE = "rrule、weeks 和 every 只能用一种。"


class _Weekdays(colander.SequenceSchema):
    weekday = WholeNumber(minimum=1, maximum=7)


class RuleSchema(colander.MappingSchema):
    """How a date is repeated: every so many days or weeks, in weeks of a term, or by an RRULE."""

    every = WholeNumber(minimum=1, maximum=99, missing=colander.drop, description="每几天或几周。")
    unit = Text(
        validator=colander.OneOf(["day", "week"]), missing="week", description="day 或 week。"
    )
    weekdays = _Weekdays(
        missing=colander.drop,
        validator=colander.Length(max=7),
        description="星期几，1 是星期一；没有就是第一次的那一天。",
        example=[1, 3],
    )
    until = Day(missing=colander.drop, description="最后可能的一天。", example="2030-06-30")
    count = WholeNumber(
        minimum=1, maximum=MOST_DATES, missing=colander.drop, description="一共几次。"
    )
    weeks = Text(
        max_length=200,
        missing=colander.drop,
        description="教学周：1-16 单周，3,5,7-9，双周。",
    )
    term = Identifier(
        missing=colander.drop, description="哪个学期的教学周；没有就是第一次所在的学期。"
    )
    rrule = Text(
        max_length=500,
        missing=colander.drop,
        description="RFC 5545 的 RRULE：FREQ=DAILY、WEEKLY 或 MONTHLY，INTERVAL，COUNT 或 UNTIL，"
        "BYDAY（MONTHLY 时可以带序数，如 1MO、-1FR），BYMONTHDAY（仅 MONTHLY），WKST。",
    )

    def validator(self, node, fields):
        ways = [name for name in ("rrule", "weeks", "every") if name in fields]
        if len(ways) > 1:
            raise colander.Invalid(node, ONE_RULE)


class _Choice(colander.MappingSchema):
    """What is wanted instead of a date of the plan."""

    index = WholeNumber(minimum=1, maximum=MOST_DATES, title="第几次")
    skip = YesNo(missing=False, description="不要这一次。")
    meetingroom = Identifier(missing=None, title="会议室")
    reserve_from = Instant(missing=None, title="开始时间")
    reserve_to = Instant(missing=None, title="结束时间")


class _Choices(colander.SequenceSchema):
    date = _Choice()


def _choices() -> colander.SchemaNode:
    return _Choices(
        missing=(),
        title="各次的选择",
        description="换会议室、换时间或跳过的；其余按计划。",
        validator=colander.Length(max=MOST_DATES),
        example=[{"index": 2, "skip": True}],
    )


class SeriesPlanSchema(ReservationSchema):
    """The first date of a series, and how it is repeated."""

    description = Text(
        max_length=LONGEST_DESCRIPTION,
        blank=True,
        missing="",
        title="会议说明",
        example="高等数学",
    )
    rule = RuleSchema(title="重复", missing_msg=REQUIRED, example={"every": 1, "count": 16})


class SeriesSchema(ReservationSchema):
    """The same, with the digest of the plan that its client has seen."""

    rule = RuleSchema(title="重复", missing_msg=REQUIRED, example={"every": 1, "count": 16})
    digest = Text(max_length=64, title="计划", example="5f2b")
    dates = _choices()


class SeriesChangeSchema(colander.MappingSchema):
    """What is to change in the dates ahead: the first gets these times, the others move alike.

    Without a digest it is only planned.
    """

    begin = Day(name="from", missing=None, description="从哪一天起；没有就是所有尚未开始的。")
    meetingroom = Identifier(missing=None, title="会议室", example=1)
    reserve_from = Instant(missing=None, title="开始时间", example=MOMENT)
    reserve_to = Instant(missing=None, title="结束时间", example=LATER)
    description = Text(max_length=LONGEST_DESCRIPTION, missing=None, title="会议说明")
    digest = Text(max_length=64, missing=None, title="计划")
    dates = _choices()

    def deserialize(self, cstruct=colander.null):
        return super().deserialize(with_room_id(cstruct))


class DateSchema(colander.MappingSchema):
    """Another date of a series; what is left out is as in its last one."""

    meetingroom = Identifier(missing=None, title="会议室", example=1)
    reserve_from = Instant(title="开始时间", example=MOMENT)
    reserve_to = Instant(title="结束时间", example=LATER)
    description = Text(max_length=LONGEST_DESCRIPTION, missing=None, title="会议说明")

    def deserialize(self, cstruct=colander.null):
        return super().deserialize(with_room_id(cstruct))
