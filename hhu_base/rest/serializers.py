"""How a service says what it answers, for the API document: shapes of JSON, each with an example.

In ``shapes.py``, beside the function that makes the object::

    ROOM = component("Meetingroom", id=ID, name=text("301"), seats_count=whole_number(60))

and in ``api.py``, with the view; from 400 on it is examples, a sentence or the whole JSON::

    @meetingrooms.get(answers={200: list_of(shapes.ROOM)})
    @friends.post(answers={200: NOTHING, 400: ["已存在该好友关系。"]})

A shape is JSON Schema, a plain dict with ``examples``, in which a component may stand for its
object. What every service answers alike (401, 404, 415, …) is not said again: the document knows
it from the validators, the permission and the path. Of a service that says nothing the document
says that it answers anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = Mapping[str, Any]

MOMENT = "2030-01-15T10:00:00+08:00"
LATER = "2030-01-15T11:00:00+08:00"
_INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$"


@dataclass(frozen=True, eq=False)
class Component:
    """An object that the document names, and that many answers may share."""

    name: str
    properties: Mapping[str, Any]
    description: str = ""


@dataclass(frozen=True, eq=False)
class Page(Component):
    """A page of a list: with it the service takes ``page`` and ``page_size``."""


@dataclass(frozen=True)
class Body:
    """An answer that is no JSON; no ``media_type``: without a body."""

    media_type: str = ""
    description: str = ""
    # Name → what it is for; only those that every such answer has.
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Header:
    """A header that a service reads beside those that every service does."""

    name: str
    description: str
    example: str
    place = "header"


@dataclass(frozen=True)
class Parameter(Header):
    """The same of a parameter in the query string that no validator reads."""

    place = "query"


@dataclass(frozen=True)
class Documentation:
    """What a view says of itself: its answers by status, and what it reads that no validator does."""

    answers: Mapping[int, Any]
    reads: tuple[Any, ...] = ()


NOTHING = Body()


def file(media_type: str, description: str = "", **headers: str) -> Body:
    return Body(media_type, description, {n.replace("_", "-"): d for n, d in headers.items()})


def component(name: str, description: str = "", /, **properties: Any) -> Component:
    """An object that has each of these properties."""
    return Component(name, properties, description)


def page_of(each: Component) -> Page:
    """The contract's page, as ``hhu_base.rest.paged`` makes it."""
    return Page(
        f"{each.name}Page",
        {
            "count": whole_number(1),
            "next": nullable(text(), example=None),
            "previous": nullable(text(), example=None),
            "results": list_of(each),
        },
    )


def list_of(each: Any, **keywords: Any) -> dict[str, Any]:
    return {"type": "array", "items": each, **keywords}


def text(example: str = "", **keywords: Any) -> dict[str, Any]:
    return {"type": "string", "examples": [example], **keywords}


def whole_number(example: int = 0, **keywords: Any) -> dict[str, Any]:
    return {"type": "integer", "examples": [example], **keywords}


def number(example: float, **keywords: Any) -> dict[str, Any]:
    return {"type": "number", "examples": [example], **keywords}


def yes_no(example: bool = False) -> dict[str, Any]:
    return {"type": "boolean", "examples": [example]}


def instant(example: str = MOMENT) -> dict[str, Any]:
    """A time with the site's offset, whole seconds."""
    return {"type": "string", "format": "date-time", "pattern": _INSTANT, "examples": [example]}


def one_of(*values: Any, **keywords: Any) -> dict[str, Any]:
    """One of a few values; the first is the example."""
    return {"enum": list(values), "examples": [values[0]], **keywords}


_NO_EXAMPLE: Any = object()


def nullable(shape: Any, *, example: Any = _NO_EXAMPLE) -> dict[str, Any]:
    """The shape, or null. Its example is the shape's unless another is given."""
    both: dict[str, Any] = {"anyOf": [shape, {"type": "null"}]}
    if example is not _NO_EXAMPLE:
        both["examples"] = [example]
    return both


def example_of(shape: Any) -> Any:
    """An object of this shape, made of the examples in it."""
    if isinstance(shape, Component):
        return {name: example_of(each) for name, each in shape.properties.items()}
    for key in ("examples", "enum"):
        if shape.get(key):
            return shape[key][0]
    if "anyOf" in shape:
        return example_of(shape["anyOf"][0])
    if "properties" in shape:
        return {name: example_of(each) for name, each in shape["properties"].items()}
    if shape.get("type") == "array":
        return [example_of(shape["items"])] if "items" in shape else []
    return {}


ID = whole_number(1, minimum=1)
