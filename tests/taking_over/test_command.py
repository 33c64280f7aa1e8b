"""``hhu import-django``, on a database of its own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from .dumps import content, department, other, reservation, room, user


@pytest.fixture
def count(hhu, migrated):
    """``count("core_users")``: how many rows a table has."""

    def count(table):
        with hhu.engine.connect() as connection:
            return connection.scalar(sa.text(f"SELECT count(*) FROM {table}"))

    return count


@pytest.fixture
def file(tmp_path):
    def write(*objects):
        path = tmp_path / "dump.json"
        path.write_bytes(content(*objects))
        return str(path)

    return write


COLLEGE = (
    department(1),
    user(1, department=1),
    user(8),
    other("user.usermeta", 1, user=1, post="教授"),
    other("user.contact", 1, user=1, contact=8),
    room(1),
    reservation(1, "2020-02-22T10:00:00", "2020-02-22T11:00:00"),
    other("sessions.session", "abc"),
    other("polls.question", 1),
)
OVERLAPPING = (*COLLEGE, reservation(5, "2020-02-22T10:30:00", "2020-02-22T12:00:00", user=8))


def test_a_rehearsal_tells_what_would_come_and_takes_it_back(hhu, ini, count, file):
    output = hhu("import-django", ini, file(*COLLEGE))
    assert "user.user：共 2（写入 2）" in output
    assert "polls.question：共 1，跳过" in output
    assert "sessions" not in output
    assert "--apply" in output
    assert count("core_users") == 0
    with hhu.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT last_value FROM core_users_id_seq")) < 3


def test_with_apply_everything_comes_and_new_people_get_ids_behind(hhu, ini, count, file):
    assert "已导入" in hhu("import-django", ini, file(*COLLEGE), "--apply")
    assert [count(table) for table in ("core_users", "contacts_friends", "rooms_reservations")] == [
        2,
        1,
        1,
    ]
    hhu("create-admin", ini, "boss", "--password", "first-2026-pass")
    with hhu.engine.connect() as connection:
        query = sa.text("SELECT id FROM core_users WHERE username = 'boss'")
        assert connection.scalar(query) == 9


def test_a_second_time_everything_is_there_already(hhu, ini, count, file):
    hhu("import-django", ini, file(*COLLEGE), "--apply")
    output = hhu("import-django", ini, file(*COLLEGE), "--apply")
    assert "user.user：共 2（已存在 2）" in output
    assert count("core_users") == 2


def test_overlaps_are_listed_and_stop_it_unless_they_are_allowed(hhu, ini, count, file):
    output = hhu("import-django", ini, file(*OVERLAPPING), "--apply", code=1)
    assert "预约重叠：勤学楼 会议室 1" in output
    assert count("core_users") == 0
    assert "预约重叠" in hhu("import-django", ini, file(*OVERLAPPING), "--apply", "--skip-overlaps")
    assert count("rooms_reservations WHERE status = 'rejected'") == 1


def test_the_models_of_a_plugin_that_is_off_are_skipped(hhu, ini, count, file, monkeypatch):
    monkeypatch.setenv("HHU_PLUGINS", "contacts")
    output = hhu("import-django", ini, file(*COLLEGE), "--apply")
    assert "reservation.reservation：共 1，跳过" in output
    assert (count("core_users"), count("rooms_meetingrooms")) == (2, 0)


def test_a_plugin_that_is_switched_on_later_can_still_bring_its_part(
    hhu, ini, count, file, monkeypatch
):
    monkeypatch.setenv("HHU_PLUGINS", "contacts")
    hhu("import-django", ini, file(*COLLEGE), "--apply")
    monkeypatch.setenv("HHU_PLUGINS", "contacts rooms")
    hhu("import-django", ini, file(*COLLEGE), "--apply")
    assert (count("core_users"), count("rooms_reservations")) == (2, 1)


def test_a_file_that_is_no_dump_is_one_line(hhu, ini, tmp_path):
    path = tmp_path / "dump.json"
    path.write_text("工号,姓名")
    output = hhu("import-django", ini, str(path), code=1)
    assert output.startswith("Error: dump.json：不是有效的 JSON")


def test_what_the_database_refuses_is_one_line(hhu, ini, count, file):
    hhu("import-django", ini, file(user(1, wechat_open_id="secret")), "--apply")
    output = hhu("import-django", ini, file(user(2, wechat_open_id="secret")), code=1)
    assert output.startswith("Error: 数据库拒绝写入：duplicate key")
    assert "secret" not in output
