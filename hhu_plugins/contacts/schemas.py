"""What comes in by REST."""

from __future__ import annotations

import colander

from hhu_base.rest import Search, YesNo


class ContactListSchema(colander.MappingSchema):
    my = YesNo(missing=False, description="只看自己的同事。")
    search = Search(
        description="空格分开的每个词都要在姓名（或其拼音）、职位、系所、QQ、电话中出现。",
        example="褚",
    )
