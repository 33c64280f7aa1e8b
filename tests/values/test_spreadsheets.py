"""Reading and writing tables, also those that were made to hurt."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from xml.sax.saxutils import escape as escape_xml

import pytest

from hhu_base.values.spreadsheets import read_table, tables, write_table
from hhu_base.values.spreadsheets.tables import BadCell, TableError, escape, unescape
from tests.accounts.import_export.files import csv_text, xlsx
from tests.documents import office

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


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (123, "00000", "00123"),
        (2583780000, "0000-00000000", "0025-83780000"),
        (2583780000, r"0000\-00000000", "0025-83780000"),
        (2583780000, "00000000000", "02583780000"),
        (123, '"T"0000', "T0123"),
        (123, "[Red]00000", "00123"),
        (13812345678, "000 0000 0000", "138 1234 5678"),
        (123, "@", "123"),
        (123, "General", "123"),
        # Ornaments of an amount are no part of a number.
        (13812345678, "#,##0", "13812345678"),
        (13812345678, "0.00", "13812345678"),
        (123, "0.00E+00", "123"),
        (1.5, "00000", "1.5"),
    ],
)
def test_a_number_is_the_text_that_one_sees(number, code, text):
    def format_it(sheet):
        sheet["A1"].number_format = code

    assert cells("a.xlsx", xlsx((number,), change=format_it)) == [[text]]


def with_part(name: str, change) -> bytes:
    """A workbook of which one part is changed."""
    return office.rewritten(
        xlsx(*ROWS), lambda part, data: (part, change(data) if part == name else data)
    )


@pytest.mark.parametrize(
    "content",
    [
        with_part("xl/styles.xml", lambda xml: xml.replace(b"<fills", b"<fills><fill/></fills><fills")),
        with_part("xl/styles.xml", lambda xml: xml.replace(b"<font>", b'<font><color rgb="FFF"/>')),
        with_part("xl/styles.xml", lambda xml: xml[:100]),
        with_part("docProps/core.xml", lambda xml: re.sub(rb">20[^<]+Z<", b">2021-3-5T9:02:11. 4Z<", xml)),
        office.rewritten(xlsx(*ROWS), lambda name, data: None if "docProps" in name else (name, data)),
        office.rewritten(xlsx(*ROWS), lambda name, data: (name.replace("/", "\\"), data)),
        office.rewritten(xlsx(*ROWS), lambda name, data: (name.upper(), data)),
        office.rewritten(
            xlsx(*ROWS),
            lambda name, data: (
                name.replace("sheet1.xml", "Tabelle.xml"),
                data.replace(b"sheet1.xml", b"Tabelle.xml"),
            ),
        ),
        office.rewritten(
            xlsx(*ROWS),
            lambda name, data: (
                name,
                data.replace(
                    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
                ).replace(
                    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                    b"http://purl.oclc.org/ooxml/officeDocument/relationships",
                ),
            ),
        ),
    ],
    ids=["fill", "colour", "styles", "date", "none", "backslashes", "case", "names", "strict"],
)  # fmt: skip
def test_only_the_cells_matter(content):
    assert cells("a.xlsx", content) == [list(row) for row in ROWS]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="00123"', "00123"),
        ('="a""b"', 'a"b'),
        ("'00125", "00125"),
        ("'+86 138", "+86 138"),
        ("信息系_x000D_\n", "信息系\r\n"),
        ("it's", "it's"),
        ("'quoted'", "'quoted'"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_programs_wrap_around_a_text_is_taken_off(kind, cell, text):
    if kind == "csv":
        content = csv_text((cell,)).encode()
    else:
        # As a text: openpyxl would make a formula of it.
        content = office.rewritten(
            xlsx(("X",)),
            lambda name, data: (name, data.replace(b">X<", f">{escape_xml(cell)}<".encode())),
        )
    assert cells(f"a.{kind}", content) == [[text]]


def test_a_csv_that_excel_was_kept_from_is_read():
    content = '工号,手机\n="00123",="13812345678"\n\'00125,1\n'.encode()
    assert cells("a.csv", content)[1:] == [["00123", "13812345678"], ["00125", "1"]]


def test_an_escape_that_somebody_has_typed_comes_back_as_it_was():
    content = write_table("a.xlsx", ["甲"], [["_x000D_"]])
    assert cells("a.xlsx", content)[1] == ["_x000D_"]


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
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧的 .xls.*另存为 .xlsx"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
        ("a.xls", b"<html><body><table><tr><td>1</td></tr></table>", "HTML.*另存为 .xlsx"),
        ("a.xls", "\ufeff<HTML xmlns:x='urn'>".encode("utf-16"), "HTML"),
        ("a.csv", b"MIME-Version: 1.0\nContent-Type: multipart/related", "HTML"),
        ("a.xls", b'<?xml?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "XML"),
        ("a.xlsb", office.docx("<w:p/>"), "另存为 .xlsx"),
        ("a.xlsx", b"PK\x03\x04 and nothing else", "损坏"),
        ("a.csv", b"\x81\x20\xff\xff", "编码"),
        ("a.csv", '工号\n"t1\n'.encode(), "格式错误"),
        ("a.csv", b"x" * (tables.MAX_BYTES + 1), "MB"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_reason(name, content, word):
    assert re.search(word, refusal(name, content))


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
    [
        "=1+1",
        "+86 138",
        "-",
        "@you",
        "\tx",
        "\rx",
        "'=x",
        "''-x",
        "'",
        "'quoted",
        "",
        "'00125",
        "00125",
    ],
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
