"""The text inside a file, for searches.

Run as a program of its own, ``python -P …/reading.py PATH EXTENSION``: a file from outside may be
made to exhaust whoever reads it, and then only this process dies. It is run by its path, and
imports nothing of ours: ``python -m`` would first import the whole plugin, for a second.
"""

from __future__ import annotations

import codecs
import logging
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

# A book has some half a million characters; what comes later is not found.
MOST_CHARACTERS = 500_000
_MOST_SECONDS = 60
_MOST_MEMORY = 1024**3
_MOST_XML = 64 * 1024**2

# Which parts of an Office file have text, and the elements that hold it and end a line of it.
_PARTS = {
    "docx": re.compile(r"word/(document|footnotes|endnotes|header\d*|footer\d*)\.xml"),
    "xlsx": re.compile(r"xl/(sharedStrings|worksheets/sheet\d+)\.xml"),
    "pptx": re.compile(r"ppt/(slides|notesSlides)/\w+\.xml"),
}
_TEXT = frozenset(("t", "delText"))
_LINE_END = frozenset(("p", "br", "si", "is", "tab"))

# Chinese is written without blanks: one between two characters was the end of a line, or a
# program's way of spacing them, and would hide the word from a search.
_CHINESE = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]"
_BLANKS_INSIDE_CHINESE = re.compile(rf"(?<={_CHINESE})\s+(?={_CHINESE})")
_BLANKS = re.compile(r"\s+")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

_BLOCK = 256 * 1024
# A text has line breaks, tabs and form feeds, and no other control characters.
_CONTROLS = frozenset(range(32)) - {8, 9, 10, 12, 13, 26, 27}


def text_of(path: Path, extension: str) -> str:
    """What a search should find. Raises whatever the libraries raise for damaged files."""
    if extension == "pdf":
        pieces = _pdf(path)
    elif extension in _PARTS:
        pieces = _office(path, _PARTS[extension])
    else:
        pieces = _plain(path)
    return normalized(_at_most(pieces, MOST_CHARACTERS))


def normalized(text: str) -> str:
    """Words with a blank between them, and Chinese without any."""
    text = _BLANKS.sub(" ", _UNSTORABLE.sub("", text)).strip()
    return _BLANKS_INSIDE_CHINESE.sub("", text)


def _pdf(path: Path) -> Iterator[str]:
    # Imported here: only this process needs it, and it takes a while.
    from pypdf import PdfReader

    reader = PdfReader(path)
    if reader.is_encrypted:
        reader.decrypt("")
    for page in reader.pages:
        yield page.extract_text()


def _office(path: Path, wanted: re.Pattern[str]) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if not wanted.fullmatch(part.filename) or part.file_size > _MOST_XML:
                continue
            with archive.open(part) as file:
                # Python's parser stops entities that grow, and this process has its limits.
                for _, element in ElementTree.iterparse(file):  # noqa: S314
                    name = element.tag.rpartition("}")[2]
                    if name in _TEXT:
                        yield element.text or ""
                    elif name in _LINE_END:
                        yield "\n"
                        element.clear()


def _plain(path: Path) -> Iterator[str]:
    encoding = text_encoding(path)
    if encoding is None:
        raise ValueError("not a text")
    with path.open(encoding=encoding) as file:
        while block := file.read(64 * 1024):
            yield block


def text_encoding(path: Path) -> str | None:
    """The encoding of a text; None if it is none."""
    with path.open("rb") as file:
        has_mark = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    encodings = ("utf-16",) if has_mark else ("utf-8-sig", "gb18030")
    return next((name for name in encodings if _is_text(path, name)), None)


def _is_text(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                if not _CONTROLS.isdisjoint(map(ord, set(decoder.decode(block)))):
                    return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _at_most(pieces: Iterator[str], characters: int) -> str:
    found: list[str] = []
    length = 0
    for piece in pieces:
        found.append(piece)
        length += len(piece)
        if length >= characters:
            break
    return "".join(found)[:characters]


def main() -> None:
    """Write the text to standard output."""
    # A damaged PDF has pypdf complain of each object, and whoever started us keeps all of it.
    logging.disable()
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    try:
        text = text_of(Path(sys.argv[1]), sys.argv[2])
    except Exception as error:
        # One line for the log instead of a traceback: damaged files are an everyday thing.
        sys.exit(f"{type(error).__name__}: {error}"[:500])
    sys.stdout.buffer.write(text.encode())


if __name__ == "__main__":
    main()
