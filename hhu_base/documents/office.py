"""The text of DOCX, XLSX and PPTX: all that one sees, wherever the program has put it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hhu_base.values.office_packages import START, TEXT, Package, PackageError, PackageTooLarge
from hhu_base.values.spreadsheets.workbook import Workbook

_MOST_BYTES = 64 * 1024**2
# Parts that are shown with the document; layouts, masters and templates are not.
_SHOWN = frozenset(
    [
        "header",
        "footer",
        "footnotes",
        "endnotes",
        "comments",
        "threadedComment",
        "drawing",
        "chart",
        "chartEx",
        "diagramData",
        "slide",
        "notesSlide",
    ]
)
_HOLDS_TEXT = frozenset(("t", "delText", "v", "text"))
_ENDS = frozenset(("p", "br", "cr", "tab", "tc", "si", "is", "pt", "comment", "threadedComment"))


def pieces(path: Path, extension: str) -> Iterator[str]:
    """A part that can't be read stops none of the others; raises PackageError where none can."""
    with path.open("rb") as file:
        if extension == "xlsx":
            book = Workbook(file, _MOST_BYTES)
            package, parts = book.package, [sheet.part for sheet in book.sheets]
            found = _cells(book)
        else:
            package = Package(file, _MOST_BYTES)
            parts = [package.main_part()]
            found = _part(package, parts[0])
        try:
            yield from found
            for part in _around(package, parts):
                try:
                    yield from _part(package, part)
                except PackageError:
                    continue
        except PackageTooLarge:
            return  # what was found so far


def _cells(book: Workbook) -> Iterator[str]:
    for sheet in book.sheets:
        yield f"{sheet.name}\n"
        try:
            for row in book.rows(sheet):
                yield "\t".join(cell.text for cell in row.cells.values()) + "\n"
        except PackageError:
            continue


def _around(package: Package, parts: list[str]) -> Iterator[str]:
    """The parts that belong to these, near ones first."""
    seen, waiting = set(parts), list(parts)
    for part in waiting:  # it grows meanwhile
        try:
            relations = package.relations(part)
        except PackageError:
            continue
        for relation in relations:
            target = relation.target
            if relation.kind in _SHOWN and target in package and target not in seen:
                seen.add(target)
                waiting.append(target)
                yield target


def _part(package: Package, name: str) -> Iterator[str]:
    is_text, inside_fallback = False, 0
    for kind, tag, _ in package.events(name):
        if kind == TEXT:
            if is_text and not inside_fallback:
                yield tag
            continue
        is_text = kind == START and tag in _HOLDS_TEXT
        # A text box is there twice, once for programs of before 2010.
        if tag == "Fallback":
            inside_fallback += 1 if kind == START else -1
        elif kind != START and tag in _ENDS or tag in ("br", "cr", "tab"):
            yield "\n"
