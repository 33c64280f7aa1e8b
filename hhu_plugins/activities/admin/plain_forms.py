"""Small forms that are written by hand: read by a schema, with their errors in the words of forms."""

from __future__ import annotations

from typing import Any

import colander

from hhu_base.values.form_fields import what_is_missing
from hhu_base.values.schema_types import MISSING


def read(request, schema: colander.SchemaNode) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of what was filled in, or field → what is wrong with it."""
    bound = schema.bind(request=request, zone=request.registry.site_zone)
    try:
        return bound.deserialize({node.name: request.POST.get(node.name, "") for node in bound}), {}
    except colander.Invalid as invalid:
        errors = invalid.asdict()
    return {}, {
        name: what_is_missing(bound[name]) if text in MISSING else text
        for name, text in errors.items()
    }
