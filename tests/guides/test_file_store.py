"""Which files are taken, and how they are kept."""

from __future__ import annotations

import hashlib
import io
import os
import time
import zipfile

import pytest
import sqlalchemy as sa

from hhu_base.documents import file_kinds
from hhu_base.documents.file_store import FileStore
from hhu_base.mail.models import SENT, Mail
from hhu_base.values.refusal import Refusal
from hhu_plugins.guides import demo_files, library, mail_delivery
from hhu_plugins.guides.models import Guide, GuideVersion
from tests.documents import office

from .conftest import PDF, png

DOCX = demo_files.docx("标题", ["正文"])
XLSX = demo_files.xlsx([["甲", "乙"]])
PPTX = office.pptx("甲")


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def ole(*streams: str) -> bytes:
    """The least that is an OLE file: header, allocation table, a directory with these streams."""

    def entry(name: str, kind: int, child: int) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        rest = [0xFFFFFFFF, 0xFFFFFFFF, child]
        sibling = b"".join(number.to_bytes(4, "little") for number in rest)
        head = text.ljust(64, b"\0") + len(text).to_bytes(2, "little") + bytes([kind, 1])
        return (head + sibling + bytes(36) + b"\xfe\xff\xff\xff" + bytes(8)).ljust(128, b"\0")[:128]

    numbers = [0x3E, 3]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += b"".join(number.to_bytes(2, "little") for number in [*numbers, 0xFFFE, 9, 6])
    header += bytes(6)
    end = 0xFFFFFFFE
    words = [0, 1, 1, 0, 4096, end, 0, end, 0, 0] + [0xFFFFFFFF] * 108
    header += b"".join(number.to_bytes(4, "little") for number in words)
    table = [0xFFFFFFFD, end] + [0xFFFFFFFF] * 126
    directory = entry("Root Entry", 5, 1) + b"".join(entry(name, 2, 0xFFFFFFFF) for name in streams)
    sectors = b"".join(number.to_bytes(4, "little") for number in table) + directory.ljust(
        512, b"\0"
    )
    return header[:512] + sectors


@pytest.mark.parametrize(
    ("name", "content", "type_"),
    [
        ("一.pdf", PDF, "application/pdf"),
        ("一.PDF", b"\n\n" + PDF, "application/pdf"),
        ("一.docx", DOCX, file_kinds.KINDS["docx"].type),
        ("一.xlsx", XLSX, file_kinds.KINDS["xlsx"].type),
        ("一.pptx", PPTX, file_kinds.KINDS["pptx"].type),
        ("一.doc", ole("WordDocument"), "application/msword"),
        ("一.xls", ole("Workbook"), "application/vnd.ms-excel"),
        ("一.ppt", ole("PowerPoint Document"), "application/vnd.ms-powerpoint"),
        ("一.txt", "文字\r\n\t第二行".encode(), "text/plain"),
        ("一.txt", "文字".encode("gb18030"), "text/plain"),
        ("一.txt", "文字".encode("utf-16"), "text/plain"),
        ("一.csv", "甲,乙\r\n1,2".encode("utf-8-sig"), "text/csv"),
        ("一.md", b"# x", "text/markdown"),
        ("一.png", png(), "image/png"),
        ("一.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        ("一.gif", b"GIF89a\1\0\1\0", "image/gif"),
        ("一.zip", zipped("a"), "application/zip"),
    ],
)
def test_a_file_that_is_what_its_name_says_is_taken(
    add_guide, version_of, shelf, name, content, type_
):
    version = version_of(add_guide(name, content))
    assert (version.name, version.type, version.size) == (name, type_, len(content))
    assert version.digest == hashlib.sha256(content).hexdigest()
    assert shelf.store.path_of(version.digest).read_bytes() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("一.pdf", DOCX),
        ("一.pdf", b"MZ\x90\0"),
        ("一.docx", XLSX),
        ("一.docx", zipped("[Content_Types].xml", "word/document.xml")),
        ("一.docx", zipped("word/document.xml")),
        ("一.docx", DOCX[:-30]),
        ("一.docx", b"PK\3\4"),
        ("一.xlsx", zipped("a")),
        ("一.doc", ole("Workbook")),
        ("一.doc", PDF),
        ("一.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("一.txt", b"a\0b"),
        ("一.txt", b"\x7fELF\x02\x01\x01"),
        ("一.txt", b"\xff\xfe\0"),
        ("一.txt", b"\x81"),
        ("一.csv", XLSX),
        ("一.png", b"\xff\xd8\xff\xe0\0\x10JFIF"),
        ("一.jpg", png()),
        ("一.mp4", b"<html></html>"),
        ("一.zip", PDF),
    ],
)
def test_a_file_that_is_something_else_is_refused(add_guide, versions, shelf, name, content):
    extension = name.rpartition(".")[2]
    with pytest.raises(Refusal, match=f"^文件的内容与扩展名 .{extension} 不符。$"):
        add_guide(name, content)
    assert versions() == 0
    assert [path for path in shelf.store.directory.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["一.docx", "一.xlsx", "一.pptx"])
