"""What is inside the files, for searches."""

from __future__ import annotations

import io

import pytest

from hhu_plugins.guides import demo_files
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


def test_a_page_without_text_has_nothing_to_search(add_guide, version_of, run_task):
    """It was scanned."""
    guide = add_guide("扫描.pdf", demo_files.pdf("", []))
    run_task("guides.read_texts")
    assert version_of(guide).text_status == TEXT_NONE


def test_reading_and_drawing_have_a_queue_of_their_own_so_that_mails_never_wait(app):
    tasks = app.registry["tasks"]
    assert tasks["guides.read_texts"].queue == "files"
    others = {name for name, task in tasks.items() if task.queue == "files"}
    assert others == {"guides.read_texts", "guides.draw_previews"}
