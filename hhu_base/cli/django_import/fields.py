"""Reading the fields of a record.

A record without what it can't be without is refused. Any other field that can't be read is lost,
which is told, and the record is taken without it.
"""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from hhu_base.cli.django_import.dump import Record
from hhu_base.values import text as texts
from hhu_base.values.email import is_deliverable
from hhu_base.values.instants import parse_instant
from hhu_base.values.schema_types import INTEGER_MAX

_OFFSET = re.compile(r"([Zz]|[-+]\d{2}(:?\d{2})?)$")


class Refused(Exception):
    """The record can't be taken; the message says why."""


class FieldReader:
    """Times without an offset are in ``zone``."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        # What was lost or is odd: which record, and a sentence.
        self.notes: list[tuple[Record, str]] = []
        self.naive_times = 0
        self.bad_addresses: list[Record] = []

    def note(self, record: Record, sentence: str) -> None:
        """Something that does not keep the record from being taken."""
        self.notes.append((record, sentence))

    def lose(self, record: Record, name: str, reason: str) -> None:
        """This field of the record can't be taken; the others are."""
        self.note(record, f"{reason}，舍弃这一项")
        record.lost.add(name)

    def text(self, record: Record, name: str, column: InstrumentedAttribute) -> str:
        """A text that fits into ``column``, or ""."""
        try:
            return self.required_text(record, name, column, may_be_blank=True)
        except Refused as reason:
            self.lose(record, name, str(reason))
            return ""

    def required_text(
        self, record: Record, name: str, column: InstrumentedAttribute, may_be_blank: bool = False
    ) -> str:
        """A text that fits into ``column``. Raises Refused."""
        value = record.fields.get(name)
        value = "" if value is None else value
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise Refused(f"{name} 不是文本")
        text = self.clean(record, name, str(value))
        length = getattr(column.type, "length", None)
        # What has a length is what something is called.
        text = texts.trimmed(text) if length is None else texts.clean_name(text)
        if length is not None and len(text) > length:
            raise Refused(f"{name} 有 {len(text)} 个字符，超过 {length} 个")
        if not may_be_blank and not text:
            raise Refused(f"没有 {name}")
        return text

    def clean(self, record: Record, name: str, text: str) -> str:
        """``text`` without what the database can't store."""
        cleaned = texts.storable(text)
        if cleaned != text:
            self.note(record, f"{name} 包含空字符或无效字符，已去掉")
        return cleaned

    def address(self, record: Record, name: str, column: InstrumentedAttribute) -> str:
        """A mail address, or ""; one that can't be written to is taken, and counted."""
        address = self.text(record, name, column).strip()
        if address and not is_deliverable(address):
            self.bad_addresses.append(record)
        return address

    def number(self, record: Record, name: str) -> int | None:
        """A whole number from 0 on, or None."""
        value = record.fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= INTEGER_MAX:
            self.lose(record, name, f"{name} 不是非负整数：{_shown(value)}")
            return None
        return value

    def flag(self, record: Record, name: str, default: bool) -> bool:
        value = record.fields.get(name, default)
        if not isinstance(value, bool):
            self.lose(record, name, f"{name} 不是 true 或 false：{_shown(value)}")
            return default
        return value

    def instant(self, record: Record, name: str) -> datetime:
        """A moment. Raises Refused."""
        value = record.fields.get(name)
        text = value.strip() if isinstance(value, str) else ""
        try:
            instant = parse_instant(text, self.zone)
        except (ValueError, OverflowError):
            raise Refused(f"{name} 不是有效的时间：{_shown(value)}") from None
        self.naive_times += not _OFFSET.search(text, 10)
        return instant

    def instant_or(self, record: Record, name: str, default: datetime) -> datetime:
        """A moment, or ``default`` where there is none."""
        try:
            return self.instant(record, name)
        except Refused as reason:
            self.note(record, f"{reason}，改用 {default.astimezone(self.zone):%Y-%m-%d %H:%M}")
            return default


def _shown(value: Any) -> str:
    return repr(str(value)[:40])
