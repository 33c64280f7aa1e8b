"""Values as people read them: in lists, exports, the audit and the warning about a lost update."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup

from hhu_base.database import among
from hhu_base.values.form_fields import choices_of
from hhu_base.web import audit


def text_of(request, value: Any) -> str:
    """A plain value; times are the site's, without an offset."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return site_time(request, value)
    if isinstance(value, list | tuple | set | frozenset):
        return "、".join(text_of(request, each) for each in value)
    return str(value)


class SiteTime(str):
    """An instant as text; a narrow column breaks it behind the date and nowhere else."""

    is_time = True


# The fields that hold a number to call.
PHONES = ("phone", "tel")
_DIALLED = re.compile(r"\+?[0-9][0-9 ()-]{2,24}")
# In other texts only what can be nothing else: a mobile number, or one with its area code.
_IN_TEXT = re.compile(r"(?<![0-9-])(?:1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7,8})(?![0-9-])")


class Linked(str):
    """A text that leads somewhere, unless ``href`` is empty."""

    href: str

    def __new__(cls, text: str, href: str) -> Linked:
        made = super().__new__(cls, text)
        made.href = href
        return made


class Phone(Linked):
    """A number to call; ``href`` is empty where it is something else."""

    def __new__(cls, text: str) -> Phone:
        made = str.__new__(cls, text)
        made.href = _address(text)
        return made


def _address(number: str) -> str:
    return f"tel:{re.sub('[ ()-]', '', number)}" if _DIALLED.fullmatch(number) else ""


def with_phones(text: str) -> Markup:
    """A text in which the numbers are links that call."""
    drawn, done = Markup(""), 0
    for found in _IN_TEXT.finditer(text):
        phone = Phone(found[0])
        drawn += text[done : found.start()]
        drawn += Markup('<a href="{}">{}</a>').format(phone.href, phone)
        done = found.end()
    return drawn + text[done:]


def site_time(request, moment: datetime) -> SiteTime:
    return SiteTime(f"{moment.astimezone(request.registry.site_zone):%Y-%m-%d %H:%M}")


def field_text(request, name: str, node, value: Any) -> str:
    """The value of a form's field: related rows by their names, choices by their titles."""
    if audit.is_secret(name):
        return audit.SECRET if value else ""
    model = getattr(node, "relation", None)
    if model is not None:
        ids = [value] if isinstance(value, int) else list(value or ())
        return "、".join(labels(request, model, ids).values())
    titles = dict(choices_of(node))
    if titles:
        values = value if isinstance(value, list | tuple) else [value]
        return "、".join(titles.get(each, text_of(request, each)) for each in values)
    if isinstance(value, datetime):
        # To the microsecond, or a change would be recorded that nobody can see.
        return value.astimezone(request.registry.site_zone).replace(tzinfo=None).isoformat(" ")
    return text_of(request, value)


def field_texts(request, nodes: dict, values: dict[str, Any]) -> dict[str, str]:
    """Title → text of all values; the titles are what the audit speaks of."""
    return {
        (nodes[name].title or name): field_text(request, name, nodes[name], value)
        for name, value in values.items()
        if name in nodes
    }


def labels(request, model: type, ids: list[int]) -> dict[int, str]:
    """id → label of those rows of ``model`` that there are."""
    if not ids:
        return {}
    key: Any = sa.inspect(model).primary_key[0]
    rows = request.db.scalars(sa.select(model).where(among(key, ids)).order_by(key))
    return {row.id: label(request, row) for row in rows}


def label(request, row: Any) -> str:
    admin = request.registry["admin.by_model"].get(type(row))
    if admin is not None:
        return admin.label(row)
    return str(getattr(row, "name", f"#{row.id}"))
