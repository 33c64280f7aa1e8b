"""What comes in by REST."""

from __future__ import annotations

import colander

from hhu_base.rest import Text, YesNo


class ContactListSchema(colander.MappingSchema):
    my = YesNo(missing=False)
    search = Text(blank=True, missing="")
