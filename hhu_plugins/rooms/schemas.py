"""What comes in by REST."""

from __future__ import annotations

import colander

from hhu_base.rest import Identifier, Instant, Text, WholeNumber, YesNo
from hhu_base.rest.serializers import LATER, MOMENT
from hhu_base.values.schema_types import REQUIRED
from hhu_plugins.rooms.models import STATUSES
from hhu_plugins.rooms.photos import SIZES

LONGEST_DESCRIPTION = 2000


def with_room_id(cstruct):
    """The same with the id where clients send a whole room, as they have read it."""
    room = cstruct.get("meetingroom") if isinstance(cstruct, dict) else None
    return cstruct | {"meetingroom": room.get("id")} if isinstance(room, dict) else cstruct


class ReservationSchema(colander.MappingSchema):
    """A request for a room, whose id comes as ``meetingroom`` or as ``meetingroom_object``."""

    meetingroom = Identifier(missing=None, title="会议室", example=1)
    meetingroom_object = Identifier(missing=None, title="会议室")
    reserve_from = Instant(title="开始时间", example=MOMENT)
    reserve_to = Instant(title="结束时间", example=LATER)
    description = Text(max_length=LONGEST_DESCRIPTION, title="会议说明", example="教研室例会")
    approval = YesNo(
        missing=False,
        title="需要审批时申请",
        description="会议室需要审批时提出申请，回答是 202。不说的客户端得到 400。",
    )

    def deserialize(self, cstruct=colander.null):
        # The newer client sends a whole room as it has read it, and beside it the id.
        if isinstance(cstruct, dict) and "meetingroom_object" in cstruct:
            cstruct = {name: value for name, value in cstruct.items() if name != "meetingroom"}
        return super().deserialize(cstruct)

    def validator(self, node, fields):
        if fields["meetingroom"] is None and fields["meetingroom_object"] is None:
            error = colander.Invalid(node)
            error["meetingroom"] = REQUIRED
            raise error


class ChangeSchema(colander.MappingSchema):
    """What is to change in a reservation; what is left out stays as it is."""

    meetingroom = Identifier(missing=colander.drop, title="会议室", example=1)
    reserve_from = Instant(missing=colander.drop, title="开始时间", example=MOMENT)
    reserve_to = Instant(missing=colander.drop, title="结束时间", example=LATER)
    description = Text(
        max_length=LONGEST_DESCRIPTION,
        missing=colander.drop,
        title="会议说明",
        example="教研室例会",
    )
    revision = WholeNumber(
        minimum=0,
        missing=colander.drop,
        title="版本",
        description="客户端读到的 revision；预约此后有过改动就不改。",
    )

    def deserialize(self, cstruct=colander.null):
        return super().deserialize(with_room_id(cstruct))


class _QuerySchema(colander.MappingSchema):
    """A query string, in which an empty parameter is one that was not given."""

    def deserialize(self, cstruct=colander.null):
        if isinstance(cstruct, dict):
            cstruct = {name: value for name, value in cstruct.items() if value != ""}
        return super().deserialize(cstruct)


def statuses_in(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def _known_statuses(node, text: str) -> None:
    if not set(statuses_in(text)) <= set(STATUSES):
        raise colander.Invalid(node, f"只能是 {'、'.join(STATUSES)}，多个用逗号隔开。")


class ReservationListSchema(_QuerySchema):
    past = YesNo(missing=False, description="也要已经结束的。")
    status = Text(
        missing=None,
        validator=_known_statuses,
        description="只要这些状态的，多个用逗号隔开；不填时是 confirmed 和 pending。",
        example="confirmed,held",
    )


class WaitingListSchema(_QuerySchema):
    past = YesNo(missing=False, description="也要时间已过的。")


class WaitingSchema(colander.MappingSchema):
    """Who waits for a room, or for any that fits, which ``people_count`` and the like describe."""

    meetingroom = Identifier(nullable=True, missing=None, title="会议室", example=1)
    people_count = WholeNumber(minimum=0, capped=True, nullable=True, missing=None, title="人数")
    equipment = Text(
        blank=True,
        nullable=True,
        missing=None,
        title="设备",
        description="要有的设备，多个用空格或顿号隔开。",
    )
    location = Text(max_length=255, blank=True, nullable=True, missing=None, title="地点")
    reserve_from = Instant(title="开始时间", example=MOMENT)
    reserve_to = Instant(title="结束时间", example=LATER)
    description = Text(max_length=LONGEST_DESCRIPTION, title="会议说明", example="教研室例会")
    confirms_itself = YesNo(missing=False, title="空出来就直接预约")

    def deserialize(self, cstruct=colander.null):
        cstruct = with_room_id(cstruct)
        words = cstruct.get("equipment") if isinstance(cstruct, dict) else None
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            cstruct = cstruct | {"equipment": " ".join(words)}
        return super().deserialize(cstruct)


def _Equipment() -> colander.SchemaNode:  # noqa: N802 - reads as a type in a schema
    return Text(
        missing=None,
        description="要有的设备，多个用空格或顿号隔开。",
        example="投影 白板",
    )


class FreeRoomsSchema(_QuerySchema):
    """The first generation of the availability query."""

    time_from = Instant(example=MOMENT)
    time_to = Instant(example=LATER)
    people_count = WholeNumber(
        minimum=0, capped=True, missing=None, description="至少多少座位。", example=20
    )
    label = Text(missing=None, description="标签包含。", example="投影")
    location = Text(missing=None, description="地点包含。", example="勤学楼")
    length = WholeNumber(minimum=1, missing=None, description="需要多少分钟。", example=60)
    equipment = _Equipment()


class RoomCalendarsSchema(_QuerySchema):
    """The second generation of the availability query."""

    query_from = Instant(example=MOMENT)
    query_to = Instant(example=LATER)
    people_count = WholeNumber(lenient=True, capped=True, missing=None)
    equipment = _Equipment()


class PhotoSchema(_QuerySchema):
    size = Text(
        missing="large",
        validator=colander.OneOf(tuple(SIZES)),
        description=f"small：最长边 {SIZES['small']} 像素；large：{SIZES['large']} 像素。",
    )
