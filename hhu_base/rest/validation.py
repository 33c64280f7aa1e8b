"""``body(Schema)`` and ``query(Schema)``: Cornice validators that parse, validate, and raise.

They raise, where Cornice's collect errors and return them: raising rolls the transaction back.
A schema is bound once per application, since binding clones it; a deferred value in it gets
``registry`` and ``zone``, never the request. What depends on the request belongs in a rule.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import colander

from hhu_base.values.form_fields import name_what_is_missing, what_is_missing
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.web.errors import TooLarge
from hhu_base.web.request import FORM

NO_OBJECT = "无效数据，请求内容应为一个 JSON 对象。"
MAX_FORM_FIELDS = 1000


def body(schema: Any, *, summary: bool = False) -> Validator:
    """Validates the body. ``summary``: whatever is wrong carries ``non_field_errors`` too."""
    return BodyValidator(schema, summary=summary)


def form(schema: Any, *, summary: bool = False) -> Validator:
    """Validates the form of a page, for people: they read the names of fields that are empty."""
    return FormValidator(schema, summary=summary)


def query(schema: Any, *, detail: str | None = None) -> Validator:
    """Validates the query string. ``detail``: whatever is wrong, 400 with this sentence."""
    return QueryValidator(schema, detail=detail)


class Validator:
    """Puts what the schema makes of the input into ``request.validated``; returns it, too."""

    def __init__(self, schema: Any, *, detail: str | None = None, summary: bool = False):
        self.schema = schema
        self.detail = detail
        self.summary = summary

    def __call__(self, request, **kw: Any) -> dict[str, Any]:
        result = self.read(request)
        request.validated.update(result)
        return result

    def read(self, request, given: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the schema makes of the input, or of what is ``given``: the fields of a page's form.

        Raises Refusal.
        """
        try:
            data = self.parse(request) if given is None else given
            return self.bound(request.registry).deserialize(data)
        except Refusal as refusal:
            if self.summary:
                refusal.payload.setdefault(TOGETHER, [str(refusal)])
            raise
        except colander.Invalid as invalid:
            if self.detail is not None:
                raise Refusal(self.detail) from None
            raise FieldErrors(self._errors(invalid, request)) from None

    def parse(self, request) -> dict[str, Any]:
        raise NotImplementedError

    def bound(self, registry):
        """The schema, with what this application puts into it."""
        cache = registry["rest.bound_schemas"]
        bound = cache.get(self)
        if bound is None:
            schema = self.schema() if isinstance(self.schema, type) else self.schema
            # Two threads may both do this the first time; they get the same.
            bound = cache[self] = schema.bind(registry=registry, zone=registry.site_zone)
        return bound

    def _errors(self, invalid: colander.Invalid, request) -> dict[str, Any]:
        errors = _by_field(invalid, request.localizer.translate)
        if self.summary and "non_field_errors" not in errors:
            first = invalid.children[0]
            sentence = _first_sentence(errors[first.node.name])
            errors["non_field_errors"] = [self._summary(first.node, sentence)]
        return errors

    def _summary(self, node, sentence: str) -> str:
        return f"{node.title}：{sentence}"


class BodyValidator(Validator):
    def parse(self, request) -> dict[str, Any]:
        data = _read_body(request)
        if not data.strip():
            return {}
        try:
            if request.content_type.lower() == FORM:
                return _pairs(data)
            parsed = _JSON.decode(data.decode("utf-8-sig"))
        except RecursionError:
            raise Refusal("JSON 解析错误：嵌套过深。") from None
        except ValueError:  # Also of UTF-8 that is none, and of numbers with thousands of digits.
            raise Refusal("请求内容解析错误。") from None
        if not isinstance(parsed, dict):
            raise FieldErrors({"non_field_errors": [NO_OBJECT]})
        return parsed


class FormValidator(BodyValidator):
    def _errors(self, invalid: colander.Invalid, request) -> dict[str, Any]:
        name_what_is_missing(invalid)
        return super()._errors(invalid, request)

    def _summary(self, node, sentence: str) -> str:
        is_named = sentence == what_is_missing(node)
        return sentence if is_named else super()._summary(node, sentence)


class QueryValidator(Validator):
    def parse(self, request) -> dict[str, Any]:
        return query_fields(request, self.detail)


def query_fields(request, detail: str | None = None) -> dict[str, str]:
    """The query string's fields; of a repeated one the last. Raises Refusal."""
    text = request.environ.get("QUERY_STRING", "")
    try:
        return _pairs(text.encode("latin-1")) if text else {}
    except ValueError:
        raise Refusal(detail or "查询参数解析错误。") from None


def _pairs(data: bytes) -> dict[str, str]:
    return dict(
        parse_qsl(
            data.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FORM_FIELDS
        )
    )


def _read_body(request) -> bytes:
    """The body, read no further than the limit, and left where ``request.body`` finds it again."""
    if not request.is_body_readable:
        return b""
    limit = request.registry["rest.max_body_bytes"]
    length = request.content_length
    if length is not None and not 0 <= length <= limit:
        raise TooLarge
    if request.is_body_seekable:
        return request.body
    # Not request.body: it reads all of a chunked body, and from 10 KB on through a file on disk.
    try:
        data = request.body_file.read(limit + 1)
    except OSError:
        raise Refusal("请求内容不完整。") from None
    if len(data) > limit:
        raise TooLarge
    request.body = data
    return data


def _by_field(invalid: colander.Invalid, translate) -> dict[str, Any]:
    """Nested as the schema is; what is said of a mapping as a whole is ``non_field_errors``."""
    errors: dict[str, Any] = {}
    own = [_sentence(message, translate) for message in invalid.messages()]
    if own:
        errors["non_field_errors"] = own
    for child in invalid.children:
        name = str(child.pos) if child.positional else child.node.name
        if child.children:
            errors[name] = _by_field(child, translate)
        else:
            errors[name] = [_sentence(message, translate) for message in child.messages()]
    return errors


# Colander puts English into the Chinese of these.
_INSTEAD = {
    '"${val}" is not a mapping type: ${err}': "应为一个 JSON 对象。",
    '"${val}" is not iterable': "应为一个 JSON 数组。",
}


def _sentence(message: str, translate) -> str:
    return _INSTEAD.get(str(message)) or translate(message)


def _first_sentence(messages: Any) -> str:
    while isinstance(messages, dict):
        messages = next(iter(messages.values()))
    return messages[0]


def _refuse_constant(name: str):
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse_constant)


def _speak_chinese(request) -> str:
    """Whatever the browser asks for: there is one language here, and this is its exact name."""
    return "zh_Hans"


def includeme(config) -> None:
    config.registry["rest.bound_schemas"] = {}
    # Colander's own validators (Range, OneOf, …) bring their Chinese along.
    config.add_translation_dirs("colander:locale/")
    config.set_locale_negotiator(_speak_chinese)
