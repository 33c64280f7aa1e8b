"""What comes in by REST about giving way."""

from __future__ import annotations

import colander

from hhu_base.rest import Identifier, Instant, Text, YesNo
from hhu_base.rest.serializers import LATER, MOMENT
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION, with_room_id

LONGEST_REASON = 500


class WindowSchema(colander.MappingSchema):
    reserve_from = Instant(title="开始时间", example=MOMENT)
    reserve_to = Instant(title="结束时间", example=LATER)


class HoldersSchema(colander.MappingSchema):
    reserve_from = Instant(missing=None, description="不填时从现在起。", example=MOMENT)
    reserve_to = Instant(missing=None, description="不填时到 7 天以后。", example=LATER)


class _Offer(colander.Mapping):
    """A mapping, or null: a value of its own."""

    nullable = True

    def deserialize(self, node, cstruct):
        return None if cstruct is None else super().deserialize(node, with_room_id(cstruct))


class OfferSchema(colander.MappingSchema):
    schema_type = _Offer

    meetingroom = Identifier(title="会议室", example=2)
    reserve_from = Instant(title="开始时间", example=MOMENT)
    reserve_to = Instant(title="结束时间", example=LATER)


class AskSchema(colander.MappingSchema):
    """What the asker wants to have, why, and where the holder could go."""

    reserve_from = Instant(title="开始时间", example=MOMENT)
    reserve_to = Instant(title="结束时间", example=LATER)
    description = Text(max_length=LONGEST_DESCRIPTION, title="会议说明", example="招生工作会")
    reason = Text(max_length=LONGEST_REASON, title="原因", example="校外专家当天只有这个时间。")
    offer = OfferSchema(missing=colander.drop, title="换给对方的会议室和时间")


class YesSchema(colander.MappingSchema):
    """Where to go; what is left out is as offered, or as it was."""

    give_up = YesNo(missing=False, title="不换，取消自己的预约", example=False)
    meetingroom = Identifier(missing=None, title="会议室", example=2)
    reserve_from = Instant(missing=None, title="开始时间", example=MOMENT)
    reserve_to = Instant(missing=None, title="结束时间", example=LATER)


class ReasonSchema(colander.MappingSchema):
    reason = Text(max_length=LONGEST_REASON, title="原因", example="当天要布置考场。")


class NoSchema(colander.MappingSchema):
    reason = Text(max_length=LONGEST_REASON, blank=True, missing="", title="原因")
