"""Strict colander types, which say in Chinese what is wrong.

Colander's own are lax: ``Integer`` takes 1.9 and true, ``Boolean`` takes anything, ``""`` and
``null`` count as left out. These descend from colander's, so that Deform finds its widgets for them;
``""`` in a field that is no text counts as left out, which is what a form sends for it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date

import colander

from hhu_base.values import text as texts
from hhu_base.values.instants import FIRST_YEAR, LAST_YEAR, isoformat, parse_instant

REQUIRED = "该字段是必填项。"
NULL = "该字段不能为 null。"
BLANK = "该字段不能为空。"
MISSING = frozenset((REQUIRED, NULL, BLANK))
NOT_TEXT = "不是有效的字符串。"
BAD_CHARACTER = "不允许包含空字符或无效字符。"
NOT_WHOLE = "请填写合法的整数值。"
NOT_YES_NO = "必须是有效的布尔值。"
NOT_AN_ID = "类型错误，应为主键。"
NOT_AN_INSTANT = (
    "日期时间格式错误或超出范围，请使用 ISO 8601 格式，例如 2020-02-22T17:02:00+08:00。"
)

NOT_A_DAY = "日期格式错误或超出范围，请使用 2020-02-22 的形式。"

BIGINT_MAX = 2**63 - 1
INTEGER_MAX = 2**31 - 1

_DIGITS = re.compile(r"-?[0-9]+")
# Python reads no more at once, and more is beyond every limit.
_MOST_DIGITS = 4000
_YES = frozenset(("yes", "true", "on", "1", "y", "t"))
_NO = frozenset(("no", "false", "off", "0", "n", "f"))


def no_such_object(pk: object) -> str:
    """The message for an id that names nothing."""
    shown = str(pk)
    return f"无效主键 “{shown if len(shown) <= 40 else shown[:40] + '…'}” － 对象不存在。"


def too_long(max_length: int) -> str:
    return f"请确保这个字段不能超过 {max_length} 个字符。"


class _Strict:
    """What all our types do alike with null, "" and nothing at all; mixed in before colander's."""

    nullable = False

    def deserialize(self, node, cstruct):
        if cstruct is colander.null:
            return colander.null
        if cstruct is None:
            if self.nullable:
                return None
            raise colander.Invalid(node, NULL)
        if isinstance(cstruct, str) and texts.is_blank(cstruct):
            return self.blank(node, cstruct)
        return self.read(node, cstruct)

    def blank(self, node, cstruct: str):
        if self.nullable:
            return None
        if node.missing is colander.required:
            raise colander.Invalid(node, BLANK)
        return colander.null

    def read(self, node, cstruct):
        raise NotImplementedError

    def serialize(self, node, appstruct):
        if appstruct is None or appstruct is colander.null:
            return colander.null
        return super().serialize(node, appstruct)  # type: ignore[misc]


class TextType(_Strict, colander.String):
    def __init__(self, max_length: int | None, blank: bool, clean: Callable[[str], str] | None):
        super().__init__(allow_empty=blank)
        self.max_length = max_length
        self.clean = clean

    def blank(self, node, cstruct: str):
        if self.clean is None and cstruct:
            return self.read(node, cstruct)
        if self.allow_empty:
            return ""
        raise colander.Invalid(node, BLANK)

    def read(self, node, cstruct):
        text = _digits_as_text(cstruct)
        if text is None:
            raise colander.Invalid(node, NOT_TEXT)
        if not texts.is_storable(text):
            raise colander.Invalid(node, BAD_CHARACTER)
        if self.clean is not None:
            text = self.clean(text)
        if self.max_length is not None and len(text) > self.max_length:
            raise colander.Invalid(node, too_long(self.max_length))
        return text


class IdentifierType(_Strict, colander.Integer):
    def read(self, node, cstruct):
        number = _whole_number(cstruct)
        if number is None:
            raise colander.Invalid(node, NOT_AN_ID)
        if not 0 < number <= BIGINT_MAX:
            raise colander.Invalid(node, no_such_object(number))
        return number


class WholeNumberType(_Strict, colander.Integer):
    def __init__(self, minimum: int, maximum: int, lenient: bool, capped: bool):
        super().__init__(strict=True)
        self.minimum = minimum
        self.maximum = maximum
        self.lenient = lenient
        self.capped = capped

    def read(self, node, cstruct):
        try:
            return self._read_strictly(node, cstruct)
        except colander.Invalid:
            if self.lenient:
                return colander.null
            raise

    def _read_strictly(self, node, cstruct) -> int:
        number = _whole_number(cstruct)
        if number is None:
            raise colander.Invalid(node, NOT_WHOLE)
        if number < self.minimum:
            raise colander.Invalid(node, f"请确保该值大于或者等于 {self.minimum}。")
        if number > self.maximum:
            if self.capped:
                return self.maximum
            raise colander.Invalid(node, f"请确保该值小于或者等于 {self.maximum}。")
        return number


class YesNoType(_Strict, colander.Boolean):
    def read(self, node, cstruct):
        if isinstance(cstruct, bool):
            return cstruct
        word = str(cstruct).strip().lower() if isinstance(cstruct, str | int) else ""
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise colander.Invalid(node, NOT_YES_NO)


class InstantType(_Strict, colander.DateTime):
    """Needs ``node.zone``, which binding the schema gives it."""

    def read(self, node, cstruct):
        if not isinstance(cstruct, str):
            raise colander.Invalid(node, NOT_AN_INSTANT)
        try:
            return parse_instant(cstruct, _zone_of(node))
        except ValueError:
            raise colander.Invalid(node, NOT_AN_INSTANT) from None

    def serialize(self, node, appstruct):
        if appstruct is None or appstruct is colander.null:
            return colander.null
        return isoformat(appstruct, _zone_of(node))


class DayType(_Strict, colander.Date):
    def read(self, node, cstruct):
        try:
            day = date.fromisoformat(cstruct.strip()) if isinstance(cstruct, str) else None
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise colander.Invalid(node, NOT_A_DAY)
        return day


def _zone_of(node):
    if isinstance(node.zone, colander.deferred):
        raise colander.UnboundDeferredError(f"{node.name} needs a schema that is bound to a zone")
    return node.zone


def _digits_as_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return None
    # Not asked whether it is finite: a number of hundreds of digits fits no float.
    if isinstance(value, int):
        return str(value)
    return str(value) if isinstance(value, float) and math.isfinite(value) else None


def _whole_number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        value = texts.ascii_digits(texts.trimmed(value))
        if _DIGITS.fullmatch(value):
            sign, digits = value[: value.startswith("-")], value.lstrip("-").lstrip("0")
            return int(f"{sign}{digits[:_MOST_DIGITS] or 0}")
    return None
