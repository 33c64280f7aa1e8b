"""What goes out by REST: each object is declared once, makes the JSON of a row and documents itself.

In ``serializers.py``::

    ROOM = Object("Meetingroom", id=ID, name=text("301"), seats_count=whole_number(60))
    RESERVATION = Object("Reservation", id=ID, user=ID.of("user_id"), meetingroom=ROOM.of("room"))

and in ``api.py``, with the view; from 400 on the answers are examples, a sentence or the whole JSON::

    @meetingrooms.get(answers={200: list_of(ROOM)})
    def list_rooms(request):
        return list_of(ROOM)(rooms)

    @friends.post(answers={200: NOTHING, 400: ["已存在该好友关系。"]})

A shape is JSON Schema, a dict with ``examples``, in which an Object may stand for its schema.
What every service answers alike (401, 404, 415, …) is not said again: the document knows
it from the validators, the permission and the path. Of a service that says nothing the document
says that it answers anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Self

Source = str | Callable[[Any], Any]

MOMENT = "2030-01-15T10:00:00+08:00"
LATER = "2030-01-15T11:00:00+08:00"
_INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$"


class Field(dict[str, Any]):
    """The JSON Schema of a value, which also knows where the value comes from and how it goes out.

    ``source`` is the attribute of the row, or a dotted path, or a function of the row; by default the
    attribute has the property's own name.
    """

    source: Source | None = None
    # Makes the JSON of the value; None: it is JSON already.
    serialize: Callable[[Any], Any] | None = None

    def of(self, source: Source) -> Self:
        """The same, read from ``source``."""
        field = type(self)(self)
        field.source, field.serialize = source, self.serialize
        return field

    def __call__(self, value: Any) -> Any:
        return value if self.serialize is None else self.serialize(value)


class Object:
    """An object that goes out: it makes the JSON of a row, and the document describes it by name."""

    def __init__(self, name: str, description: str = "", /, **properties: Any):
        self.name = name
        self.description = description
        self.properties: Mapping[str, Any] = {
            key: shape.shape if isinstance(shape, _From) else shape
            for key, shape in properties.items()
        }
        self._readers = [(key, _reader(key, shape)) for key, shape in properties.items()]

    def of(self, source: Source) -> _From:
        """This object, made of what the row has at ``source``."""
        return _From(self, source)

    def __call__(self, row: Any) -> dict[str, Any]:
        return {key: read(row) for key, read in self._readers}


class Page(Object):
    """A page of a list: with it the service takes ``page`` and ``page_size``."""


@dataclass(frozen=True)
class _From:
    """An object, and where in the row it comes from."""

    shape: Object
    source: Source


def _reader(name: str, shape: Any) -> Callable[[Any], Any]:
    """The function that gets the JSON of one property from a row."""
    source = (shape.source if isinstance(shape, _From | Field) else None) or name
    get = source if callable(source) else attrgetter(source)
    serialize = _serializer(shape)
    if serialize is None:
        return get
    return lambda row: serialize(get(row))


def _serializer(shape: Any) -> Callable[[Any], Any] | None:
    """What makes the JSON of a value of this shape; None if it is JSON already."""
    if isinstance(shape, _From):
        return shape.shape
    if isinstance(shape, Object):
        return shape
    return shape.serialize if isinstance(shape, Field) else None


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


def page_of(each: Object) -> Page:
    """The contract's page, as ``hhu_base.rest.paged`` makes it."""
    return Page(
        f"{each.name}Page",
        count=whole_number(1),
        next=nullable(text(), example=None),
        previous=nullable(text(), example=None),
        results=list_of(each),
    )


def list_of(each: Any, **keywords: Any) -> Field:
    """A list; called with rows it makes the JSON of each."""
    field = Field({"type": "array", "items": each, **keywords})
    serialize = _serializer(each)
    if serialize is not None:
        field.serialize = lambda rows: [serialize(row) for row in rows]
    return field


def text(example: str = "", **keywords: Any) -> Field:
    return Field({"type": "string", "examples": [example], **keywords})


def whole_number(example: int = 0, **keywords: Any) -> Field:
    return Field({"type": "integer", "examples": [example], **keywords})


def number(example: float, **keywords: Any) -> Field:
    return Field({"type": "number", "examples": [example], **keywords})


def yes_no(example: bool = False) -> Field:
    return Field({"type": "boolean", "examples": [example]})


def instant(example: str = MOMENT) -> Field:
    """A time with the site's offset, whole seconds."""
    return Field(
        {"type": "string", "format": "date-time", "pattern": _INSTANT, "examples": [example]}
    )


def one_of(*values: Any, **keywords: Any) -> Field:
    """One of a few values; the first is the example."""
    return Field({"enum": list(values), "examples": [values[0]], **keywords})


def is_plain(shape: Any) -> bool:
    """Whether its values are texts, whole numbers and the like: what all encoders write alike."""
    if isinstance(shape, Body):
        return True
    if isinstance(shape, Object):
        return all(map(is_plain, shape.properties.values()))
    if "anyOf" in shape:
        return all(map(is_plain, shape["anyOf"]))
    if shape.get("type") == "array":
        return shape.get("maxItems") == 0 or is_plain(shape.get("items", {}))
    if "enum" in shape:
        return all(isinstance(value, str) for value in shape["enum"])
    return shape.get("type") in ("string", "integer", "boolean", "null")


_NO_EXAMPLE: Any = object()


def nullable(shape: Any, *, example: Any = _NO_EXAMPLE) -> Field:
    """The shape, or null. Its example is the shape's unless another is given."""
    field = Field({"anyOf": [shape, {"type": "null"}]})
    if example is not _NO_EXAMPLE:
        field["examples"] = [example]
    serialize = _serializer(shape)
    if serialize is not None:
        field.serialize = lambda value: None if value is None else serialize(value)
    return field


def example_of(shape: Any) -> Any:
    """An object of this shape, made of the examples in it."""
    if isinstance(shape, Object):
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
