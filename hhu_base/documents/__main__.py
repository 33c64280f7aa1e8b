"""The program that opens a file from outside: ``python -P -m hhu_base.documents ACTION …``.

``text PATH EXTENSION``, ``type PATH EXTENSION``; ``pages PATH MOST,SIZE`` of a PDF; ``table NAME`` or ``image SIZES`` with the content
on standard input; the answer is JSON on standard output. A file may be made to exhaust or to crash what
reads it: then this process ends, and nothing else does.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from hhu_base.documents.limits import IMAGE, LIMITS, MAX_ANSWER, PAGES, TABLE, TEXT


def main(action: str, *arguments: str) -> None:
    limits = LIMITS[action]
    for limit, most in (
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, MAX_ANSWER),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    if action in (TEXT, PAGES):
        # Nobody waits for it: those who are served come first.
        os.nice(10)
    try:
        answer = _answer(action, *arguments)
    except Exception as error:
        # One line for the log instead of a traceback: damaged files are an everyday thing.
        sys.exit(f"{type(error).__name__}: {error}"[:500])
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode())


def _answer(action: str, name: str, extension: str = "") -> dict[str, Any]:
    # What each needs is imported only there: the process is started for every file.
    if action == TEXT:
        from hhu_base.documents.texts import text_of

        return {"text": text_of(Path(name), extension)}
    if action == TABLE:
        return _table(name)
    if action == IMAGE:
        from hhu_base.documents import images

        return images.answer(sys.stdin.buffer, [int(size) for size in name.split(",")])
    if action == PAGES:
        from hhu_base.documents import pdf_pages

        most, size = map(int, extension.split(","))
        return pdf_pages.answer(Path(name), most, size)
    from hhu_base.documents.file_types import judge

    return {"verdict": judge(Path(name), extension)}


def _table(name: str) -> dict[str, Any]:
    from hhu_base.values.spreadsheets import read_table
    from hhu_base.values.spreadsheets.tables import TableError, as_json

    try:
        return as_json(read_table(name, sys.stdin.buffer.read()))
    except TableError as refusal:
        return {"refusal": str(refusal)}


if __name__ == "__main__":
    main(*sys.argv[1:])
