"""``hhu doctor``, as a deployer types it; that it can be green is in tests/deploy."""

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from hhu_base import configure
from hhu_base.cli import main
from hhu_base.cli.doctor import good, queues
from hhu_base.cli.doctor.runner import run_checks


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """No worker runs here, and nobody need wait for its answers."""
    monkeypatch.setattr(queues, "_PATIENCE", 0.1)


def test_what_is_wrong_is_told_once_and_the_exit_code_says_so(hhu, ini):
    lines = hhu("doctor", ini, code=1).splitlines()
    assert [line for line in lines if line.startswith("错误") and "hhu migrate INI upgrade" in line]
    # Without tables nobody says that his table is not there.
    assert "does not exist" not in "\n".join(lines)
    hhu("migrate", ini, "upgrade")
    again = hhu("doctor", ini, code=1)
    assert "好　数据库结构是最新的。" in again.splitlines()
    assert "项错误。" in again.splitlines()[-1]


@pytest.mark.slow
def test_it_changes_nothing(hhu, migrated, ini):
    def rows() -> list:
        with hhu.engine.connect() as connection:
            tables = sa.inspect(connection).get_table_names()
            return [
                (name, connection.scalar(sa.text(f"SELECT count(*) FROM {name}")))
                for name in sorted(tables)
            ]

    before = rows()
    hhu("doctor", ini, code=1)
    assert rows() == before


def test_a_wrong_setting_is_a_finding(hhu, ini, monkeypatch):
    monkeypatch.setenv("HHU_ROOMS_GRANULARITY", "seven")
    first, *_ = hhu("doctor", ini, code=1).splitlines()
    assert first.startswith("错误　配置错误：rooms.granularity")


def test_a_plugin_adds_a_check_and_one_that_fails_is_a_finding(settings, engine, deployment):
    config = configure(dict(settings))

    def breaks(deployment):
        yield good("到这里为止。")
        raise RuntimeError("out of order")

    config.add_check("mine.works", lambda deployment: [good("我的检查。")])
    config.add_check("mine.breaks", breaks)
    registry = config.make_wsgi_app().registry
    registry["checks"] = [check for check in registry["checks"] if check.name.startswith("mine")]
    found = [
        str(finding)
        for finding in run_checks(type(deployment)(deployment.ini, settings, {}, registry))
    ]
    registry["engine"].dispose()
    assert found[:2] == ["好　我的检查。", "好　到这里为止。"]
    assert found[2].startswith("错误　检查 mine.breaks 没有做完：RuntimeError: out of order")


def test_without_the_embedded_services_nothing_is_wrong_out_of_the_box(ini, monkeypatch, tmp_path):
    monkeypatch.setenv("HHU_DATA_DIR", str(tmp_path / "not there yet"))
    result = CliRunner().invoke(main, ["doctor", ini])
    assert result.exit_code == 0, result.output
    assert "注意　内嵌的数据库没有在运行" in result.output
    assert "，0 项错误" in result.output


@pytest.mark.slow
def test_what_is_wrong_with_the_web_server_is_a_finding_and_the_rest_is_examined(
    hhu, migrated, ini, monkeypatch
):
    monkeypatch.setenv("HHU_LISTEN", "nonsense")
    monkeypatch.setenv("HHU_TRUSTED_PROXY", "nginx")
    lines = hhu("doctor", ini, code=1).splitlines()
    assert lines[0].startswith("错误　配置错误：listen: 'nonsense' is no address")
    assert lines[1].startswith("错误　配置错误：trusted_proxy: 'nginx' is no IP address")
    assert "好　数据库结构是最新的。" in lines
