"""The story of `scripts/serve`: from an empty folder to addresses that can be opened."""

import os
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from subprocess import PIPE

from hhu_base.settings.services import Locations

from .copies import preload
from .errors import EmbeddedError
from .folders import prepare_folders, remove_sockets_folder
from .lock import instance_lock
from .postgres import EmbeddedPostgres
from .process import Program, finish, run, spawn
from .programs import our_programs
from .signals import Stopped, StopSignals
from .supervisor import TAIL_LINES, Supervisor
from .valkey import EmbeddedValkey
from .web_port import address_of, answers, refuse_a_taken_port

#: After so many seconds it is said that one still waits.
READY_SECONDS = 60.0
#: A web server that dies so often before it ever answered won't get better by itself.
HOPELESS_DEATHS = 3


def serve(
    ini: Path, data_dir: Path, host: str, port: int, demo: bool, is_copied: bool = False
) -> int:
    """Run everything until somebody stops it; the result is the exit code.

    ``is_copied``: our programs are copies of this process, which imports what they need.
    """
    signals = StopSignals()
    try:
        signals.install()
        locations = Locations.of(data_dir)
        prepare_folders(locations)
        with instance_lock(locations):
            refuse_a_taken_port(host, port)
            _run_until_stopped(signals, locations, ini.resolve(), host, port, demo, is_copied)
    except Stopped:
        pass
    except EmbeddedError as error:
        say(f"错误：{error}")
        return 1
    return 0


def _run_until_stopped(
    signals: StopSignals,
    locations: Locations,
    ini: Path,
    host: str,
    port: int,
    demo: bool,
    is_copied: bool,
) -> None:
    supervisor = Supervisor(locations.logs, say, is_hurried=lambda: signals.is_hurried)
    try:
        _start(supervisor, locations, ini, host, port, demo, is_copied)
        signals.raises = False
        while signals.count == 0:
            supervisor.tend()
            signals.pause(0.5)
    finally:
        signals.raises = False
        say("正在停止……（再按一次 Ctrl-C 立即停止）")
        supervisor.stop()
        remove_sockets_folder(locations)
        say("已停止。")


def say(text: str) -> None:
    """Print for people; a terminal that was closed doesn't keep us from stopping in order."""
    with suppress(OSError):
        print(text, flush=True)  # noqa: T201


def _start(
    supervisor: Supervisor,
    locations: Locations,
    ini: Path,
    host: str,
    port: int,
    demo: bool,
    is_copied: bool,
) -> None:
    begin = time.monotonic()
    say(f"数据目录：{locations.data_dir}")
    postgres = EmbeddedPostgres(locations, say=say)
    postgres.prepare()
    valkey = EmbeddedValkey(locations)
    valkey.prepare()
    environment = (
        {
            # With an arena for each of 48 threads glibc keeps twice the memory that is used.
            "MALLOC_ARENA_MAX": "2",
            # Links in mails and addresses of calendars lead here, whatever port that is.
            "HHU_PUBLIC_URL": address_of(host, port),
        }
        | os.environ
        | {
            "HHU_DATA_DIR": str(locations.data_dir),
            "PYTHONUTF8": "1",
            "PYTHONUNBUFFERED": "1",
        }
    )
    say("启动 PostgreSQL 和 Valkey……")
    supervisor.start(
        postgres.program(),
        valkey.program(),
        meanwhile=partial(preload, ini, environment) if is_copied else lambda: None,
    )

    def command(name: str, *options: str) -> Program:
        words = [sys.executable, "-m", "hhu_base", name, str(ini), *options]
        return Program(name, words, ini.parent, environment, is_copied=is_copied)

    say("检查并升级数据库结构……")
    logs = locations.logs
    # They take a second and need no database: meanwhile. They end with us at the latest.
    checking, listing = (
        spawn(one, PIPE, PIPE) for one in (command("plugins", "--check"), command("queues"))
    )
    _judge("migrate", run(command("migrate", "upgrade")), logs)
    if problems := _judge("plugins", finish(checking), logs).strip():
        say(problems)
    queues = _judge("queues", finish(listing), logs)
    web, workers = our_programs(ini, locations, host, port, environment, queues, is_copied)
    say("启动网站和后台任务……")
    supervisor.start(*workers)
    supervisor.start(web)
    if demo:  # while they are coming up: both take seconds
        say("准备演示数据……")
        _judge("demo", run(command("demo", "--unless-used")), logs)
    _wait_for_the_web(supervisor, locations, host, port)
    _welcome(host, port, demo, time.monotonic() - begin)


def _judge(name: str, ended: tuple[int, str], logs: Path) -> str:
    """What a command has said, which also goes into its log; EmbeddedError if it failed."""
    code, output = ended
    log = logs / f"{name}.log"
    log.write_text(output, encoding="utf-8")
    if code != 0:
        last = "\n".join(f"    {line}" for line in output.splitlines()[-TAIL_LINES:])
        raise EmbeddedError(f"hhu {name} 失败（退出码 {code}），日志 {log}：\n{last}")
    return output


def _wait_for_the_web(supervisor: Supervisor, locations: Locations, host: str, port: int) -> None:
    begin = time.monotonic()
    patience = READY_SECONDS
    while not answers(host, port):
        supervisor.tend()
        if supervisor.deaths("web") >= HOPELESS_DEATHS:
            raise EmbeddedError(f"网站启动失败，请看日志：{locations.logs / 'web.log'}")
        waited = time.monotonic() - begin
        if waited > patience:
            # It is not called ready before it is: people would go and find nothing but errors.
            say(f"{waited:.0f} 秒后网站还没有就绪，继续等待；日志在 {locations.logs}")
            patience *= 2
        time.sleep(0.1)


def _welcome(host: str, port: int, demo: bool, seconds: float) -> None:
    address = address_of(host, port)
    say(f"\n已就绪（{seconds:.1f} 秒）：{address}/")
    say(f"  管理后台：{address}/admin/")
    say(f"  接口文档：{address}/docs/")
    say(f"  状态：{address}/readyz")
    if demo:
        say("  教师：t0001 … t0200，密码 teach-hhu-2026")
        say("  管理员：admin，密码 admin-hhu-2026")
    say("按 Ctrl-C 停止。\n")
