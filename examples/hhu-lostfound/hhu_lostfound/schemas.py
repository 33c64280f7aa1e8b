"""What comes in about found things."""

from __future__ import annotations

from datetime import UTC, datetime

import colander

from hhu_base.rest import Instant, Search, Text, YesNo


def not_in_the_future(node, value: datetime) -> None:
    if value > datetime.now(UTC):
        raise colander.Invalid(node, "拾到的时间不能晚于现在。")


class ThingSchema(colander.MappingSchema):
    """A found thing, over REST and in the administrators' form."""

    name = Text(max_length=255, title="物品")
    place = Text(max_length=255, title="拾到地点")
    description = Text(blank=True, missing="", title="特征")
    found_at = Instant(missing=None, nullable=True, title="拾到时间", validator=not_in_the_future)


class ClaimSchema(colander.MappingSchema):
    message = Text(max_length=2000, title="给拾到者的留言")


class ListSchema(colander.MappingSchema):
    search = Search()
    my = YesNo(missing=False)
