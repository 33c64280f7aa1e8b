"""What is inside the files, for searches."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import pytest

from hhu_plugins.guides import demo_files, extracting, reading
from hhu_plugins.guides.models import TEXT_FAILED, TEXT_NONE, TEXT_READ, TEXT_WAITING

from .conftest import PDF, png

PARAGRAPHS = ["国家自然科学基金申报，" * 9, "Deadline: March 20th."]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("一.pdf", demo_files.pdf("标题", PARAGRAPHS)),
        ("一.docx", demo_files.docx("标题", PARAGRAPHS)),
        ("一.xlsx", demo_files.xlsx([["标题", *PARAGRAPHS]])),
        ("一.txt", "\r\n".join(["标题", *PARAGRAPHS]).encode("gb18030")),
        ("一.csv", ",".join(["标题", *PARAGRAPHS]).encode("utf-8-sig")),
        ("一.md", "\n".join(["标题", *PARAGRAPHS]).encode("utf-16")),
    ],
)
@pytest.mark.parametrize(
    ("search", "is_found"),
    [
        ("科学基金申报，国家", True),
        ("march 20TH", True),
        ("一 基金 deadline", True),
        ("报名", False),
    ],
)
def test_a_search_finds_what_is_inside(
    mine, add_guide, version_of, run_task, name, content, search, is_found
):
    guide = add_guide(name, content)
    assert mine.get("/guides/", {"search": search}).json == []
    run_task("guides.read_texts")
    assert version_of(guide).text_status == TEXT_READ, version_of(guide).text
    assert len(mine.get("/guides/", {"search": search}).json) == is_found


def test_only_the_current_file_is_found(mine, session, shelf, add_guide, run_task):
    from hhu_plugins.guides import library

    guide = add_guide("一.txt", "旧的内容".encode())
    library.replace(
        session, shelf, guide.id, io.BytesIO("新的内容".encode()), "一.txt", by_user_id=None
    )
    run_task("guides.read_texts")
    assert mine.get("/guides/", {"search": "旧的"}).json == []
    assert len(mine.get("/guides/", {"search": "新的"}).json) == 1


def test_a_picture_has_nothing_to_read(add_guide, version_of):
    assert version_of(add_guide("一.png", png())).text_status == TEXT_NONE


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("一.pdf", b"%PDF-1.7 and then nothing"),
        ("一.pdf", PDF[: len(PDF) // 2]),
    ],
    ids=["empty", "cut"],
)
def test_a_damaged_file_is_kept_and_not_read_again(add_guide, version_of, run_task, name, content):
    guide = add_guide(name, content)
    assert version_of(guide).text_status == TEXT_WAITING
    run_task("guides.read_texts")
    # What is left of a damaged file may be read, or it may not; it does not wait any more.
    assert version_of(guide).text_status in (TEXT_FAILED, TEXT_READ)


def test_a_file_that_has_vanished_does_not_stop_the_others(add_guide, version_of, run_task, shelf):
    gone, other = add_guide("一.txt", b"one"), add_guide("二.txt", b"two")
    shelf.store.remove(version_of(gone).digest)
    run_task("guides.read_texts")
    assert version_of(gone).text_status == TEXT_FAILED
    assert version_of(other).text == "two"


def bomb(part: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr(part, content)
    return file.getvalue()


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "'
    + b"ha" * 50
    + b'">'
    + b"".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(9))
    + b"]><x><t>&j;</t></x>"
)


@pytest.mark.parametrize(
    "content",
    [
        LAUGHS,
        b"<x>" * 10**6,
        b"no xml",
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "/etc/passwd">]><t>&a;</t>',
    ],
    ids=["laughs", "deep", "none", "outside"],
)
def test_a_file_that_is_made_to_hurt_hurts_nobody(tmp_path, content):
    path = tmp_path / "x"
    path.write_bytes(bomb("word/document.xml", content))
    assert "root" not in (extracting.text_of(path, "docx", patience=60) or "")


def test_a_part_that_unpacks_to_very_much_is_not_read(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(bomb("word/document.xml", b"<x><t>" + b" " * (65 * 1024**2) + b"a</t></x>"))
    assert extracting.text_of(path, "docx") == ""


def test_reading_takes_so_long_and_no_longer(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"text")
    assert extracting.text_of(path, "txt", patience=0.01) is None
    assert extracting.text_of(path, "txt") == "text"


def test_only_the_beginning_of_a_very_long_text_is_kept(tmp_path):
    path = tmp_path / "x"
    path.write_text("长" * (reading.MOST_CHARACTERS + 10))
    text = extracting.text_of(path, "txt")
    assert text is not None
    assert len(text) == reading.MOST_CHARACTERS


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("国家自然\n科学 基金", "国家自然科学基金"),
        ("read  the\n\tmanual", "read the manual"),
        ("使用 VPN 登录", "使用 VPN 登录"),
        ("一。 \n 二", "一。二"),
        ("a\0b\ud800", "ab"),
        (" \n ", ""),
    ],
)
def test_chinese_is_found_across_the_ends_of_lines(raw, text):
    assert reading.normalized(raw) == text


def test_the_reader_loads_nothing_of_ours_and_pdf_only_where_it_reads_one():
    """It is started for each file."""
    code = "import runpy, sys; runpy.run_path(sys.argv[1]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, reading.__file__],
        capture_output=True,
        check=True,
        text=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "zipfile" in loaded
    assert not loaded & {"hhu_base", "hhu_plugins", "sqlalchemy", "pyramid", "pypdf"}
