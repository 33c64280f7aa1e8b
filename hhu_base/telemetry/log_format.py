"""What a line of the log looks like: text for people, or a JSON object for a collector of logs.

The ini file names the formatter (``class = hhu_base.telemetry.log_format.LogFormatter``), and
``hhu.log_format`` its style. A record's ``extra={"fields": {…}}`` are members of the object.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from hhu_base.settings import Choice
from hhu_base.telemetry import request_ids

TEXT, JSON = "text", "json"
# Bytes of what is logged at a time, in either style: a statement of a megabyte would fill the disk,
# and collectors of logs break longer lines.
LONGEST = 8 * 1024 - 1
_REMARK = 60
STYLE = Choice(
    "hhu.log_format",
    TEXT,
    "日志的格式：text 供人阅读，json 每行一个对象",
    choices=(TEXT, JSON),
)

# PostgreSQL tells the values of a row that it refuses: names, addresses, hashes. They may have
# lines of their own, so all is left out up to what SQLAlchemy or Python writes next.
_DETAIL = re.compile(
    r"DETAIL:.*?(?=(?:\n|\\n)\[SQL|\n\nThe above exception|\n\nDuring handling|\Z)", re.DOTALL
)


class LogFormatter(logging.Formatter):
    """With ``%(request_id)s``, and without the values that the database quotes."""

    is_json = False

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = request_ids.current() or "-"
        if self.is_json:
            return self._as_json(record)
        return shortened(without_values(super().format(record)))

    def _as_json(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "request_id": request_ids.current(),
            "message": without_values(record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["exception"] = without_values(self.formatException(record.exc_info))
        # Escaped: a lone surrogate in a message must not cost the line.
        line = json.dumps(told, default=str)
        while len(line) > LONGEST:
            # What is cut is a member and not the line, which would be JSON no longer.
            name = max(told, key=lambda name: len(json.dumps(told[name], default=str)))
            text = told[name] if isinstance(told[name], str) else str(told[name])
            if len(text) < 2 * _REMARK:
                break  # a great many short ones: nothing of ours
            told[name] = shortened(text, len(text.encode("utf-8", "replace")) // 2)
            line = json.dumps(told, default=str)
        return line


def shortened(text: str, most: int = LONGEST) -> str:
    """``text`` in ``most`` bytes, without its middle: what went wrong is at the ends."""
    data = text.encode("utf-8", "replace")
    if len(data) <= most:
        return text
    kept = max(most - _REMARK, 0)
    head, tail = data[: kept * 2 // 3], data[len(data) - kept // 3 :]
    remark = f" … ({len(data) - len(head) - len(tail)} bytes are not logged) … "
    return head.decode("utf-8", "ignore") + remark + tail.decode("utf-8", "ignore")


def without_values(text: str) -> str:
    """``text`` without the values of rows in what PostgreSQL says."""
    return _DETAIL.sub("DETAIL: (not logged)", text) if "DETAIL:" in text else text


def _handlers() -> Iterator[logging.Handler]:
    yield from logging.root.handlers
    for logger in list(logging.root.manager.loggerDict.values()):
        yield from getattr(logger, "handlers", ())


def includeme(config) -> None:
    """Give the handlers of this process that have our formatter the style of the site."""
    config.declare_settings(STYLE)
    style = STYLE.read(config.get_settings())
    for handler in _handlers():
        if isinstance(handler.formatter, LogFormatter):
            handler.formatter.is_json = style == JSON
