"""报修通知人 in a form: a row for each, with a name and an address. Imported when a form is drawn."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import Widget
from pyramid.renderers import render

from hhu_plugins.repairs.recipient_lines import split_line

_TEMPLATE = "hhu_plugins.repairs:templates/recipient_rows.jinja2"


class RecipientsWidget(Widget):
    """To the form it is a text of lines; people see fields, and one more row for another."""

    # It is a group of fields, as wide as there is room.
    template = "sequence"
    category = "structural"
    readonly_template = "readonly/textinput"

    def __init__(self, request):
        super().__init__()
        self._request = request

    def serialize(self, field, cstruct, **kw):
        text = "" if cstruct in (colander.null, None) else str(cstruct)
        rows = [_shown(line) for line in text.splitlines() if line.strip()]
        values = {"rows": [*rows, ("", "")], "oid": field.oid, "name": field.name}
        return render(_TEMPLATE, values | {"is_bad": bool(field.error)}, self._request)

    def deserialize(self, field, pstruct):
        if not isinstance(pstruct, list):
            return pstruct if isinstance(pstruct, str) else colander.null
        lines = (_line(each) for each in pstruct if isinstance(each, dict))
        return "\n".join(filter(None, lines))


def _shown(line: str) -> tuple[str, str]:
    """What is no address, or lacks one, is shown where it was typed, as well as can be."""
    name, address = split_line(line)
    return (name, address) if "@" in address or name else (address, "")


def _line(row: dict[str, Any]) -> str:
    # An address with a blank in it would be taken for a name.
    name, address = (str(row.get(each, "")) for each in ("name", "address"))
    return " ".join([*name.split(), "".join(address.split())]).strip()
