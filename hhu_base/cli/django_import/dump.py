"""The file that Django's ``manage.py dumpdata`` writes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# PowerShell's ">" writes UTF-16, an editor of a Chinese Windows may have saved GB18030.
FALLBACK = "gb18030"


class DumpError(Exception):
    """The file is no dump; the message is a sentence for people."""


@dataclass(eq=False, slots=True)
class Record:
    """One object of the dump, and what becomes of it: each has one outcome in the end.

    ``reasons`` are sentences that say why it can't be taken. ``lost`` are the fields that can't be:
    a new row has nothing there, and one that is here already keeps what it has.
    """

    model: str
    pk: Any
    fields: Mapping[str, Any]
    outcome: str = ""
    reasons: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)

    def __repr__(self) -> str:
        # The fields are private data: they stay out of tracebacks.
        return f"{self.model} #{self.pk}"


def read_dump(content: bytes) -> dict[str, list[Record]]:
    """The records by model. Raises DumpError."""
    try:
        objects = json.loads(content.decode(encoding_of(content)).removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise DumpError(f"不是有效的 JSON：第 {error.lineno} 行，{error.msg}。") from None
    except (UnicodeDecodeError, RecursionError):
        raise DumpError("不是有效的 JSON 文件（UTF-8、UTF-16 或 GB18030）。") from None
    except ValueError:  # a number of thousands of digits
        raise DumpError("不是有效的 JSON：其中有过长的数字。") from None
    if not isinstance(objects, list):
        raise DumpError("不是 dumpdata 的输出：最外层应为列表。")
    records = defaultdict(list)
    for position, found in enumerate(objects, 1):
        record = _record(position, found)
        records[record.model].append(record)
    return dict(records)


def encoding_of(content: bytes) -> str:
    """What the file is written in."""
    encoding = json.detect_encoding(content)
    if encoding == "utf-8":
        try:
            content.decode()
        except UnicodeDecodeError:
            return FALLBACK
    return encoding


def _record(position: int, found: Any) -> Record:
    if not isinstance(found, dict) or not isinstance(found.get("model"), str):
        raise DumpError(f"第 {position} 个对象没有 model。")
    model, fields = found["model"].lower(), found.get("fields")
    if not isinstance(fields, dict):
        raise DumpError(f"第 {position} 个对象（{model}）没有 fields。")
    return Record(model, found.get("pk"), fields)
