"""Reading and writing tables, also those that were made to hurt."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from hhu_base.people import tables
from hhu_base.people.tables import BadCell, TableError, escape, read_table, unescape, write_table

from .files import csv_text, xlsx

ROWS = (("工号", "名字"), ("t0001", "杰"))


def cells(name, content):
    return [row for _, row in read_table(name, content).rows]


def refusal(name, content):
    with pytest.raises(TableError) as error:
        read_table(name, content)
    return str(error.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_every_encoding_that_excel_writes(encoding):
    assert cells("a.csv", csv_text(*ROWS).encode(encoding)) == [list(row) for row in ROWS]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_may_be_separated_by_commas_semicolons_or_tabs(delimiter):
    text = csv_text(*ROWS).replace(",", delimiter)
    assert cells("a.csv", text.encode()) == [list(row) for row in ROWS]


def test_rows_are_numbered_as_the_spreadsheet_shows_them():
    content = csv_text(("工号",), ("第一行\n第二行",), ("",), ("t2",)).encode()
    assert [number for number, _ in read_table("a.csv", content).rows] == [1, 2, 4]
    content = xlsx(("工号",), (), ("t2",))
    assert [number for number, _ in read_table("a.xlsx", content).rows] == [1, 3]


def test_numbers_are_text_again_whatever_excel_made_of_them():
    content = xlsx((10001, 10001.0, 1.5, 13812345678.0, 1.38e10))
    assert cells("a.xlsx", content) == [["10001", "10001", "1.5", "13812345678", "13800000000"]]


def test_cells_that_hold_no_text_say_what_they_hold():
    content = xlsx(("=1+1", True, date(2020, 1, 1), "#N/A", 123456789012345678))
    [found] = cells("a.xlsx", content)
    assert all(isinstance(cell, BadCell) for cell in found)
    for cell, word in zip(found, ("公式", "逻辑值", "日期", "错误值", "15 位"), strict=True):
        assert word in cell.reason


def test_merged_cells_are_known_by_their_rows():
    content = xlsx(*ROWS, ("t2",), change=lambda sheet: sheet.merge_cells("B2:B3"))
    assert read_table("a.xlsx", content).merged_rows == {2, 3}


def test_a_hidden_sheet_in_front_is_not_the_table():
    def add_hidden(sheet):
        front = sheet.parent.create_sheet("字典", 0)
        front.append(["别的"])
        front.sheet_state = "hidden"

    assert cells("a.xlsx", xlsx(*ROWS, change=add_hidden)) == [list(row) for row in ROWS]


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.csv", b"", "空的"),
        ("a.xlsx", b"  \n", "空的"),
        ("a.xlsx", "工号,名字\n".encode(), "不是 XLSX"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xls"),
        ("a.xlsx", b"PK\x03\x04 and nothing else", "损坏"),
        ("a.csv", b"\x81\x20\xff\xff", "编码"),
        ("a.csv", '工号\n"t1\n'.encode(), "格式错误"),
        ("a.csv", b"x" * (tables.MAX_BYTES + 1), "MB"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_reason(name, content, word):
    assert word in refusal(name, content)


def test_a_truncated_xlsx_is_refused_wherever_it_ends():
    content = xlsx(*ROWS)
    for length in range(10, len(content) - 30, 211):
        assert "损坏" in refusal("a.xlsx", content[:length])


def test_a_zip_that_is_no_workbook_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.xml", "<a/>")
    assert "损坏" in refusal("a.xlsx", out.getvalue())


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """Half a megabyte whose sheet unpacks to 500."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx(*ROWS))) as whole,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for part in whole.namelist():
            if part != "xl/worksheets/sheet1.xml":
                archive.writestr(part, whole.read(part))
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(b"<worksheet>")
            for _ in range(500):
                sheet.write(b" " * 2**20)
    return out.getvalue()


def test_a_zip_bomb_is_not_unpacked_to_its_end(bomb):
    assert "过大" in refusal("a.xlsx", bomb)


def test_a_zip_bomb_that_lies_about_its_size_is_never_unpacked(bomb):
    size = (500 * 2**20 + 11).to_bytes(4, "little")
    assert size in bomb
    assert "损坏" in refusal("a.xlsx", bomb.replace(size, (1000).to_bytes(4, "little")))


def test_a_cell_in_the_far_corner_costs_nothing():
    def far(sheet):
        sheet["XFD1048576"] = 1

    assert cells("a.xlsx", xlsx(*ROWS, change=far))[0][0] == "工号"


def test_too_many_rows_are_refused(monkeypatch):
    rows = [("工号",), *((f"t{number}",) for number in range(tables.MAX_ROWS + 50))]
    assert "20000 行" in refusal("a.csv", csv_text(*rows).encode())


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+86 138", "-", "@you", "\tx", "\rx", "'=x", "''-x", "'", "'quoted", "", "plain"],
)
def test_a_formula_is_escaped_and_what_was_escaped_comes_back(text):
    assert escape(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert unescape(escape(text)) == text


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_what_is_written_can_be_read_again(name):
    rows = [["工号", "简介"], ["t0001", "=1+1"], ["0012", '一\n二, "三" 😀'], ["'=", "+86"]]
    content = write_table(name, rows[0], rows[1:])
    assert cells(name, content) == rows


def test_a_csv_for_excel_begins_with_a_bom():
    assert write_table("a.CSV", ["工号"], []).startswith(b"\xef\xbb\xbf")


def test_what_xlsx_cannot_hold_is_left_out_and_does_not_break_it():
    content = write_table("a.xlsx", ["甲", "乙", "丙"], [["a\x01b", "x" * 40_000, "end"]])
    assert cells("a.xlsx", content)[1] == ["ab", "", "end"]


def test_an_unknown_kind_of_file_is_not_written():
    with pytest.raises(TableError):
        write_table("a.pdf", ["工号"], [])
