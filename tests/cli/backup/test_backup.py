"""``hhu backup`` and ``hhu restore``, with PostgreSQL's own programs."""

from __future__ import annotations

import json
import shutil
import stat

import pytest
import sqlalchemy as sa

from hhu_base.cli.backup import dump, pg_programs
from hhu_base.cli.backup.stored_files import BackupError
from tests.sampling import first

from .conftest import Place


@pytest.fixture
def folder(college, hhu, ini, tmp_path):
    """A backup of the college."""
    folder = tmp_path / "backups" / "monday"
    assert "已备份" in hhu("backup", ini, str(folder))
    return folder


def test_every_table_and_file_comes_back(hhu, migrated, ini, monkeypatch, tmp_path, other, go_to):
    """Of the demo college, which has something in nearly every table."""
    college = Place(hhu.engine, "", tmp_path / "guides")
    photos, other_photos = (Place(hhu.engine, "", tmp_path / name) for name in ("rooms", "others"))
    monkeypatch.setenv("HHU_GUIDES_DIRECTORY", str(college.files))
    monkeypatch.setenv("HHU_ROOMS_DIRECTORY", str(photos.files))
    hhu("demo", ini)
    tables, sequences, stored = college.tables(), college.sequences(), college.stored()
    assert sum(map(len, tables.values())) > 1000
    assert stored
    assert photos.stored()
    folder = tmp_path / "backup"
    hhu("backup", ini, str(folder))
    go_to(other)
    monkeypatch.setenv("HHU_ROOMS_DIRECTORY", str(other_photos.files))
    assert f"{len(stored) + len(photos.stored())} 个文件" in hhu("restore", ini, str(folder))
    assert other.tables() == tables
    assert other.sequences() == sequences
    assert other.stored() == stored
    assert other_photos.stored() == photos.stored()
    assert "一致" in hhu("migrate", ini, "check")
    # What the database does by itself came along: the audit still only grows.
    with (
        other.engine.connect() as connection,
        pytest.raises(sa.exc.DBAPIError, match="append-only"),
    ):
        connection.execute(sa.text("DELETE FROM core_audit"))
    # Nothing has changed, but that the backup is noted.
    after = college.tables()
    assert "backup" in str(after.pop("core_heartbeats"))
    assert tables.pop("core_heartbeats") == []
    assert after == tables


@pytest.mark.slow
def test_nobody_else_can_read_a_backup(folder):
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_what_is_written_during_a_backup_is_in_it_as_a_whole_or_not_at_all(
    college, hhu, ini, tmp_path, monkeypatch, other, go_to
):
    """A guide is uploaded, and another deleted and swept away, between the files and the dump."""
    run = pg_programs.run
    before = college.tables()

    def interfere(*args):
        with college.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM guides_guides"))
            connection.execute(sa.text("UPDATE core_users SET post = '改'"))
        shutil.rmtree(college.files)
        run(*args)

    monkeypatch.setattr(pg_programs, "run", interfere)
    folder = tmp_path / "tuesday"
    hhu("backup", ini, str(folder))
    monkeypatch.setattr(pg_programs, "run", run)
    go_to(other)
    hhu("restore", ini, str(folder))
    assert other.tables() == before


@pytest.mark.slow
def test_a_file_that_is_deleted_while_the_others_are_copied_is_asked_for_again(
    college, hhu, ini, tmp_path, monkeypatch
):
    copy_files = dump._copy_files

    def sweep_first(*args):
        with college.engine.begin() as connection:
            digest = connection.scalar(sa.text("SELECT min(digest) FROM guides_versions"))
            connection.execute(
                sa.text(
                    "DELETE FROM guides_guides WHERE id IN"
                    " (SELECT guide_id FROM guides_versions WHERE digest = :digest)"
                ),
                {"digest": digest},
            )
        (college.files / digest[:2] / digest).unlink()
        monkeypatch.setattr(dump, "_copy_files", copy_files)
        return copy_files(*args)

    monkeypatch.setattr(dump, "_copy_files", sweep_first)
    assert "没有备份" not in hhu("backup", ini, str(tmp_path / "tuesday"))


@pytest.mark.parametrize("harm", first(1, ["changed", "missing"]))
@pytest.mark.slow
def test_a_file_that_is_gone_or_damaged_is_named_and_the_rest_is_saved(
    college, hhu, ini, tmp_path, harm, other, go_to
):
    victim, *_ = sorted(college.stored())
    if harm == "missing":
        (college.files / victim).unlink()
    else:
        (college.files / victim).write_bytes(b"rotten")
    folder = tmp_path / "tuesday"
    output = hhu("backup", ini, str(folder), code=1)
    assert f"guides/{victim}" in output
    go_to(other)
    assert "丢失或损坏" in hhu("restore", ini, str(folder), code=1)
    assert other.tables() == college.tables()
    assert victim not in other.stored()


