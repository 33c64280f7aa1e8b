"""Files that are made to hurt whoever opens them hurt a process that is there for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hhu_base.documents import reader
from hhu_base.values import spreadsheets
from hhu_base.values.spreadsheets.tables import BadCell, Table, TableError
from tests.accounts.import_export.files import csv_text, xlsx
from tests.security.test_archives import RELATION, workbook

from . import office

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "'
    + "ha" * 50
    + '">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><x><t>&j;</t></x>"
)


@pytest.fixture
def file(tmp_path):
    def write(content: bytes):
        path = tmp_path / "file"
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def other_reader(tmp_path, monkeypatch):
    """``other_reader("exit 1")``: this is done instead of reading."""

    def replace(script: str) -> None:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(reader.sys, "executable", str(path))

    return replace


@pytest.mark.parametrize(
    "xml",
    [LAUGHS, "<x>" * 10**5, "no xml", '<!DOCTYPE x [<!ENTITY a SYSTEM "/etc/passwd">]><t>&a;</t>'],
    ids=["laughs", "deep", "none", "outside"],
)
def test_a_document_that_is_made_to_hurt_is_not_read(file, xml):
    content = office.with_part(office.docx("", "word/else.xml"), "word/document.xml", xml.encode())
    content = office.rewritten(
        content, lambda name, data: (name, RELATION.encode() if name == "_rels/.rels" else data)
    )
    with pytest.raises(reader.Unreadable):
        reader.read_text(file(content), "docx")


def test_a_table_comes_as_it_was_read():
    content = xlsx(
        ("工号", "姓氏"),
        ("t1", "=A1"),
        (12, None),
        change=lambda sheet: sheet.merge_cells("B3:B20"),
    )
    assert reader.read_table("a.xlsx", content) == Table(
        [(1, ["工号", "姓氏"]), (2, ["t1", BadCell("是公式，请复制后“选择性粘贴”为数值")]), (3, ["12"])],
        {3},
    )  # fmt: skip
    assert reader.read_table("a.csv", csv_text(("工号",)).encode()).rows == [(1, ["工号"])]
    with pytest.raises(TableError, match="空的"):
        reader.read_table("a.csv", b"")


@pytest.mark.parametrize(
    "script", ["kill -9 $$", "exit 1", "echo no json", "echo 1", "exec sleep 60"]
)
def test_a_reader_that_dies_is_told_in_a_sentence(other_reader, monkeypatch, script):
    other_reader(script)
    limits = reader.LIMITS | {reader.TABLE: reader.LIMITS[reader.TABLE].__class__(1, 1, 0.3)}
    monkeypatch.setattr(reader, "LIMITS", limits)
    with pytest.raises(TableError, match="^文件无法读取"):
        reader.read_table("a.xlsx", b"PK")


def test_reading_takes_so_long_and_no_longer(file):
    path = file(b"text")
    with pytest.raises(reader.Unreadable, match="slow"):
        reader.read_text(path, "txt", patience=0.01)
    assert reader.read_text(path, "txt") == "text"


def test_a_few_are_read_at_once_and_others_wait_a_while(monkeypatch, other_reader):
    monkeypatch.setattr(reader, "_LONGEST_WAIT", 0)
    other_reader("exit 1")
    for _ in range(reader.AT_ONCE):
        assert reader._free.acquire(blocking=False)
    try:
        with pytest.raises(TableError, match=f"^{reader.BUSY}$"):
            reader.read_table("a.csv", b"x")
    finally:
        reader._free.release(reader.AT_ONCE)
    with pytest.raises(TableError, match="无法读取"):
        reader.read_table("a.csv", b"x")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("bytearray(2**30)", "MemoryError"),
        ("open('/dev/fd/1', 'wb').write(bytes(65 * 2**20))", "File too large"),
    ],
)
def test_the_process_has_its_limits(tmp_path, what, said):
    code = f"from hhu_base.documents import __main__ as m\nm._answer = lambda *_: {what}\nm.main('table', 'x')"
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=out, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert said in done.stderr


def test_cells_and_sheets_have_a_limit(monkeypatch):
    monkeypatch.setattr("hhu_base.values.spreadsheets.xlsx_files.MAX_CELLS", 1000)
    # Also those in columns so far away that they don't count.
    for width, height in ((50, 21), (400, 3)):
        rows = "<row>" + "<c><v>1</v></c>" * width + "</row>"
        with pytest.raises(TableError, match="1000 个单元格"):
            spreadsheets.read_table("a.xlsx", workbook(rows * height))
    sheet = b'<sheet name="S" sheetId="1" r:id="r1"/>'
    content = office.rewritten(
        workbook("<row><c><v>1</v></c></row>"),
        lambda name, data: (name, data.replace(sheet, sheet * 1001)),
    )
    with pytest.raises(TableError, match="过大"):
        spreadsheets.read_table("a.xlsx", content)


@pytest.mark.slow
def test_a_small_file_of_millions_of_cells_ends_in_time():
    rows = "<row>" + "<c><v>1</v></c>" * 50 + "</row>"
    with pytest.raises(TableError, match="单元格|行"):
        reader.read_table("a.xlsx", workbook(rows * 50_000))


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [(["text", "FILE", "txt"], "plain"), (["type", "FILE", "txt"], "plain"), (["table", "a.csv"], "")],
)  # fmt: skip
def test_the_process_loads_no_more_than_it_needs(file, arguments, needed):
    """It is started for each file."""
    words = [str(file(b"a")) if word == "FILE" else word for word in arguments]
    code = (
        "import runpy, sys\n"
        "runpy.run_module('hhu_base.documents', run_name='__main__')\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *words],
        input=b"a",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=True,
    )
    loaded = done.stderr.decode().split()
    ours = {name for name in loaded if name.startswith("hhu_")}
    assert f"hhu_base.documents.{needed}" in ours or not needed
    assert len(ours) <= 15, ours
    heavy = {"sqlalchemy", "pyramid", "openpyxl", "pypdfium2", "olefile", "pydantic", "hhu_plugins"}
    assert not heavy & {name.partition(".")[0] for name in loaded}
