"""``hhu import-django``, on a database of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from .dumps import content, department, first_version, other, reservation, room, user, usermeta

SMALL = Path(__file__).parent / "small"


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


def sums(output) -> dict[str, dict[str, int]]:
    """The last lines: model → outcome → how many; they are checked to add up."""
    found = {}
    for model, total, parts in re.findall(r"^(\S+)：共 (\d+) = (.+)$", output, re.MULTILINE):
        counted = {name: int(number) for name, number in re.findall(r"([^+ ][^+]*) (\d+)", parts)}
        assert sum(counted.values()) == int(total)
        found[model] = counted
    total = found.pop("合计")
    assert total == {name: sum(each.get(name, 0) for each in found.values()) for name in total}
    return found


COLLEGE = (
    department(1),
    user(1, department=1),
    user(8),
    usermeta(1, post="教授"),
    other("user.contact", 1, user=1, friend_user=8),
    room(1),
    reservation(1, "2020-02-22T10:00:00", "2020-02-22T11:00:00"),
    other("sessions.session", "abc"),
    other("polls.question", 1),
)
REFUSED = other("user.contact", 2, user=1, friend_user=99)


@pytest.mark.slow
def test_a_rehearsal_tells_what_would_come_and_takes_it_back(hhu, ini, count, file):
    output = hhu("import-django", ini, file(*COLLEGE))
    assert sums(output) == {
        "user.department": {"导入": 1, "已有": 0, "搁置": 0},
        "user.user": {"导入": 2, "已有": 0, "搁置": 0},
        "user.usermeta": {"导入": 1, "已有": 0, "搁置": 0},
        "user.contact": {"导入": 1, "已有": 0, "搁置": 0},
        "reservation.meetingroom": {"导入": 1, "已有": 0, "搁置": 0},
        "reservation.reservation": {"导入": 1, "已有": 0, "搁置": 0},
        "sessions.session": {"Django 自身": 1},
        "polls.question": {"没有对应的插件": 1},
    }
    assert "--apply" in output
    assert count("core_users") == 0
    with hhu.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT last_value FROM core_users_id_seq")) < 3


def test_a_real_dump_is_taken_over_whole_and_found_there_again(
    hhu, ini, count, migrated, tmp_path, monkeypatch
):
    monkeypatch.setenv("HHU_GUIDES_DIRECTORY", str(tmp_path / "store"))
    command = ("import-django", ini, str(SMALL / "dump.json"), "--media", str(SMALL / "media"))
    written = [found["model"] for found in json.loads((SMALL / "dump.json").read_bytes())]
    totals = {model: written.count(model) for model in written}
    first = sums(hhu(*command, "--apply"))
    assert {model: found["导入"] for model, found in first.items()} == totals
    again = sums(hhu(*command, "--apply"))
    assert {model: found["已有"] for model, found in again.items()} == totals
    assert count("repairs_requests WHERE user_id IS NULL") == 1
    assert count("repairs_recipients") == 3
    assert count("activities_clockin_staff") == 2
    assert count("core_group_users") == 1
    assert count("rooms_reservations WHERE requested_at < '2026-11-26'") == 5
    assert count("activities_activities WHERE created < '2026-11-29'") == 3
    assert len([path for path in (tmp_path / "store").rglob("*") if path.is_file()]) == 2


@pytest.mark.slow
def test_a_dump_of_the_first_version_is_taken_over_whole(
    hhu, ini, count, migrated, file, tmp_path, monkeypatch
):
    monkeypatch.setenv("HHU_GUIDES_DIRECTORY", str(tmp_path / "store"))
    found = sums(hhu("import-django", ini, file(*first_version(50)), "--apply"))
    assert found.pop("authtoken.token") == {"Django 自身": 50}
    assert all(each["已有"] + each["搁置"] == 0 for each in found.values())
    assert count("core_departments") == 40
    assert count("core_users WHERE tel = '51985191' AND department_id IS NOT NULL") == 50
    assert count("rooms_reservations WHERE status = 'confirmed'") == 50
    assert count("activities_clockins") == 50
    assert count("repairs_history") == 50 + 34


@pytest.mark.slow
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


def test_what_can_not_be_taken_stops_it_unless_it_is_set_aside(hhu, ini, count, file, tmp_path):
    broken = file(*COLLEGE, REFUSED, user(9, "x" * 151))
    output = hhu("import-django", ini, broken, "--apply", code=1)
    assert "user.contact #2：friend_user 指向没有导入的 user.user 99" in output
    assert "--set-aside" in output
    assert count("core_users") == 0
    aside = tmp_path / "aside.jsonl"
    output = hhu("import-django", ini, broken, "--apply", "--set-aside", str(aside))
    assert sums(output)["user.user"] == {"导入": 2, "已有": 0, "搁置": 1}
    assert count("core_users") == 2
    lines = [json.loads(line) for line in aside.read_text().splitlines()]
    assert {(line["model"], line["pk"]) for line in lines} == {
        ("user.contact", 2),
        ("user.user", 9),
    }
    assert all(line["reasons"] for line in lines)
    assert next(line for line in lines if line["pk"] == 2)["fields"] == REFUSED["fields"]
    # Password hashes may be among it.
    assert aside.stat().st_mode & 0o077 == 0


def test_where_the_set_aside_can_not_be_written_nothing_is_taken(hhu, ini, count, file, tmp_path):
    aside = str(tmp_path / "no" / "folder")
    output = hhu("import-django", ini, file(*COLLEGE), "--apply", "--set-aside", aside, code=1)
    assert output.startswith("Error: 无法写入")
    assert count("core_users") == 0


def test_a_model_of_a_plugin_that_is_on_and_that_nobody_takes_is_an_error(hhu, ini, count, file):
    output = hhu(
        "import-django", ini, file(*COLLEGE, other("activity.prize", 1)), "--apply", code=1
    )
    assert "activity.prize #1：没有代码接收 activity.prize，虽然它的插件已经启用" in output
    assert sums(output)["activity.prize"] == {"导入": 0, "已有": 0, "搁置": 1}
    assert count("core_users") == 0


@pytest.mark.slow
def test_overlaps_come_as_rejected_and_are_told(hhu, ini, count, file):
    later = reservation(5, "2020-02-22T10:30:00", "2020-02-22T12:00:00", user=8)
    output = hhu("import-django", ini, file(*COLLEGE, later), "--apply")
    assert "预约重叠" in output
    assert count("rooms_reservations WHERE status = 'rejected'") == 1


def test_with_update_what_has_changed_there_is_taken_over(hhu, ini, count, file):
    hhu("import-django", ini, file(*COLLEGE), "--apply")
    newer = (*COLLEGE[:3], usermeta(1, post="院长"), *COLLEGE[4:])
    assert "post 教授 → 院长" in hhu("import-django", ini, file(*newer), "--apply")
    assert count("core_users WHERE post = '教授'") == 1
    hhu("import-django", ini, file(*newer), "--apply", "--update")
    assert count("core_users WHERE post = '院长'") == 1


def test_the_models_of_a_plugin_that_is_off_are_skipped(hhu, ini, count, file, monkeypatch):
    monkeypatch.setenv("HHU_PLUGINS", "contacts")
    found = sums(hhu("import-django", ini, file(*COLLEGE, other("repair.x", 1)), "--apply"))
    assert found["reservation.reservation"] == {"插件未启用": 1}
    assert found["repair.x"] == {"插件未启用": 1}
    assert (count("core_users"), count("rooms_meetingrooms")) == (2, 0)


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_file_that_is_read_as_gb18030_is_told(hhu, ini, migrated, tmp_path):
    path = tmp_path / "dump.json"
    path.write_bytes(content(*COLLEGE).decode().encode("gb18030"))
    assert "按 GB18030 读取" in hhu("import-django", ini, str(path))


def test_what_the_database_refuses_is_one_line(hhu, ini, file, migrated):
    with hhu.engine.begin() as connection:
        check = "ALTER TABLE core_users ADD CONSTRAINT no_x CHECK (last_name <> 'secret')"
        connection.execute(sa.text(check))
    output = hhu("import-django", ini, file(user(2, last_name="secret")), code=1)
    assert output.startswith("Error: 数据库拒绝写入：new row")
    assert "secret" not in output