@pytest.mark.parametrize(
    "change", [office.with_macro_type, office.with_macro_relation, office.with_macro_name]
)
def test_macros_are_recognised_whatever_their_part_is_called(add_guide, versions, name, change):
    content = {"docx": DOCX, "xlsx": XLSX, "pptx": PPTX}[name.rpartition(".")[2]]
    with pytest.raises(Refusal, match="^文件含有宏。请另存为不含宏的 .* 文件后再上传。$"):
        add_guide(name, change(content))
    assert versions() == 0


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("一.exe", b"MZ", "不接受 .exe 文件，可以上传：pdf、"),
        ("一.html", b"<html>", "不接受 .html 文件"),
        ("一.svg", b"<svg/>", "不接受 .svg 文件"),
        ("一.pdf.exe", PDF, "不接受 .exe 文件"),
        ("一", PDF, "不接受没有扩展名的文件"),
        (".pdf", PDF, "不接受没有扩展名的文件"),
        ("", PDF, "文件没有名称。"),
        ("\r\n", PDF, "文件没有名称。"),
        ("dir/", PDF, "文件没有名称。"),
        ("一.pdf", b"", "文件是空的。"),
        ("一.pdf", PDF + bytes(1_000_001), "文件不能超过 976.6 KB。"),
    ],
)
def test_a_refusal_says_why(add_guide, shelf, name, content, sentence):
    with pytest.raises(Refusal, match=f"^{sentence}"):
        add_guide(name, content)
    assert [path for path in shelf.store.directory.rglob("*") if path.is_file()] == []


def test_a_file_that_is_too_large_is_not_read_to_its_end(add_guide, session, shelf, category):
    class Endless(io.RawIOBase):
        blocks = 0

        def read(self, size=-1):
            self.blocks += 1
            return b"x" * size

    stream = Endless()
    with pytest.raises(Refusal, match="不能超过"):
        library.add(session, shelf, stream, "一.txt", category_id=category.id, by_user_id=None)
    assert stream.blocks < 10


def test_an_upload_that_breaks_off_leaves_nothing(session, shelf, category, versions):
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise OSError("connection reset")

    with pytest.raises(OSError, match="reset"):
        library.add(session, shelf, Broken(), "一.txt", category_id=category.id, by_user_id=None)
    assert versions() == 0
    assert list((shelf.store.directory / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (r"C:\Users\a\报销.pdf", "报销.pdf"),
        ("../../etc/报销.pdf", "报销.pdf"),
        ("报\r\n销.pdf", "报 销.pdf"),
        ("报\udcff销\u200b.pdf", "报销.pdf"),
        ("长" * 300 + ".pdf", "长" * 251 + ".pdf"),
    ],
)
def test_a_name_is_a_name_and_no_path(add_guide, version_of, sent, stored):
    guide = add_guide(sent)
    assert version_of(guide).name == stored
    assert guide.name == stored.removesuffix(".pdf")


def test_a_guide_may_have_a_name_of_its_own(add_guide, version_of):
    guide = add_guide("v3_final.pdf", name=" 报销流程 ")
    assert (guide.name, version_of(guide).name) == ("报销流程", "v3_final.pdf")


