"""The guides' part of a takeover: rows from the dump, files from the media folder."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hhu_base.models import TakenRecord
from hhu_plugins.guides.models import TEXT_NONE, TEXT_WAITING, Guide, GuideCategory
from tests.cli.django_import.dumps import content, notes, other, outcomes, reasons, user

from .conftest import PDF

CATEGORY = other("guide.guidecategory", 4, name="财务")
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

    def take(*objects, is_kept=True, media=media, **options):
        takeover = take_objects(user(1), *objects, media=media, **options)
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
    assert reasons(done) == []
    assert session.get_one(GuideCategory, 4).name == "财务"
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
    assert reasons(take(CATEGORY, guide(), is_kept=False)) == []
    assert not shelf.store.directory.exists()


def test_without_a_name_the_file_gives_it(session, take):
    assert reasons(take(CATEGORY, guide(name=""))) == []
    assert session.get_one(Guide, 9).name == "差旅费报销"


def test_what_is_no_type_of_ours_or_not_what_it_says_is_offered_without_a_type(
    session, take, media, version_of
):
    (media / "表.wps").write_bytes(b"anything")
    (media / "假.pdf").write_bytes(b"<script>")
    done = take(CATEGORY, guide(1, file="表.wps"), guide(2, file="假.pdf"))
    assert reasons(done) == []
    assert notes(done) == [
        "guide.guide #1：表.wps 的类型无法确认，只提供下载",
        "guide.guide #2：假.pdf 的类型无法确认，只提供下载",
    ]
    for pk in (1, 2):
        version = version_of(session.get_one(Guide, pk))
        assert (version.type, version.text_status) == ("application/octet-stream", TEXT_NONE)


def test_a_second_run_finds_them_all_there(session, take, versions):
    take(CATEGORY, guide())
    done = take(CATEGORY, guide())
    assert (reasons(done), done.at_the_end) == ([], [])
    assert outcomes(done, "guide.guide") == {"已有": 1}
    assert versions() == 1


MISSING = ["gone.pdf", "", None, 7, "../outside.pdf", "/etc/passwd", "guides", "a\0b"]


@pytest.mark.parametrize("file", MISSING)
def test_a_guide_whose_file_is_missing_is_refused(session, take, tmp_path, file):
    (tmp_path / "outside.pdf").write_bytes(PDF)
    done = take(CATEGORY, guide(1), guide(2, file=file))
    [reason] = reasons(done)
    assert reason.startswith("guide.guide #2：")
    assert session.scalars(sa.select(Guide.id)).all() == [1]


def test_an_empty_file_is_refused_too(take, media):
    (media / "空.txt").touch()
    assert reasons(take(CATEGORY, guide(file="空.txt"))) == ["guide.guide #9：文件 '空.txt' 是空的"]


def test_a_file_that_was_replaced_there_is_told_and_taken_over_if_asked(
    session, take, media, version_of, versions, shelf
):
    take(CATEGORY, guide())
    (media / "新.pdf").write_bytes(PDF + b"new")
    done = take(CATEGORY, guide(file="新.pdf"))
    assert [set(it.changed) for it in done.differences] == [{"file"}]
    assert version_of(session.get_one(Guide, 9)).digest == digest(PDF)
    take(CATEGORY, guide(file="新.pdf"), is_update=True)
    assert version_of(session.get_one(Guide, 9)).digest == digest(PDF + b"new")
    assert versions() == 2
    assert stored(shelf) == sorted([digest(PDF), digest(PDF + b"new")])


def test_a_guide_without_a_category_that_is_there_gets_one(session, take):
    done = take(CATEGORY, guide(1, category=77), guide(2, category=None), guide(3))
    assert reasons(done) == []
    names = [session.get_one(Guide, pk).category.name for pk in (1, 2, 3)]
    assert names == ["未分类", "未分类", "财务"]


def test_two_categories_of_one_name_are_one(session, take):
    done = take(CATEGORY, other("guide.guidecategory", 5, name="财务"), guide(category=5))
    assert outcomes(done, "guide.guidecategory") == {"导入": 1, "已有": 1}
    assert session.get_one(Guide, 9).category_id == 4


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
        done.session.execute(sa.delete(TakenRecord))


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (guide(created=None), "created 不是有效的时间"),
        (other("guide.guidecategory", 5, name=None), "没有 name"),
    ],
)
def test_what_cannot_be_taken_is_named_and_the_rest_is_taken(session, take, broken, reason):
    done = take(CATEGORY, broken, guide(99))
    assert [reason in told for told in reasons(done)] == [True]
    assert session.scalars(sa.select(Guide.id)).all() == [99]


class TestCommand:
    @pytest.fixture
    def run(self, hhu, migrated, ini, media, tmp_path, monkeypatch):
        monkeypatch.setenv("HHU_GUIDES_DIRECTORY", str(tmp_path / "store"))
        path = tmp_path / "dump.json"

        def run(*options, more=(), code=0):
            path.write_bytes(content(CATEGORY, guide(), *more))
            return hhu("import-django", ini, str(path), *options, code=code)

        return run

    @pytest.mark.slow
    def test_only_what_is_applied_writes_files(self, run, media, tmp_path):
        assert "guide.guide：共 1 = 导入 1 + 已有 0 + 搁置 0" in run("--media", str(media))
        assert not (tmp_path / "store").exists()
        assert "已导入" in run("--media", str(media), "--apply")
        assert (tmp_path / "store" / digest(PDF)[:2] / digest(PDF)).read_bytes() == PDF

    def test_a_missing_file_stops_it_unless_its_guide_is_set_aside(self, run, media, tmp_path):
        more = (guide(10, file="gone.pdf"),)
        options = ("--media", str(media), "--apply")
        assert "没有文件 'gone.pdf'" in run(*options, more=more, code=1)
        assert not (tmp_path / "store").exists()
        aside = ("--set-aside", str(tmp_path / "aside"))
        assert "已导入" in run(*options, *aside, more=more)
