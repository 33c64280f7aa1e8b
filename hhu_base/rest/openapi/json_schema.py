"""From colander to JSON Schema: what a body or a query string may hold.

What clients should send, not all that is forgiven. A type that is not known here may be anything;
a node says more with ``json_schema={"format": "email"}`` and ``example="…"``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import colander

from hhu_base.rest.serializers import MOMENT, example_of
from hhu_base.values import schema_types

Schema = dict[str, Any]
SENTENCES: Schema = {"type": "array", "items": {"type": "string"}, "minItems": 1}


def schema_of(node: colander.SchemaNode, *, in_query: bool = False) -> Schema:
    """The schema of a node; numbers are numbers in a query string, and may be digits in a body."""
    schema = _typed(node, in_query)
    for validator in _validators(node.validator):
        schema |= _limits(validator, "Items" if schema.get("type") == "array" else "Length")
    # Colander makes one of the name where there is none, which says nothing new.
    if _is_chinese(str(node.title)):
        schema["title"] = str(node.title)
    if node.description:
        schema["description"] = node.description
    if getattr(node.typ, "nullable", False) and "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        schema["type"] = [*kinds, "null"]
    if isinstance(node.missing, str | int | bool):
        schema["default"] = _default(node, in_query)
    schema |= getattr(node, "json_schema", {})
    if hasattr(node, "example"):
        schema["examples"] = [node.example]
    return schema


def parameters_of(node: colander.SchemaNode, *, required: bool = True) -> list[dict[str, Any]]:
    """The parameters of a query string."""
    found = []
    for child in node.children:
        schema = schema_of(child, in_query=True)
        parameter = {"name": child.name, "in": "query", "schema": schema}
        if description := schema.pop("description", ""):
            parameter["description"] = description
        if required and child.required:
            parameter["required"] = True
        found.append(parameter)
    return found


def errors_of(node: colander.SchemaNode) -> Schema:
    """The schema of the 400 that names the fields."""
    properties = {child.name: _errors_of_field(child) for child in node.children}
    return {
        "type": "object",
        "properties": {**properties, "non_field_errors": SENTENCES},
        "minProperties": 1,
    }


def _errors_of_field(node: colander.SchemaNode) -> Schema:
    if isinstance(node.typ, colander.Mapping):
        return {"anyOf": [SENTENCES, errors_of(node)]}
    # Those of a list are named by the positions.
    return {"anyOf": [SENTENCES, {"type": "object"}]} if node.children else SENTENCES


def example(schema: Schema) -> Any:
    """What a client could send."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "properties" in schema:
        required = schema.get("required", ())
        return {
            name: example(each)
            for name, each in schema["properties"].items()
            # What can be left out is shown where the schema has something to show.
            if name in required or each.get("examples")
        }
    if "enum" in schema or schema.get("type") == "array":
        return example_of(schema)
    if "default" in schema:
        return schema["default"]
    kinds = schema.get("type", "string")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    return {"integer": max(1, schema.get("minimum", 1)), "number": 1, "boolean": True}.get(
        kind, "文本"
    )


def _typed(node: colander.SchemaNode, in_query: bool) -> Schema:
    for kind in type(node.typ).__mro__:
        if kind in _SCHEMAS:
            return _SCHEMAS[kind](node, in_query)
    return {}


def _mapping(node, in_query: bool) -> Schema:
    schema: Schema = {"type": "object"}
    if about := _own_docstring(node):
        schema["description"] = about
    properties = {child.name: schema_of(child, in_query=in_query) for child in node.children}
    required = [child.name for child in node.children if child.required]
    schema["properties"] = properties
    return schema | {"required": required} if required else schema


def _sequence(node, in_query: bool) -> Schema:
    return {"type": "array", "items": schema_of(node.children[0], in_query=in_query)}


def _text(node, in_query: bool) -> Schema:
    schema: Schema = {"type": "string"}
    if not node.typ.allow_empty:
        schema["minLength"] = 1
    if getattr(node.typ, "max_length", None) is not None:
        schema["maxLength"] = node.typ.max_length
    return schema


def _whole_number(node, in_query: bool) -> Schema:
    typ = node.typ
    schema: Schema = {"type": "integer", "minimum": getattr(typ, "minimum", 1)}
    if hasattr(typ, "maximum"):
        schema["maximum"] = typ.maximum
    if not in_query:
        # As JSON number or as digits; the pattern is only about strings, the limits about numbers.
        schema |= {"type": ["integer", "string"], "pattern": "^-?[0-9]+$"}
    return schema


def _yes_no(node, in_query: bool) -> Schema:
    words = ["yes", "no", "true", "false", "on", "off", "1", "0"]
    return {"enum": words} if in_query else {"enum": [True, False, *words]}


def _instant(node, in_query: bool) -> Schema:
    about = "ISO 8601，没有时区的按本站时区理解。"
    return {"type": "string", "format": "date-time", "description": about, "examples": [MOMENT]}


def _plain(kind: str, **more: Any) -> Callable[[Any, bool], Schema]:
    return lambda node, in_query: {"type": kind, **more}


# Looked up along the bases of a type: those of a plugin's own find what they descend from.
_SCHEMAS: dict[type, Callable[[Any, bool], Schema]] = {
    schema_types.IdentifierType: _whole_number,
    schema_types.WholeNumberType: _whole_number,
    schema_types.YesNoType: _yes_no,
    schema_types.InstantType: _instant,
    colander.Mapping: _mapping,
    colander.Sequence: _sequence,
    colander.String: _text,
    colander.Integer: _plain("integer"),
    colander.Number: _plain("number"),
    colander.Boolean: _plain("boolean"),
    colander.DateTime: _plain("string", format="date-time"),
    colander.Date: _plain("string", format="date"),
}


def _validators(validator: Any) -> list[Any]:
    validator = getattr(validator, "inner", validator)
    if isinstance(validator, colander.All):
        return [inner for each in validator.validators for inner in _validators(each)]
    return [] if validator is None else [validator]


def _limits(validator: Any, unit: str) -> Schema:
    if isinstance(validator, colander.OneOf):
        return {"enum": list(validator.choices)}
    if isinstance(validator, colander.Length):
        return _without_none({f"min{unit}": validator.min, f"max{unit}": validator.max})
    if isinstance(validator, colander.Range):
        return _without_none({"minimum": validator.min, "maximum": validator.max})
    return {}


def _without_none(limits: Schema) -> Schema:
    return {name: limit for name, limit in limits.items() if limit is not None}


def _default(node, in_query: bool) -> Any:
    if in_query and isinstance(node.missing, bool):
        return "yes" if node.missing else "no"
    return node.missing


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def _own_docstring(node) -> str:
    kind = type(node)
    # Colander's own classes have docstrings, too, about colander.
    is_own = not kind.__module__.startswith("colander")
    said = " ".join((kind.__dict__.get("__doc__") or "").split()) if is_own else ""
    # The document is in Chinese: what is written for engineers stays in the code.
    return said if _is_chinese(said) else ""