def test_a_new_file_keeps_the_id_and_the_earlier_versions(
    add_guide, session, shelf, version_of, teacher
):
    guide = add_guide()
    new = io.BytesIO(DOCX)
    assert library.replace(session, shelf, guide.id, new, "新.docx", by_user_id=teacher.id)
    session.expire_all()
    assert [(one.name, one.is_current) for one in guide.versions] == [
        ("新.docx", True),
        ("报销流程.pdf", False),
    ]
    assert (version_of(guide).name, version_of(guide).uploaded_by) == ("新.docx", teacher.id)
    assert guide.name == "报销流程"
    library.delete_unused(session, shelf.store)
    assert len(list(shelf.store.digests())) == 2


def test_a_bad_file_replaces_nothing(add_guide, session, shelf, version_of):
    guide = add_guide()
    with pytest.raises(Refusal):
        library.replace(session, shelf, guide.id, io.BytesIO(b"x"), "新.pdf", by_user_id=None)
    assert version_of(guide).name == "报销流程.pdf"


def test_there_is_no_guide_to_replace(session, shelf):
    assert not library.replace(session, shelf, 10**9, io.BytesIO(PDF), "一.pdf", by_user_id=None)
    assert list(shelf.store.digests()) == []


def test_the_same_content_is_stored_once(add_guide, shelf):
    add_guide("一.pdf")
    add_guide("二.pdf")
    assert len(list(shelf.store.digests())) == 1


def test_a_file_goes_when_the_last_guide_that_has_it_goes(add_guide, session, shelf):
    one, two = add_guide("一.pdf"), add_guide("二.pdf")
    assert library.delete(session, [one.id]) == 1
    assert library.delete_unused(session, shelf.store) == 0
    assert library.delete(session, [two.id, 10**9]) == 1
    assert library.delete_unused(session, shelf.store) == 1
    assert list(shelf.store.digests()) == []


def test_the_task_sweeps(add_guide, session, shelf, run_task):
    library.delete(session, [add_guide().id])
    run_task("guides.sweep_files")
    assert list(shelf.store.digests()) == []


def test_a_file_stays_while_a_mail_needs_it(add_guide, session, shelf, teacher):
    teacher.email = "t0001@hhu.example"
    guide = add_guide()
    mail_delivery.send(session, guide.id, teacher.id, max_bytes=10**9)
    library.delete(session, [guide.id])
    assert library.delete_unused(session, shelf.store) == 0
    session.execute(sa.update(Mail).values(status=SENT, sent_at=sa.func.now()))
    assert library.delete_unused(session, shelf.store) == 1


def test_what_an_upload_has_left_behind_goes_after_a_day(shelf, session):
    incoming = shelf.store.directory / "incoming"
    incoming.mkdir(parents=True)
    old, new = incoming / "old", incoming / "new"
    old.touch()
    new.touch()
    os.utime(old, (time.time() - 90_000,) * 2)
    library.delete_unused(session, shelf.store)
    assert list(incoming.iterdir()) == [new]


@pytest.mark.parametrize(
    "digest", ["", "x", "../" * 20 + "etc/passwd", "A" * 64, "a" * 63, "a" * 65]
)
def test_only_a_digest_names_a_file(tmp_path, digest):
    with pytest.raises(ValueError, match="no digest"):
        FileStore(tmp_path).path_of(digest)


def test_a_guide_has_one_current_file_says_the_database(add_guide, session, version_of):
    guide = add_guide()
    session.add(
        GuideVersion(
            guide_id=guide.id, is_current=True, digest="a" * 64, size=1, type="x/y", name="x"
        )
    )
    with pytest.raises(sa.exc.IntegrityError, match="uq_guides_versions_current"):
        session.flush()


def test_a_category_with_guides_cannot_be_deleted(add_guide, session, category):
    add_guide()
    session.delete(category)
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (5, "5 字节"),
        (1024, "1 KB"),
        (1536, "1.5 KB"),
        (20 * 1024**2, "20 MB"),
        (10**10, "9536.7 MB"),
    ],
)
def test_sizes_are_readable(size, text):
    assert library.readable_size(size) == text


def test_counts_never_are_negative(add_guide, session):
    add_guide()
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.update(Guide).values(downloads=-1))
