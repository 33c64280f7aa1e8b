"""Schema nodes for what only forms have: a row of another table, several of them, a choice.

They know nothing of Deform, so that a schema costs nothing where no form is drawn.
"""

from __future__ import annotations

from typing import Any

import colander

from hhu_base.values.schema_fields import Identifier, Text
from hhu_base.values.schema_types import BIGINT_MAX, MISSING, IdentifierType, no_such_object


def Relation(model: type, *, optional: bool = False, **kw: Any) -> colander.SchemaNode:  # noqa: N802
    """The id of a row of ``model``, found by typing. ``optional``: or None."""
    if optional:
        kw |= {"nullable": True, "missing": None}
    return Identifier(relation=model, **kw)


def Relations(model: type, **kw: Any) -> colander.SchemaNode:  # noqa: N802
    """The ids of any number of rows of ``model``, as a list in ascending order."""
    kw.setdefault("missing", ())
    return colander.SchemaNode(IdentifiersType(), relation=model, **kw)


def Choice(choices: Any, *, several: bool = False, **kw: Any) -> colander.SchemaNode:  # noqa: N802
    """One of ``choices``, pairs of value and title, or a deferred of them; or ``several``."""
    if several:
        kw.setdefault("missing", ())
        return colander.SchemaNode(SeveralType(), choices=choices, validator=_known, **kw)
    return Text(choices=choices, validator=_known, **kw)


def Levels(rows: Any, **kw: Any) -> colander.SchemaNode:  # noqa: N802
    """One of its levels for each of ``rows``, pairs of title and choices: what was chosen of all.

    The level whose value is empty is none. ``choices`` are all that there are.
    """
    return Choice(several=True, rows=rows, **kw)


def what_is_missing(node) -> str:
    """``请填写名称。``, as a form says it of a field that was left empty.

    Where the title is no noun, the node has a sentence of its own, ``when_missing``.
    """
    if sentence := getattr(node, "when_missing", ""):
        return str(sentence)
    is_reference = isinstance(node.typ, IdentifierType)
    is_chosen = is_reference or hasattr(node, "relation") or hasattr(node, "choices")
    return f"请{'选择' if is_chosen else '填写'}{node.title or node.name}。"


def name_what_is_missing(error: colander.Invalid) -> None:
    """People read the field's name; only clients of the REST services want to hear of fields."""
    for child in error.children:
        if isinstance(child.msg, str) and child.msg in MISSING:
            child.msg = what_is_missing(child.node)
        name_what_is_missing(child)


def choices_of(node) -> list[tuple[str, str]]:
    choices = getattr(node, "choices", ())
    return [] if isinstance(choices, colander.deferred) else list(choices)


def _known(node, value) -> None:
    known = {each for each, _ in node.choices}
    for each in [value] if isinstance(value, str) else value:
        if each not in known:
            raise colander.Invalid(node, f"“{each}” 不是合法选项。")


class SeveralType(colander.SchemaType):
    """A list of texts without order: sorted, so that the same ones are equal."""

    def serialize(self, node, appstruct):
        return (
            colander.null if appstruct is colander.null else sorted(str(each) for each in appstruct)
        )

    def deserialize(self, node, cstruct):
        if cstruct is colander.null:
            return colander.null
        if isinstance(cstruct, str) or not hasattr(cstruct, "__iter__"):
            raise colander.Invalid(node, "不是有效的列表。")
        return sorted({self.read(node, str(each)) for each in cstruct if each != ""})

    def read(self, node, text: str):
        return text

    def cstruct_children(self, node, cstruct):
        return []


class IdentifiersType(SeveralType):
    def serialize(self, node, appstruct):
        if appstruct is colander.null:
            return colander.null
        return [str(each) for each in sorted(appstruct)]

    def read(self, node, text: str):
        if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= BIGINT_MAX:
            return int(text)
        raise colander.Invalid(node, no_such_object(text))
