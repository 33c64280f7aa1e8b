"""What comes in by REST."""

from __future__ import annotations

import colander

from hhu_base.rest import Identifier, Search, YesNo
from hhu_base.values.schema_types import NULL, REQUIRED


class _Anything(colander.SchemaType):
    """Whatever was sent but null: the rule that gets it says what is wrong with it."""

    def deserialize(self, node, cstruct):
        if cstruct is None:
            raise colander.Invalid(node, NULL)
        return cstruct


class _QuerySchema(colander.MappingSchema):
    """A query string, in which an empty parameter is one that was not given."""

    def deserialize(self, cstruct=colander.null):
        if isinstance(cstruct, dict):
            cstruct = {name: value for name, value in cstruct.items() if value != ""}
        return super().deserialize(cstruct)


class ActivityListSchema(_QuerySchema):
    my = YesNo(missing=False, description="只看自己报了名的。")
    search = Search(description="名称包含。", example="羽毛球")


class EnrollmentSchema(colander.MappingSchema):
    """A wish to take part; ``participating_metas`` is JSON text, or the object itself."""

    activity = Identifier(title="活动", example=1)
    participating_metas = colander.SchemaNode(
        _Anything(),
        missing_msg=REQUIRED,
        title="报名表",
        json_schema={"type": ["string", "object"]},
        example='{"姓名": "褚杰"}',
    )
    waitlist = YesNo(missing=False, title="候补", description="名额已满时排入候补。")


class ClockinSchema(colander.MappingSchema):
    """A scanned text: whatever a camera can read, also with characters that nothing can store."""

    key = colander.SchemaNode(
        _Anything(),
        missing_msg=REQUIRED,
        json_schema={"type": "string"},
        example="HHU-12-71234567-Qm9va2VkIGJ5IGNoYW5jZS",
    )

    def validator(self, node, fields):
        key = fields["key"]
        if isinstance(key, bool) or not isinstance(key, str | int | float):
            error = colander.Invalid(node)
            error["key"] = "不是有效的字符串。"
            raise error
