"""What comes in about repairs."""

from __future__ import annotations

import colander

from hhu_base.rest import Identifier, Name, Text, WholeNumber

LONGEST_REASON = 2000


class RequestSchema(colander.MappingSchema):
    """A new request; without a category it goes to those who are told of all."""

    location = Name(max_length=255, title="故障地点", example="勤学楼 301")
    category = Identifier(missing=None, nullable=True, title="故障分类", example=1)
    description = Text(title="故障描述", example="投影仪不亮")


class ReopeningSchema(colander.MappingSchema):
    """Why it is not solved after all."""

    reason = Text(max_length=LONGEST_REASON, title="原因", example="昨天又坏了。")


class ConfirmationSchema(colander.MappingSchema):
    """It is solved, and how content the reporter is, if they like to say."""

    rating = WholeNumber(
        minimum=1,
        maximum=5,
        missing=None,
        nullable=True,
        title="评价",
        description="1 至 5 星，可以不填。",
        example=5,
    )
    remark = Text(
        blank=True, missing="", max_length=LONGEST_REASON, title="想说的话", example="来得很快。"
    )
