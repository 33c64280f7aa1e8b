"""The file that Django's ``manage.py dumpdata`` writes."""

from __future__ import annotations

import codecs
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class DumpError(Exception):
    """The file is no dump; the message is a sentence for people."""


@dataclass(frozen=True)
class Record:
    """One object of the dump. ``fields`` is private data: it stays out of tracebacks."""

    model: str
    pk: Any
    fields: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"{self.model} #{self.pk}"

    def first_of(self, *names: str) -> Any:
        """The value of the first of these fields that the record has."""
        return self.fields.get(self.name_of(*names))

    def name_of(self, *names: str) -> str:
        """The first of these fields that the record has; the first of all if it has none."""
        return next((name for name in names if name in self.fields), names[0])


def read_dump(content: bytes) -> dict[str, list[Record]]:
    """The records by model. Raises DumpError."""
    try:
        objects = json.loads(_decode(content))
    except json.JSONDecodeError as error:
        raise DumpError(f"不是有效的 JSON：第 {error.lineno} 行，{error.msg}。") from None
    except (UnicodeDecodeError, RecursionError):
        raise DumpError("不是有效的 JSON 文件（UTF-8）。") from None
    if not isinstance(objects, list):
        raise DumpError("不是 dumpdata 的输出：最外层应为列表。")
    records = defaultdict(list)
    for position, found in enumerate(objects, 1):
        record = _record(position, found)
        records[record.model].append(record)
    return dict(records)


def _decode(content: bytes) -> str:
    # PowerShell's ">" writes UTF-16.
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    return content.decode("utf-8-sig")


def _record(position: int, found: Any) -> Record:
    if not isinstance(found, dict) or not isinstance(found.get("model"), str):
        raise DumpError(f"第 {position} 个对象没有 model。")
    model, fields = found["model"].lower(), found.get("fields")
    if not isinstance(fields, dict):
        raise DumpError(f"第 {position} 个对象（{model}）没有 fields。")
    return Record(model, found.get("pk"), fields)