@pytest.mark.slow
def test_a_backup_is_never_written_over(folder, hhu, ini):
    assert "已经存在" in hhu("backup", ini, str(folder), code=1)


@pytest.mark.slow
def test_a_backup_that_was_broken_off_is_none_and_the_next_one_begins_anew(
    college, hhu, ini, tmp_path, monkeypatch
):
    def fail(*args):
        raise BackupError("pg_dump 失败")

    folder = tmp_path / "tuesday"
    with monkeypatch.context() as broken:
        broken.setattr(pg_programs, "run", fail)
        assert "pg_dump 失败" in hhu("backup", ini, str(folder), code=1)
    assert not folder.exists()
    hhu("backup", ini, str(folder))
    assert [path.name for path in tmp_path.glob("tuesday*")] == ["tuesday"]


def test_nothing_is_restored_over_something(folder, hhu, ini):
    assert "不是空的" in hhu("restore", ini, str(folder), code=1)


@pytest.mark.parametrize("victim", first(1, ["database.dump", "files", "manifest.json"]))
@pytest.mark.parametrize("harm", first(1, ["rotten", "gone"]))
def test_a_damaged_backup_is_refused_before_anything_is_written(
    folder, other, go_to, hhu, ini, victim, harm
):
    path = folder / victim
    if victim == "files":
        path = next(one for one in sorted(path.rglob("*")) if one.is_file())
    path.unlink() if harm == "gone" else path.write_bytes(b"rotten")
    go_to(other)
    assert "备份" in hhu("restore", ini, str(folder), code=1)
    assert other.tables() == {}
    assert not other.files.exists()


def test_a_backup_cannot_write_outside_of_the_folders(folder, other, go_to, hhu, ini):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["guides"]["../../../evil"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))
    go_to(other)
    assert "不合法的路径" in hhu("restore", ini, str(folder), code=1)


@pytest.mark.slow
def test_a_restore_that_failed_can_be_run_again(folder, college, other, go_to, hhu, ini):
    """The files are there already, and one of them only by half under another name."""
    go_to(other)
    shutil.copytree(folder / "files" / "guides", other.files)
    hhu("restore", ini, str(folder))
    # That there was a backup is noted when it is whole.
    assert other.tables() == college.tables() | {"core_heartbeats": []}


@pytest.mark.slow
def test_another_file_in_the_place_of_one_is_not_written_over(folder, other, go_to, hhu, ini):
    shutil.copytree(folder / "files" / "guides", other.files)
    victim = next(path for path in sorted(other.files.rglob("*")) if path.is_file())
    victim.write_bytes(b"somebody's")
    go_to(other)
    assert "内容不同" in hhu("restore", ini, str(folder), code=1)
    assert victim.read_bytes() == b"somebody's"
    assert other.tables() == {}


@pytest.mark.slow
def test_files_of_a_plugin_that_is_not_on_are_not_forgotten(
    folder, other, go_to, hhu, ini, monkeypatch
):
    go_to(other)
    monkeypatch.setenv("HHU_PLUGINS", "contacts rooms")
    assert "guides" in hhu("restore", ini, str(folder), code=1)
    assert other.tables() == {}


@pytest.mark.slow
def test_programs_that_are_too_old_are_not_used(tmp_path, college, hhu, ini):
    for name in ("pg_dump", "pg_restore"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
        (tmp_path / name).chmod(0o755)
    output = hhu("backup", ini, str(tmp_path / "b"), "--pg-bin", str(tmp_path), code=1)
    assert "postgresql-client-18" in output
    assert "（找到的是 9）" in output


def test_the_password_is_not_on_the_command_line(tmp_path):
    """Where anybody on the machine could read it."""
    (tmp_path / "pg_dump").write_text('#!/bin/sh\necho "$@" "PGPASSWORD=$PGPASSWORD" >&2; exit 1\n')
    (tmp_path / "pg_dump").chmod(0o755)
    url = sa.make_url("postgresql+psycopg://hhu:s3cret@127.0.0.1:5/hhu?sslmode=require")
    with pytest.raises(BackupError) as failure:
        pg_programs.run(tmp_path, "pg_dump", url)
    arguments, _, password = str(failure.value).partition("PGPASSWORD=")
    assert password == "s3cret"
    assert "s3cret" not in arguments
    assert "postgresql://hhu@127.0.0.1:5/hhu?sslmode=require" in arguments
