"""The guides' part of a takeover: rows from the dump, files from the media folder."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hhu_plugins.guides.models import TEXT_NONE, TEXT_WAITING, Category, Guide, Version

from ..taking_over.dumps import content, other, user  # noqa: TID252 - shared by the plugins
from .conftest import PDF

CATEGORY = other("guide.category", 4, name="财务")
FILE = "guides/2020/02/差旅费报销.pdf"


@pytest.fixture
def media(tmp_path):
    """The media folder of the replaced system, with one file."""
    folder = tmp_path / "media"
    (folder / FILE).parent.mkdir(parents=True)
    (folder / FILE).write_bytes(PDF)
    return folder


@pytest.fixture
def take(take_objects, session, shelf, media):
    """``take(object, …)``: a takeover of these guides; ``is_kept`` as the command does it."""

    def take(*objects, allowed=(), is_kept=True, media=media):
        takeover = take_objects(user(1), *objects, allowed=allowed, media=media)
        if is_kept and not takeover.problems:
            for do in takeover.at_the_end:
                do()
        session.expire_all()
        return takeover

    return take


def guide(pk=9, **fields):
    values = {"name": "差旅费报销流程", "category": 4, "created": "2020-02-22T10:00:00"}
    return other("guide.guide", pk, **{**values, "file": FILE, **fields})


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def stored(shelf) -> list[str]:
    return sorted(shelf.store.digests())


def test_categories_and_guides_keep_their_ids_and_their_files(session, take, shelf, version_of):
    done = take(CATEGORY, guide())
    assert done.problems == []
    assert session.get_one(Category, 4).name == "财务"
    kept = session.get_one(Guide, 9)
    morning = datetime(2020, 2, 22, 2, tzinfo=UTC)
    assert (kept.name, kept.category_id, kept.created_at) == ("差旅费报销流程", 4, morning)
    version = version_of(kept)
    assert (version.name, version.size, version.type, version.text_status) == (
        "差旅费报销.pdf", len(PDF), "application/pdf", TEXT_WAITING,
    )  # fmt: skip
    assert (version.uploaded_at, version.uploaded_by) == (morning, None)
    assert version.digest == digest(PDF)
    assert shelf.store.path_of(version.digest).read_bytes() == PDF


def test_a_rehearsal_writes_no_file(take, shelf):
    assert take(CATEGORY, guide(), is_kept=False).problems == []
    assert not shelf.store.directory.exists()


def test_other_spellings_are_understood(session, take, version_of):
    fields = {"title": "调课", "category": ["财务"], "attachment": FILE}
    done = take(CATEGORY, other("guide.guide", 3, upload_time="2020-02-22T02:00:00Z", **fields))
    assert done.problems == []
    assert session.get_one(Guide, 3).name == "调课"
    assert version_of(session.get_one(Guide, 3)).digest == digest(PDF)


def test_without_a_name_the_file_gives_it(session, take):
    assert take(CATEGORY, guide(name="")).problems == []
    assert session.get_one(Guide, 9).name == "差旅费报销"


def test_what_is_no_type_of_ours_or_not_what_it_says_is_offered_without_a_type(
    session, take, media, version_of
):
    (media / "表.wps").write_bytes(b"anything")
    (media / "假.pdf").write_bytes(b"<script>")
    done = take(CATEGORY, guide(1, file="表.wps"), guide(2, file="假.pdf"))
    assert done.problems == []
    assert done.notes == [
        "guide.guide #1：表.wps 的类型无法确认，只提供下载。",
        "guide.guide #2：假.pdf 的类型无法确认，只提供下载。",
    ]
    for pk in (1, 2):
        version = version_of(session.get_one(Guide, pk))
        assert (version.type, version.text_status) == ("application/octet-stream", TEXT_NONE)


def test_a_second_run_finds_them_all_there(session, take, versions):
    take(CATEGORY, guide())
    done = take(CATEGORY, guide())
    assert (done.problems, done.at_the_end) == ([], [])
    assert done.counts["guide.guide"] == {"共": 1, "已存在": 1}
    assert versions() == 1


MISSING = ["gone.pdf", "", None, 7, "../outside.pdf", "/etc/passwd", "guides", "a\0b"]


@pytest.mark.parametrize("file", MISSING)
def test_a_missing_file_is_listed_and_stops_it(session, take, shelf, tmp_path, file):
    (tmp_path / "outside.pdf").write_bytes(PDF)
    done = take(CATEGORY, guide(1), guide(2, file=file))
    [problem] = done.problems
    assert problem.startswith("guide.guide #2：")
    assert session.scalars(sa.select(Guide.id)).all() == []
    assert not shelf.store.directory.exists()


def test_an_empty_file_is_listed_too(take, media):
    (media / "空.txt").touch()
    assert take(CATEGORY, guide(file="空.txt")).problems == ["guide.guide #9：文件 '空.txt' 是空的"]


def test_if_allowed_guides_without_a_file_are_left_out(session, take):
    done = take(CATEGORY, guide(1), *(guide(9, file="gone.pdf"),), allowed=["files"])
    assert done.problems == []
    assert done.notes == ["guide.guide #9：媒体文件夹里没有文件 'gone.pdf'"]
    assert done.counts["guide.guide"] == {"共": 2, "舍弃": 1, "写入": 1}
    assert session.scalars(sa.select(Guide.id)).all() == [1]


def test_without_a_media_folder_guides_are_one_problem(take):
    assert take(CATEGORY, guide(1), guide(2), media=None).problems == [
        "请用 --media 给出原系统存放上传文件的文件夹，办事指南需要它。"
    ]
    assert take(CATEGORY, media=None).problems == []


def test_a_file_that_changes_meanwhile_is_a_problem(take, media, shelf):
    for now in (b"other", PDF + b"more"):
        (media / FILE).write_bytes(PDF)
        done = take(CATEGORY, guide(), is_kept=False)
        (media / FILE).write_bytes(now)
        done.at_the_end[0]()
        assert done.problems == ["文件 差旅费报销.pdf 在导入过程中被改动。"]
        assert stored(shelf) == []
        done.session.execute(sa.delete(Guide))


@pytest.mark.parametrize(
    ("objects", "problem"),
    [
        ([guide()], "category 指向不存在的 guide.category 4"),
        ([CATEGORY, guide(category=None)], "没有 category"),
        ([CATEGORY, guide(created=None)], "created 不是有效的时间"),
        ([CATEGORY, guide(name="长" * 256)], "name 有 256 个字符"),
        ([CATEGORY, other("guide.category", 5, name="财务")], "“财务”已被 #4 占用"),
    ],
)
def test_what_cannot_be_brought_over_is_named_and_nothing_written(
    session, take, shelf, objects, problem
):
    assert any(problem in told for told in take(*objects).problems)
    assert session.scalars(sa.select(Version.id)).all() == []
    assert not shelf.store.directory.exists()


class TestCommand:
    @pytest.fixture
    def run(self, hhu, migrated, ini, media, tmp_path, monkeypatch):
        monkeypatch.setenv("HHU_GUIDES_DIRECTORY", str(tmp_path / "store"))
        path = tmp_path / "dump.json"

        def run(*options, more=(), code=0):
            path.write_bytes(content(CATEGORY, guide(), *more))
            return hhu("import-django", ini, str(path), *options, code=code)

        return run

    def test_only_what_is_applied_writes_files(self, run, media, tmp_path):
        assert "guide.guide：共 1（写入 1）" in run("--media", str(media))
        assert not (tmp_path / "store").exists()
        assert "已导入" in run("--media", str(media), "--apply")
        assert (tmp_path / "store" / digest(PDF)[:2] / digest(PDF)).read_bytes() == PDF

    def test_a_missing_file_stops_it_unless_it_may_be_missing(self, run, media, tmp_path):
        more = (guide(10, file="gone.pdf"),)
        options = ("--media", str(media), "--apply")
        assert "没有文件 'gone.pdf'" in run(*options, more=more, code=1)
        assert not (tmp_path / "store").exists()
        assert "已导入" in run(*options, "--skip-missing-files", more=more)
