"""What an operation reads: path, query string, headers and body, as its validators say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import colander

from hhu_base.rest.openapi import json_schema
from hhu_base.rest.openapi.components import Components
from hhu_base.rest.openapi.operations import Operation
from hhu_base.rest.paging import DEFAULT_SIZE, MAX_SIZE
from hhu_base.rest.serializers import Header, Page
from hhu_base.rest.validation import BodyValidator, QueryValidator, Validator
from hhu_base.web.request import FORM

_WHOLE_NUMBER = r"\d+"
_PAGE = {"oneOf": [{"type": "integer", "minimum": 1}, {"const": "last"}], "default": 1}
_PAGE_SIZE = {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE}
_PAGING: dict[str, dict[str, Any]] = {
    "page": {"description": "第几页；last：最后一页。", "schema": _PAGE},
    "page_size": {"description": "每页几项。", "schema": _PAGE_SIZE},
}


@dataclass(frozen=True)
class OperationInput:
    """A validator with its schema as this application has it."""

    validator: Validator
    schema: colander.SchemaNode
    # Not all that are read are needed: one path may serve several kinds of clients.
    is_certain: bool

    @property
    def name(self) -> str:
        """``ReservationSchema`` → ``Reservation``."""
        return type(self.schema).__name__.removesuffix("Schema").lstrip("_")

    @property
    def fields(self) -> list[str]:
        """The names, those that can't be left out first."""
        nodes = sorted(self.schema.children, key=lambda node: not node.required)
        return [node.name for node in nodes]


def readings(operation: Operation, registry) -> list[OperationInput]:
    also = operation.described.reads if operation.described else ()
    return [
        OperationInput(validator, validator.bound(registry), validator in operation.validators)
        for validator in (*operation.validators, *also)
        if isinstance(validator, Validator)
    ]


def parameters_of(operation: Operation, found: list[OperationInput]) -> list[dict[str, Any]]:
    parameters: dict[str, dict[str, Any]] = {
        name: {"name": name, "in": "path", "required": True, "schema": _in_path(pattern)}
        for name, pattern in operation.placeholders.items()
    }
    for reading in found:
        if isinstance(reading.validator, QueryValidator):
            for each in json_schema.parameters_of(reading.schema, required=reading.is_certain):
                parameters.setdefault(each["name"], each)
    described = operation.described
    if described and any(isinstance(each, Page) for each in described.answers.values()):
        for name, paging in _PAGING.items():
            parameters[name] = {"name": name, "in": "query", **paging}
    for header in described.reads if described else ():
        if isinstance(header, Header):
            parameters[header.name] = {
                "name": header.name,
                "in": header.place,
                "description": header.description,
                "schema": {"type": "string", "examples": [header.example]},
            }
    return list(parameters.values())


def body_of(found: list[OperationInput], components: Components) -> dict[str, Any] | None:
    for reading in found:
        if isinstance(reading.validator, BodyValidator):
            schema = json_schema.schema_of(reading.schema)
            key, name = reading.validator.schema, f"{reading.name}Input"
            reference = components.named(key, name, partial(dict, schema))
            content = {"schema": reference, "example": json_schema.example(schema)}
            return {
                "required": bool(schema.get("required")),
                "content": {"application/json": content, FORM: content},
            }
    return None


def _in_path(pattern: str) -> dict[str, Any]:
    if pattern == _WHOLE_NUMBER:
        return {"type": "integer", "minimum": 1, "examples": [1]}
    return {"type": "string", "pattern": f"^(?:{pattern})$"}
