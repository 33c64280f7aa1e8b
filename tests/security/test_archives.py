"""Files that are made to hurt whoever opens them."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from hhu_base.accounts.import_export.rows import read_people
from hhu_base.documents import file_kinds, reader
from hhu_base.values import spreadsheets
from hhu_base.values.spreadsheets import tables, xlsx_files
from hhu_base.values.zip_files import open_zip

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(rows: str, *, shared: str = "", after: str = "", prolog: str = "") -> bytes:
    """An XLSX file with this inside of its only sheet."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/sharedStrings.xml": f'{prolog}<sst xmlns="{_MAIN}">{shared}</sst>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>'
        f"{after}</worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


RELATION = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{_RELATIONS}/officeDocument" Target="word/document.xml"/></Relationships>'
)


def cell(text: str, place: str = "A1") -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_the_workbook_of_these_tests_is_one():
    content = workbook(f'<row r="1">{cell("工号")}</row><row r="3">{cell("t1", "A3")}</row>')
    people = read_people(spreadsheets.read_table("a.xlsx", content))
    assert [(row.number, row.values) for row in people.rows] == [(3, {"username": "t1"})]


class TestTables:
    def test_a_row_with_a_number_that_no_sheet_has(self):
        """The rows before it would all be made up, one by one, for ever."""
        content = workbook(
            f'<row r="1">{cell("工号")}</row><row r="{10**15}">{cell("t1", "")}</row>'
        )
        with pytest.raises(tables.TableError, match="行号"):
            spreadsheets.read_table("a.xlsx", content)

    def test_cells_that_are_merged_over_all_rows_a_hundred_thousand_times(self):
        merged = '<mergeCell ref="A1:A1048576"/>' * 100_000
        content = workbook(
            f'<row r="1">{cell("工号")}</row>', after=f"<mergeCells>{merged}</mergeCells>"
        )
        table = spreadsheets.read_table("a.xlsx", content)
        assert len(table.merged_rows) == 2**20

    def test_merged_rows_are_joined_as_they_are(self):
        areas = [(7, 9), (2, 3), (8, 8), (9, 11)]
        assert xlsx_files._joined(areas) == {2, 3, 7, 8, 9, 10, 11}

    def test_a_long_text_that_is_in_very_many_cells(self):
        """It is in the file once; every cell would have its own copy without the apostrophe."""
        rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 5000))
        content = workbook(rows, shared=f"<si><t>'={'x' * 100_000}</t></si>")
        with pytest.raises(tables.TableError, match="过大"):
            spreadsheets.read_table("a.xlsx", content)

    def test_very_many_rows_with_nothing_but_a_far_cell(self):
        rows = "".join(f'<row r="{n}"><c r="XFD{n}"/></row>' for n in range(1, 30_000))
        with pytest.raises(tables.TableError, match="标题行"):
            read_people(spreadsheets.read_table("a.xlsx", workbook(rows)))

    @pytest.mark.parametrize("kind", ["laughs", "quadratic", "external"])
    def test_entities_that_grow_or_that_point_elsewhere(self, kind):
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
        prologs = {
            "laughs": (f"<!DOCTYPE sst [{laughs}]>", "&l9;"),
            "quadratic": (f'<!DOCTYPE sst [<!ENTITY a "{"a" * 100_000}">]>', "&a;" * 100_000),
            "external": ('<!DOCTYPE sst [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;"),
        }
        prolog, text = prologs[kind]
        content = workbook(
            '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
            shared=f"<si><t>{text}</t></si>",
            prolog=prolog,
        )
        try:
            table = spreadsheets.read_table("a.xlsx", content)
        except tables.TableError:
            return
        assert "root" not in str(table.rows)
        assert len(str(table.rows)) < 1000


def full_directory(entries: int, name: str = "a") -> bytes:
    """A ZIP archive that is nothing but a directory."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, 0, *[0] * 7, len(name), *[0] * 6)
    directory = (entry + name.encode()) * entries
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, len(directory), 0, 0)
    return directory + end


class TestDirectories:
    def test_a_directory_with_some_entries_is_read(self):
        with open_zip(io.BytesIO(full_directory(1000))) as archive:
            assert len(archive.namelist()) == 1000

    def test_one_that_would_become_gigabytes_is_not(self):
        with pytest.raises(zipfile.BadZipFile):
            open_zip(io.BytesIO(full_directory(100_000)))

    def test_no_table_and_no_guide_is_read_with_one(self, tmp_path):
        content = full_directory(100_000, "xl/workbook.xml")
        with pytest.raises(tables.TableError):
            spreadsheets.read_table("a.xlsx", content)
        path = tmp_path / "a.xlsx"
        path.write_bytes(content)
        assert "不符" in file_kinds.problem_with(path, "xlsx")

    def test_an_archive_with_a_long_comment_is_one(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a", "b" * 3_000_000)
            archive.comment = b"c" * 60_000
        with open_zip(out) as archive:
            assert len(archive.read("a")) == 3_000_000


class TestGuides:
    def test_what_a_library_complains_of_is_not_kept(self, tmp_path, caplog):
        """Of each object that is not where it should be; whoever started the reader keeps it all."""
        pages = b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
        page = b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\n"
        body = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n" + pages + page
        entries = (
            b"0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \n0000000115 00000 n \n"
        )
        table = b"xref\n0 2004\n" + entries + b"0000000030 00000 n \n" * 2000
        trailer = b"trailer\n<< /Size 2004 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
        path = tmp_path / "a.pdf"
        path.write_bytes(body + table + trailer % len(body))
        assert reader.read_text(path, "pdf") == ""
        assert not caplog.records

    def test_an_error_is_one_line_of_the_log_whatever_the_file_says(
        self, tmp_path, caplog, monkeypatch
    ):
        path = tmp_path / "a.docx"
        path.write_bytes(b"no archive")
        script = tmp_path / "python"
        script.write_text("#!/bin/sh\nprintf 'bad\\nERROR forged line\\n' >&2\nexit 1\n")
        script.chmod(0o755)
        monkeypatch.setattr("hhu_base.documents.reader.sys.executable", str(script))
        with pytest.raises(reader.Unreadable):
            reader.read_text(path, "docx")
        assert len(caplog.records[-1].getMessage().splitlines()) == 1

    def test_a_document_with_entities_that_grow(self, tmp_path):
        entities = "".join(
            f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10)
        )
        path = tmp_path / "a.docx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("_rels/.rels", RELATION)
            archive.writestr("word/document.xml", f"<!DOCTYPE d [{entities}]><d><t>&l9;</t></d>")
        with pytest.raises(reader.Unreadable):
            reader.read_text(path, "docx")
