"""XLSX, streamed: its sheets, and each cell as the program that wrote it shows it.

Of our own, since no reader has all of it: openpyxl refuses a workbook for its colours or the date
in its properties and knows no strict files, python-calamine makes the whole rectangle of a sheet
at once and knows neither number formats nor comments. Only cells matter here; a million of them
need no more memory than one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from hhu_base.values.office_packages import END, START, TEXT, Package, PackageError, PackageTooLarge
from hhu_base.values.spreadsheets import number_formats
from hhu_base.values.spreadsheets.number_formats import BUILT_IN, GENERAL

MAX_SHEETS = 1000
LAST_ROW = 2**20
_LAST_COLUMN = 2**14
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,15})")
_ERROR, _LOGICAL, _WORD, _SHARED, _INLINE, _ISO_DATE = "e", "b", "str", "s", "inlineStr", "d"


@dataclass(frozen=True)
class ShownCell:
    """``value``: text, a number, a bool, or None; ``number_format``: the code a number is shown in."""

    value: str | float | bool | None
    number_format: str = GENERAL
    is_formula: bool = False
    is_error: bool = False
    is_date: bool = False
    since_1904: bool = False

    @property
    def text(self) -> str:
        """What one sees in the sheet."""
        if self.value is None:
            return ""
        if isinstance(self.value, bool):
            return "TRUE" if self.value else "FALSE"
        if isinstance(self.value, str):
            return self.value
        return number_formats.shown(self.value, self.number_format, self.since_1904)


@dataclass(frozen=True)
class Sheet:
    name: str
    part: str
    is_visible: bool


@dataclass
class SheetRow:
    """``cells`` by column, from 0; only those that are there."""

    number: int
    cells: dict[int, ShownCell]


class Workbook:
    """Raises PackageError and PackageTooLarge, here and in every method."""

    def __init__(self, file: IO[bytes], max_bytes: int):
        self.package = Package(file, max_bytes)
        self._main = self.package.main_part()
        relations = self.package.relations(self._main)
        parts = {relation.id: relation for relation in relations}
        by_kind = {relation.kind: relation.target for relation in reversed(relations)}
        self.sheets: list[Sheet] = []
        self._since_1904 = False
        is_workbook = False
        for kind, tag, attributes in self.package.events(self._main):
            if kind != START:
                continue
            is_workbook = is_workbook or tag == "workbook"
            if tag == "workbookPr":
                self._since_1904 = attributes.get("date1904", "") in ("1", "true")
            elif tag == "sheet":
                if len(self.sheets) == MAX_SHEETS:
                    raise PackageTooLarge
                wanted = next((v for k, v in attributes.items() if k.endswith(":id")), "")
                relation = parts.get(wanted)
                if relation is not None and relation.kind == "worksheet":
                    is_visible = attributes.get("state", "visible") == "visible"
                    name = attributes.get("name", "")
                    self.sheets.append(Sheet(name, relation.target, is_visible))
        if not is_workbook:
            raise PackageError("no workbook")
        self._strings_part = by_kind.get("sharedStrings", "")
        self._strings: list[str] | None = None
        self._formats = self._read_formats(by_kind.get("styles", ""))

    def rows(self, sheet: Sheet, merged: list[tuple[int, int]] | None = None) -> Iterator[SheetRow]:
        """The rows that have something in them, as they come.

        ``merged`` gets the first and the last row of each merged area, at the end.
        """
        number, column = 0, -1
        row = SheetRow(0, {})
        attributes: dict[str, str] = {}
        value: list[str] = []
        text: list[str] = []
        inside, is_phonetic, is_formula = "", False, False
        for kind, tag, found in self.package.events(sheet.part):
            if kind == TEXT:
                if inside == "v":
                    value.append(tag)
                elif inside == "t" and not is_phonetic:
                    text.append(tag)
            elif kind == START:
                inside = tag
                if tag == "c":
                    attributes, value, text, is_formula = found, [], [], False
                    place = _PLACE.fullmatch(found.get("r", ""))
                    column = _column(place[1]) if place else column + 1
                elif tag == "f":
                    is_formula = True
                elif tag == "rPh":
                    is_phonetic = True
                elif tag == "mergeCell" and merged is not None:
                    merged += _rows_of(found.get("ref", ""))
                elif tag == "row":
                    number = _whole(found.get("r"), number + 1)
                    row, column = SheetRow(number, {}), -1
            else:
                inside = ""
                if tag == "c":
                    cell = self._cell(attributes, "".join(value), "".join(text), is_formula)
                    if cell is not None and 0 <= column < _LAST_COLUMN:
                        row.cells[column] = cell
                elif tag == "rPh":
                    is_phonetic = False
                elif tag == "row" and row.cells:
                    yield row

    def _cell(
        self, attributes: dict[str, str], value: str, text: str, is_formula: bool
    ) -> ShownCell | None:
        kind = attributes.get("t", "n")
        if kind == _INLINE:
            return ShownCell(unescaped(text), is_formula=is_formula) if text or is_formula else None
        if not value:
            return ShownCell(None, is_formula=True) if is_formula else None
        if kind == _SHARED:
            text = self._string(value)
            return ShownCell(text, is_formula=is_formula) if text or is_formula else None
        if kind == _WORD:
            return ShownCell(unescaped(value), is_formula=is_formula)
        if kind == _ERROR:
            return ShownCell(value, is_formula=is_formula, is_error=True)
        if kind == _LOGICAL:
            return ShownCell(value.strip() in ("1", "true"), is_formula=is_formula)
        if kind == _ISO_DATE:
            return ShownCell(value, is_formula=is_formula, is_date=True)
        number = _number(value)
        if number is None:
            return ShownCell(value, is_formula=is_formula, is_error=True)
        style = _whole(attributes.get("s"), 0)
        code = self._formats[style] if style < len(self._formats) else GENERAL
        is_date = number_formats.parse(code).is_date
        return ShownCell(number, code, is_formula, False, is_date, self._since_1904)

    def _string(self, value: str) -> str:
        if self._strings is None:
            self._strings = list(self._read_strings())
        index = _whole(value, -1)
        if not 0 <= index < len(self._strings):
            raise PackageError("a shared string that is not there")
        return self._strings[index]

    def _read_strings(self) -> Iterator[str]:
        text: list[str] = []
        inside, is_phonetic = "", False
        if self._strings_part not in self.package:
            return
        for kind, tag, _ in self.package.events(self._strings_part):
            if kind == TEXT:
                if inside == "t" and not is_phonetic:
                    text.append(tag)
                continue
            inside = tag if kind == START else ""
            if tag == "rPh":
                is_phonetic = kind == START
            elif tag == "si" and kind == END:
                yield unescaped("".join(text))
                text = []

    def _read_formats(self, part: str) -> list[str]:
        """The code of each style; of a part that can't be read, none."""
        codes = dict(BUILT_IN)
        styles: list[str] = []
        is_list = False
        if part not in self.package:
            return []
        try:
            for kind, tag, attributes in self.package.events(part):
                if tag == "cellXfs":
                    is_list = kind == START
                elif kind == START and tag == "numFmt":
                    codes[_whole(attributes.get("numFmtId"), 0)] = attributes.get("formatCode", "")
                elif kind == START and tag == "xf" and is_list:
                    styles.append(codes.get(_whole(attributes.get("numFmtId"), 0)) or GENERAL)
        except PackageError:
            return []
        return styles


def unescaped(text: str) -> str:
    """``_x000D_`` is a character that XML can't hold, or that a program would not write."""
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    # Halves of characters that belong together.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _rows_of(area: str) -> list[tuple[int, int]]:
    places = [_PLACE.fullmatch(each) for each in area.split(":")]
    rows = sorted(int(place[2]) for place in places if place)
    return [(rows[0], min(rows[1], LAST_ROW))] if len(rows) == 2 else []


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else otherwise


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
