"""Reading the fields of a record: what does not fit is noted, and the reading goes on."""

from __future__ import annotations

from datetime import datetime, tzinfo

from sqlalchemy.orm import InstrumentedAttribute

from hhu_base.rest.instants import parse_instant
from hhu_base.rest.types import INTEGER_MAX
from hhu_base.taking_over.dump import Record
from hhu_base.values import text as texts


class FieldReader:
    """Times without an offset are in ``zone``."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self.problems: list[str] = []
        self.notes: list[str] = []

    def problem(self, record: Record, sentence: str) -> None:
        """Something that has to be put right before anything is written."""
        self.problems.append(f"{record}：{sentence}")

    def text(self, record: Record, name: str, column: InstrumentedAttribute) -> str:
        """A text that fits into ``column``; null and nothing are ""."""
        value = record.fields.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            self.problem(record, f"{name} 不是文本")
            return ""
        text = str(value)
        if not texts.is_storable(text):
            text = texts.storable(text)
            self.notes.append(f"{record}：{name} 包含空字符或无效字符，已去除。")
        length = getattr(column.type, "length", None)
        # What has a length is what something is called.
        text = texts.trimmed(text) if length is None else texts.clean_name(text)
        if length is not None and len(text) > length:
            self.problem(record, f"{name} 有 {len(text)} 个字符，超过 {length} 个")
        return text

    def number(self, record: Record, name: str) -> int:
        """A whole number from 0 on; null and nothing are 0."""
        value = record.fields.get(name)
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= INTEGER_MAX:
            self.problem(record, f"{name} 不是非负整数")
            return 0
        return value

    def flag(self, record: Record, name: str, default: bool) -> bool:
        value = record.fields.get(name, default)
        if not isinstance(value, bool):
            self.problem(record, f"{name} 不是 true 或 false")
            return default
        return value

    def instant(self, record: Record, name: str) -> datetime | None:
        """A moment. None: it is none, which is noted."""
        value = record.fields.get(name)
        try:
            return parse_instant(value if isinstance(value, str) else "", self.zone)
        except (ValueError, OverflowError):
            self.problem(record, f"{name} 不是有效的时间：{str(value)[:40]!r}")
            return None
