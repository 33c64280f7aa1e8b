"""The answers of an operation: what it says itself, and what every service answers alike."""

from __future__ import annotations

from functools import partial
from typing import Any

from apispec import APISpec

from hhu_base.rest import idempotency
from hhu_base.rest.openapi import json_schema
from hhu_base.rest.openapi.components import Components
from hhu_base.rest.openapi.inputs import OperationInput
from hhu_base.rest.openapi.operations import Operation
from hhu_base.rest.paging import INVALID_PAGE
from hhu_base.rest.serializers import Body, Object, Page, example_of
from hhu_base.rest.services import must_accept_json, must_send_json_or_form
from hhu_base.rest.validation import BodyValidator
from hhu_base.values.schema_types import REQUIRED
from hhu_base.web.errors import BAD_TOKEN, DETAILS, NO_CREDENTIALS
from hhu_base.web.security import SIGNED_IN

JSON = "application/json"
DETAIL = Object("Detail", "没有哪个字段有错：一句给人看的话。", detail={"type": "string"})
_SUMMED_UP = Object(
    "DetailSummedUp",
    "同一句话也在 non_field_errors 里，供只看那里的客户端。",
    detail={"type": "string"},
    non_field_errors=json_schema.SENTENCES,
)
_NAMED_FIELDS = "字段名称 → 错误说明；各字段放在一起才有的错误在 non_field_errors。"
_ANY_FIELDS = {"type": "object", "additionalProperties": json_schema.SENTENCES, "minProperties": 1}

_DESCRIPTIONS = {
    200: "成功。",
    201: "成功，已建立。",
    202: "已受理，尚未完成。",
    204: "成功，没有内容。",
    206: "所要的部分。",
    304: "与客户端已有的相同，没有内容。",
    400: "有错误，所说的句子可以直接给人看。",
    401: "没有登录：没有令牌，或令牌无效、已过期、用户已停用。",
    403: "已登录，但没有权限。",
    404: "不存在，或属于别人。",
    405: "这个路径没有这个方法。",
    406: "客户端不接受 JSON。",
    409: "同一个 Idempotency-Key 的请求还在处理。",
    413: "请求内容过大。",
    415: "请求内容既不是 JSON 也不是表单。",
    416: "所要的部分不存在。",
    422: "这个 Idempotency-Key 已经用于内容不同的请求。",
    429: "尝试的次数太多。",
    503: "暂时不可用，稍后重试。",
    504: "数据库用时过长，已经中止。",
}
_HEADERS = {
    401: {"WWW-Authenticate": "所需的认证方式：Token。"},
    405: {"Allow": "这个路径有的方法。"},
    409: {"Retry-After": "多少秒以后再试。"},
    429: {"Retry-After": "多少秒以后再试。"},
    503: {"Retry-After": "多少秒以后再试。"},
}
_SHARED = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "InProgress",
    413: "TooLarge",
    415: "UnsupportedMediaType",
    422: "KeyReused",
    429: "TooManyRequests",
    503: "Unavailable",
    504: "TookTooLong",
}


def add_shared(spec: APISpec, components: Components) -> None:
    """The errors that services have in common, each there once."""
    for status, name in _SHARED.items():
        sentences = [NO_CREDENTIALS, BAD_TOKEN] if status == 401 else [DETAILS[status]]
        spec.components.response(name, _refusal(status, sentences, [_detail(components)]))


def answers_of(
    operation: Operation, readings: list[OperationInput], components: Components
) -> dict[str, Any]:
    """Status → answer."""
    described = operation.described
    said = dict(described.answers) if described else {}
    found: dict[str, Any] = {}
    if described is None:
        anything: dict[str, Any] = {"content": {"*/*": {"schema": {}}}}
        found["2XX"] = {"description": "成功。"} | anything
        found["default"] = {"description": "插件没有说明。"} | anything
    if any(isinstance(answer, Page) for answer in said.values()):
        said.setdefault(404, [INVALID_PAGE])
    for status in _shared_statuses(operation):
        found[str(status)] = {"$ref": f"#/components/responses/{_SHARED[status]}"}
    # Of every operation: a query string can always be no UTF-8.
    found["400"] = _bad_request(said.pop(400, ()), readings, components)
    for status, answer in said.items():
        if status < 400 or isinstance(answer, Body):
            found[str(status)] = _answer(status, answer, components)
        else:
            found[str(status)] = _own_refusal(status, answer, components)
    return dict(sorted(found.items()))


