"""``hhu settings``, and what each command says of a file with mistakes."""

import subprocess
import sys

import pytest

from tests.sampling import first

SECRET = "0123456789abcdef" * 2


def test_every_setting_is_listed_with_its_origin_and_its_meaning(hhu, write, monkeypatch):
    monkeypatch.setenv("HHU_ROOMS_MAX_DAYS_AHEAD", "9")
    lines = hhu("settings", write(("granularity = 30", "granularity = 15"))).splitlines()
    assert "rooms.granularity = 15（ini 文件）" in lines
    assert "rooms.max_days_ahead = 9（环境变量 HHU_ROOMS_MAX_DAYS_AHEAD）" in lines
    assert "sqlalchemy.pool_timeout = 5（默认）" in lines
    assert "threads = 96（ini 文件）" in lines
    meaning = lines[
        lines.index("rooms.max_days_ahead = 9（环境变量 HHU_ROOMS_MAX_DAYS_AHEAD）") + 1
    ]
    assert "提前" in meaning


def test_secrets_are_masked(hhu, write, monkeypatch):
    monkeypatch.setenv("HHU_SQLALCHEMY_URL", "postgresql://hhu:s3cr@t@db/hhu")
    monkeypatch.setenv("HHU_CELERY_BROKER_URL", "redis://:s3cret@queue/0")
    monkeypatch.setenv("HHU_MAIL_PASSWORD", SECRET)
    monkeypatch.setenv("HHU_METRICS_TOKEN", SECRET)
    said = hhu("settings", write())
    assert "sqlalchemy.url = postgresql://hhu:******@db/hhu（环境变量" in said
    assert "celery.broker_url = redis://:******@queue/0（环境变量" in said
    assert "mail.password = ******（环境变量" in said
    for secret in ("s3cr", SECRET, "only-good-for"):
        assert secret not in said


MISTAKES = (
    ("rooms.granularity = 30", "rooms.granularty = 30"),
    ("hhu.zone = Asia/Shanghai", "hhu.zone = Mars\nhhu.docs = no"),
    ("threads = 96", "threads = many"),
    ("[loggers]", "[server:main]\nbacklog = 100\n\n[loggers]"),
)
EXPECTED = [
    "site.ini: hhu.docs of [app:main] stands there twice, in the lines 17 and 28",
    "site.ini: [server:main] stands there twice, in the lines",
    "rooms.granularty: there is no such setting; did you mean rooms.granularity?",
    "hhu.zone: 'Mars' is no time zone",
    "threads: 'many' is not a whole number",
]


@pytest.mark.parametrize("command", ["settings", "doctor", "migrate", "plugins", "demo", "backup"])
def test_all_that_is_wrong_with_a_file_is_told_at_once_by_every_command(hhu, write, command):
    rest = {"migrate": ["upgrade"], "backup": ["nowhere"]}.get(command, [])
    said = hhu(command, write(*MISTAKES), *rest, code=1)
    lines = said.removeprefix("Error: ").splitlines()
    for expected in EXPECTED:
        [line] = [line for line in lines if expected[:50] in line]
        assert line.startswith("配置错误：")
    assert all(line.startswith("配置错误：") for line in lines)


PROCESSES = {
    "web": ("hhu_base.web.server", "{ini}"),
    "worker": ("celery", "-A", "hhu_base.worker", "worker", "--ini", "{ini}", "-P", "solo"),
}


@pytest.mark.parametrize("command", first(1, PROCESSES.values()), ids=PROCESSES)
@pytest.mark.parametrize("mistakes", first(1, [MISTAKES, MISTAKES[2:3]]), ids=["file", "server"])
def test_so_do_the_processes_that_stay(write, command, mistakes):
    if mistakes is not MISTAKES and command[0] == "celery":
        mistakes = MISTAKES[:1]
    ini = write(*mistakes)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *(word.format(ini=ini) for word in command)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == (len(EXPECTED) if mistakes is MISTAKES else 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("hhu.zone = UTC\n", "site.ini: File contains no section headers"),
        ("[app:main]\nnonsense\n", "site.ini: Source contains parsing errors"),
        ("[server:main]\nlisten = *:1\n", "site.ini: there is no section [app:main]"),
    ],
)
def test_a_file_that_is_none_is_told_in_a_line(hhu, tmp_path, content, said):
    path = tmp_path / "site.ini"
    path.write_text(content)
    output = hhu("plugins", str(path), code=1)
    assert said in output
    assert output.count("\n") == 1
