"""``hhu users``, on a database of its own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hhu_base.values.spreadsheets.tables import MAX_BYTES
from tests.sampling import first

from .files import csv_text, xlsx


@pytest.fixture
def people(hhu, migrated):
    """``people()``: what is stored of everybody."""

    def people():
        with hhu.engine.connect() as connection:
            return connection.execute(
                sa.text("SELECT username, post, password FROM core_users ORDER BY username")
            ).all()

    return people


@pytest.fixture
def file(tmp_path):
    """``file("people.csv", content)``: the path of a file."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write


@pytest.mark.slow
def test_a_rehearsal_tells_everything_and_writes_nothing(hhu, ini, people, file):
    path = file("people.xlsx", xlsx(("工号", "姓氏", "系所", "性别"), ("t1", "张", "信息系", "男")))
    output = hhu("users", "import", ini, path)
    for line in (
        "新增：1 人",
        "+ t1 张 信息系",
        "新建系所：信息系",
        "忽略的列：性别",
        "没有初始密码",
        "--apply",
    ):
        assert line in output
    assert people() == []


def test_with_apply_people_come_in_and_can_sign_in(hhu, ini, people, file):
    path = file(
        "people.csv", csv_text(("工号", "初始密码"), ("t1", "Xk29-river-w")).encode("gb18030")
    )
    assert "已导入：新增 1 人，修改 0 人" in hhu("users", "import", ini, path, "--apply")
    [(username, _, password)] = people()
    assert username == "t1"
    assert password.startswith("$argon2id$")
    changed = file(
        "changed.csv", csv_text(("工号", "初始密码", "职位"), ("t1", "x", "教授")).encode()
    )
    output = hhu("users", "import", ini, changed, "--apply")
    assert "~ t1：职位 （空） → 教授" in output
    assert "已有用户的初始密码不会使用：1 人" in output
    assert people() == [("t1", "教授", password)]


def test_with_one_bad_row_nothing_comes_in(hhu, ini, people, file):
    path = file(
        "people.csv", csv_text(("工号", "电子邮箱"), ("t1", ""), ("t2", "nowhere")).encode()
    )
    output = hhu("users", "import", ini, path, "--apply", code=1)
    assert "第 3 行 t2：电子邮箱“nowhere”" in output
    assert people() == []


def test_a_file_that_is_no_table_is_one_line(hhu, ini, people, file):
    path = file("people.xlsx", b"x" * (MAX_BYTES + 9))
    output = hhu("users", "import", ini, path, code=1)
    assert output.splitlines() == ["Error: people.xlsx：文件超过 20 MB。"]


@pytest.mark.slow
def test_long_lists_are_cut_unless_all_are_asked_for(hhu, ini, people, file):
    rows = [("工号",), *((f"t{number}",) for number in range(60))]
    path = file("people.csv", csv_text(*rows).encode())
    assert "还有 10 人" in hhu("users", "import", ini, path)
    assert "+ t59" in hhu("users", "import", ini, path, "--all")


@pytest.mark.parametrize("name", first(1, ["out.xlsx", "out.csv"]))
@pytest.mark.slow
def test_everybody_is_exported_and_the_file_can_be_imported_again(hhu, ini, people, tmp_path, name):
    hhu("demo", ini)
    path = str(tmp_path / name)
    assert "已导出 201 人" in hhu("users", "export", ini, path)
    output = hhu("users", "import", ini, path)
    assert "新增：0 人" in output
    assert "修改：0 人" in output
    assert "不变：201 人" in output


def test_an_export_says_which_kinds_of_file_there_are(hhu, ini, people, tmp_path):
    assert ".xlsx 或 .csv" in hhu("users", "export", ini, str(tmp_path / "out.pdf"), code=1)