def _shared_statuses(operation: Operation) -> list[int]:
    validators = operation.validators
    takes_key = operation.described is not None and idempotency.HEADER in operation.described.reads
    sends = operation.method in ("POST", "PUT", "PATCH")
    conditions = {
        401: not operation.is_public,
        403: not operation.is_public and operation.permission != SIGNED_IN,
        404: bool(operation.placeholders),
        405: True,
        406: must_accept_json in validators,
        409: takes_key,
        413: any(isinstance(each, BodyValidator) for each in validators),
        415: sends and must_send_json_or_form in validators,
        422: takes_key,
        503: True,
        504: True,
    }
    return [status for status, is_so in conditions.items() if is_so]


def _answer(status: int, answer: Any, components: Components) -> dict[str, Any]:
    described: dict[str, Any] = {"description": _DESCRIPTIONS.get(status, "")}
    if isinstance(answer, Body):
        if answer.description:
            described["description"] = answer.description
        if answer.media_type:
            binary = {"type": "string", "format": "binary"}
            described["content"] = {answer.media_type: {"schema": binary}}
        return described | ({"headers": _headers(answer.headers)} if answer.headers else {})
    content = {"schema": components.schema_of(answer), "example": example_of(answer)}
    return described | {"content": {JSON: content}}


def _bad_request(
    said: Any, readings: list[OperationInput], components: Components
) -> dict[str, Any]:
    """``said``: examples, and components for refusals that hold more than a sentence."""
    schemas = [_detail(components)]
    examples: list[Any] = []
    if any(reading.validator.summary for reading in readings):
        schemas.append(components.schema_of(_SUMMED_UP))
    for reading in readings:
        if reading.validator.detail is not None:
            examples.append(reading.validator.detail)
        elif reading.fields:
            key, name = (reading.validator.schema, "errors"), f"{reading.name}Errors"
            schemas.append(components.named(key, name, partial(_field_errors, reading)))
            examples.append({reading.fields[0]: [REQUIRED]})
    for each in said:
        if isinstance(each, Object):
            schemas.append(components.schema_of(each))
            examples.append(example_of(each))
        else:
            examples.append(each)
    if len(schemas) == 1 and any(not isinstance(each, str) for each in examples):
        schemas.append(components.named("fields", "FieldErrors", lambda: _ANY_FIELDS))
    return _refusal(400, examples or [DETAILS[400]], schemas)


def _field_errors(reading: OperationInput) -> dict[str, Any]:
    return {**json_schema.errors_of(reading.schema), "description": _NAMED_FIELDS}


def _refusal(status: int, examples: Any, schemas: list[Any]) -> dict[str, Any]:
    payloads = [{"detail": each} if isinstance(each, str) else each for each in examples]
    content = {
        "schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas},
        "examples": {
            str(number): {"summary": _sentence_in(payload), "value": payload}
            for number, payload in enumerate(payloads, 1)
        },
    }
    refusal = {"description": _DESCRIPTIONS.get(status, ""), "content": {JSON: content}}
    return refusal | ({"headers": _headers(_HEADERS[status])} if status in _HEADERS else {})


def _own_refusal(status: int, said: Any, components: Components) -> dict[str, Any]:
    """``said``: examples, and components for refusals that hold more than a sentence."""
    objects = [each for each in said if isinstance(each, Object)]
    schemas = [_detail(components), *map(components.schema_of, objects)]
    examples = [example_of(each) if isinstance(each, Object) else each for each in said]
    refusal = _refusal(status, examples, schemas)
    if status == 409:
        # Not only that of an Idempotency-Key: the others are not over by themselves.
        refusal["description"] = (
            "已经不是客户端读到的样子；或同一个 Idempotency-Key 的请求还在处理。"
        )
        refusal["headers"]["Retry-After"]["required"] = False
    return refusal


def _sentence_in(payload: dict[str, Any]) -> str:
    first = next(iter(payload.values()))
    return str(first[0] if isinstance(first, list) and first else first)


def _detail(components: Components) -> dict[str, str]:
    return components.schema_of(DETAIL)


def _headers(headers: Any) -> dict[str, Any]:
    return {
        name: {"description": about, "required": True, "schema": {"type": "string"}}
        for name, about in headers.items()
    }
