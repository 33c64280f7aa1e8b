"""Asking what is inside a file that somebody sent. Whatever opens such a file does it here.

Each is opened in a process of its own, with the limits of ``limits``; a few at once, since each
may take half a gigabyte.
"""

from __future__ import annotations

import base64
import json
import logging
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hhu_base.documents.limits import IMAGE, LIMITS, MAX_ANSWER, PAGES, TABLE, TEXT, TYPE
from hhu_base.values.refusal import Refusal
from hhu_base.values.spreadsheets.tables import MAX_BYTES, Table, TableError, from_json

logger = logging.getLogger(__name__)

AT_ONCE = 2
_LONGEST_WAIT = 20.0
_free = threading.BoundedSemaphore(AT_ONCE)

BUSY = "服务器正在读取其他文件，请稍后再试。"
HEIC = "不支持 HEIC 格式的照片，请转换成 JPEG 以后再上传。"
DAMAGED_IMAGE = "图片无法读取，可能已经损坏或者没有传完整。"
MISMATCH, MACROS = "mismatch", "macros"


class Unreadable(Exception):
    """The file can't be read: damaged, too much, too slow, or made to hurt."""


class Busy(Exception):
    """Others are having files read, and it takes too long to wait for them."""


def read_one_at_a_time() -> None:
    """In one of several web processes: together they read one for each, and not two."""
    _free.acquire(blocking=False)


def read_text(path: Path, extension: str, patience: float | None = None) -> str:
    """The text in a file; empty where there is none. Raises Unreadable, Busy.

    ``patience``: seconds to wait for it.
    """
    return _ask(path.name, [TEXT, str(path), extension], patience=patience)["text"]


def read_table(name: str, content: bytes) -> Table:
    """The first sheet of a spreadsheet of this name. Raises TableError, also where it is busy."""
    if len(content) > MAX_BYTES:
        raise TableError(f"文件超过 {MAX_BYTES // 2**20} MB。")
    try:
        answer = _ask("a table", [TABLE, name], content)
    except Busy:
        raise TableError(BUSY) from None
    except Unreadable:
        raise TableError(
            "文件无法读取：内容过多，或者已经损坏。请把需要的单元格复制到新的工作簿，另存为 .xlsx。"
        ) from None
    if "refusal" in answer:
        raise TableError(answer["refusal"])
    return from_json(answer)


@dataclass(frozen=True)
class Picture:
    """A JPEG of ours, and its pixels."""

    jpeg: bytes
    width: int
    height: int


def read_image(content: bytes, sizes: Sequence[int]) -> list[Picture]:
    """A picture encoded anew, without EXIF, at most so wide and high; one for each of ``sizes``.

    Raises Refusal, also where it is busy.
    """
    if _is_heic(content):
        raise Refusal(HEIC)
    try:
        answer = _ask("a picture", [IMAGE, ",".join(map(str, sizes))], content)
    except Busy:
        raise Refusal(BUSY) from None
    except Unreadable:
        raise Refusal(DAMAGED_IMAGE) from None
    if "refusal" in answer:
        raise Refusal(answer["refusal"])
    return _pictures(answer)


def read_pages(path: Path, most: int, size: int) -> tuple[int, list[Picture]]:
    """How many pages a PDF has, and the first ``most`` as pictures, at most so wide and high.

    Raises Unreadable, Busy.
    """
    answer = _ask(path.name, [PAGES, str(path), f"{most},{size}"])
    return answer["total"], _pictures(answer)


def _pictures(answer: dict[str, Any]) -> list[Picture]:
    return [
        Picture(base64.b64decode(each["jpeg"]), each["width"], each["height"])
        for each in answer["images"]
    ]


def _is_heic(content: bytes) -> bool:
    # Of an iPhone, and nothing that Pillow reads: its owner can do something about it.
    return content[4:8] == b"ftyp" and content[8:11] in (b"hei", b"hev", b"mif", b"msf")


def judge(path: Path, extension: str) -> str:
    """Is the file of the type that its extension says? Empty, ``mismatch`` or ``macros``.

    Raises Busy. A file that can't be opened is not of its type.
    """
    try:
        return _ask(path.name, [TYPE, str(path), extension])["verdict"]
    except Unreadable:
        return MISMATCH


def _ask(
    name: str, arguments: list[str], content: bytes = b"", patience: float | None = None
) -> dict[str, Any]:
    if not _free.acquire(timeout=_LONGEST_WAIT):
        raise Busy
    try:
        return _run(name, arguments, content, patience or LIMITS[arguments[0]].patience)
    finally:
        _free.release()


def _run(name: str, arguments: list[str], content: bytes, patience: float) -> dict[str, Any]:
    # Files, since what is written to a file has a limit that the kernel keeps.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "hhu_base.documents", *arguments],
                input=content,
                stdout=out,
                stderr=errors,
                timeout=patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            logger.warning("reading %s took too long", name)
            raise Unreadable("too slow") from None
        if done.returncode != 0:
            errors.seek(0)
            # In one line, whatever the file made the error say.
            said = " ".join(errors.read(500).decode("utf-8", "replace").split())
            logger.warning("reading %s failed: %s", name, said or f"exit {done.returncode}")
            raise Unreadable(said)
        out.seek(0)
        try:
            answer = json.loads(out.read(MAX_ANSWER))
        except ValueError:
            raise Unreadable("no answer") from None
    if not isinstance(answer, dict):
        raise Unreadable("no answer")
    return answer
