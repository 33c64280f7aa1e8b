"""What comes in about guides."""

from __future__ import annotations

import colander

from hhu_base.rest import Text


class SearchSchema(colander.MappingSchema):
    search = Text(blank=True, missing="")
