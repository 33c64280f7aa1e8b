"""Fields of schemas: nodes of the strict types of ``schema_types``.

Every node takes colander's keywords (``missing=``, ``title=``, ``validator=``, …) and
``nullable=True``, with which null is a value of its own: None.
"""

from __future__ import annotations

from typing import Any

import colander

from hhu_base.values import text as texts
from hhu_base.values.schema_types import (
    INTEGER_MAX,
    REQUIRED,
    DayType,
    IdentifierType,
    InstantType,
    TextType,
    WholeNumberType,
    YesNoType,
    _Strict,
)
from hhu_base.values.search import MAX_CHARACTERS, SearchError, search_words


def Text(  # noqa: N802 - reads as a type in a schema
    *, max_length: int | None = None, blank: bool = False, **kw: Any
) -> colander.SchemaNode:
    """A string without what can't be seen at both ends, and not blank unless ``blank``."""
    return _node(TextType(max_length, blank, texts.trimmed), kw)


def Name(  # noqa: N802
    *, max_length: int | None = None, blank: bool = False, **kw: Any
) -> colander.SchemaNode:
    """What somebody or something is called: one line, and nothing in it that can't be seen."""
    return _node(TextType(max_length, blank, texts.clean_name), kw)


def Secret(  # noqa: N802
    *, max_length: int | None = None, blank: bool = False, **kw: Any
) -> colander.SchemaNode:
    """A password: every character of it counts, blanks too."""
    return _node(TextType(max_length, blank, None), kw)


def Search(**kw: Any) -> colander.SchemaNode:  # noqa: N802
    """What is searched for, which may be left out; rules take it apart with ``search_words``."""
    kw.setdefault("missing", "")
    return Text(max_length=MAX_CHARACTERS, blank=True, validator=_few_words, **kw)


def _few_words(node, value) -> None:
    try:
        search_words(value)
    except SearchError as refusal:
        raise colander.Invalid(node, str(refusal)) from None


def Identifier(**kw: Any) -> colander.SchemaNode:  # noqa: N802
    """The id of a row; whether there is one is for the rule to find out."""
    return _node(IdentifierType(strict=True), kw)


def WholeNumber(  # noqa: N802
    *,
    minimum: int = -INTEGER_MAX - 1,
    maximum: int = INTEGER_MAX,
    lenient: bool = False,
    capped: bool = False,
    **kw: Any,
) -> colander.SchemaNode:
    """A number that fits an integer column. ``lenient``: what is no such number is left out.

    ``capped``: one beyond ``maximum`` counts as ``maximum``, for what is at least so large.
    """
    return _node(WholeNumberType(minimum, maximum, lenient, capped), kw)


def YesNo(**kw: Any) -> colander.SchemaNode:  # noqa: N802
    """True or false, also as ``yes``/``no``, ``on``/``off``, ``1``/``0``."""
    return _node(YesNoType(), kw)


def Instant(**kw: Any) -> colander.SchemaNode:  # noqa: N802
    """A moment, in UTC; text without an offset is in the site's zone."""
    return _node(InstantType(), {"zone": colander.deferred(_bound_zone), **kw})


def Day(**kw: Any) -> colander.SchemaNode:  # noqa: N802
    """A day of the calendar, in whatever zone."""
    return _node(DayType(), kw)


def _node(typ: _Strict, kw: dict[str, Any]) -> colander.SchemaNode:
    typ.nullable = kw.pop("nullable", False)
    validator = kw.get("validator")
    if validator is not None and not isinstance(validator, colander.deferred):
        kw["validator"] = _unless_empty(validator)
    kw.setdefault("missing_msg", REQUIRED)
    return colander.SchemaNode(typ, **kw)


def _unless_empty(validator):
    """Where null or "" is allowed, a validator for addresses, lengths … has nothing to say of it."""

    def validate(node, value) -> None:
        if value is not None and value != "":
            validator(node, value)

    # The API document reads it.
    validate.inner = validator  # type: ignore[attr-defined]
    return validate


def _bound_zone(node, kw: dict[str, Any]):
    return kw["zone"] if "zone" in kw else kw["request"].registry.site_zone
