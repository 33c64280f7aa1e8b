"""What the supervisor does about children that die, and in which order it stops them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hhu_base.cli.serve import supervisor as module
from hhu_base.cli.serve.errors import EmbeddedError
from hhu_base.cli.serve.process import Program
from hhu_base.cli.serve.supervisor import Supervisor

SLEEP = ["sleep", "60"]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path, said.append)
    yield supervisor
    supervisor.stop()


def until(condition: Callable[[], object], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def python(name: str, code: str, cwd: Path, **more) -> Program:
    return Program(name, [sys.executable, "-c", code], cwd, **more)


def test_what_dies_is_reported_and_started_again(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    program = Program("sleeper", ["sh", "-c", "echo last words; exec sleep 60"], tmp_path)
    supervisor.start(program)
    child = supervisor.groups[0][0]
    first = child.process
    until(lambda: "last words" in child.log.read_text())
    first.kill()
    until(lambda: (supervisor.tend(), child.process is not first)[1])
    assert child.process.poll() is None
    assert "SIGKILL" in said[0]
    assert "last words" in said[0]


def test_what_dies_at_once_is_started_less_and_less_often(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(Program("broken", ["false"], tmp_path))
    child = supervisor.groups[0][0]
    until(lambda: (supervisor.tend(), child.deaths == 3)[1])
    assert child.pause == pytest.approx(module.FIRST_PAUSE * 8)


def test_a_child_that_does_not_come_up_fails_with_its_last_lines(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    program = Program(
        "broken", ["sh", "-c", "echo no room; exit 3"], tmp_path, is_ready=lambda _: False
    )
    with pytest.raises(EmbeddedError, match="no room"):
        supervisor.start(program)


def test_a_program_that_is_missing_fails_in_words(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="no-such-program"):
        supervisor.start(Program("x", ["/no-such-program"], tmp_path))


def test_groups_stop_in_reverse_order(supervisor: Supervisor, tmp_path: Path) -> None:
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    print(sys.argv, file=open('order', 'a')); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); open('up-' + {0!r}, 'w'); time.sleep(60)"
    )
    for name in ("first", "second"):
        body = code.format(name).replace("sys.argv", repr(name))
        supervisor.start(python(name, body, tmp_path))
        until(lambda name=name: (tmp_path / f"up-{name}").exists())
    supervisor.stop()
    assert (tmp_path / "order").read_text().split() == ["second", "first"]


def test_who_does_not_listen_is_killed_after_its_time(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); open('up', 'w'); time.sleep(60)"
    supervisor.start(python("deaf", code, tmp_path, stop_seconds=0.2))
    process = supervisor.groups[0][0].process
    until(lambda: (tmp_path / "up").exists())
    supervisor.stop()
    assert process.returncode == -signal.SIGKILL


def test_impatience_is_heard(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, is_hurried=lambda: True)
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); open('up', 'w'); time.sleep(60)"
    supervisor.start(python("deaf", code, tmp_path, stop_seconds=60))
    until(lambda: (tmp_path / "up").exists())
    begin = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - begin < 5


def test_one_previous_log_is_kept(supervisor: Supervisor, tmp_path: Path) -> None:
    (tmp_path / "sleeper.log").write_text("yesterday")
    supervisor.start(Program("sleeper", SLEEP, tmp_path))
    assert (tmp_path / "sleeper.log.1").read_text() == "yesterday"


def test_a_log_does_not_grow_for_ever(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST_LOG", 100)
    command = ["sh", "-c", "while :; do echo 0123456789; sleep 0.005; done"]
    supervisor.start(Program("chatty", command, tmp_path))
    until(lambda: (supervisor.tend(), (tmp_path / "chatty.log.1").exists())[1])
    assert (tmp_path / "chatty.log").stat().st_size < 1000


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels can't do this")
def test_no_child_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import time; from pathlib import Path\n"
        "from hhu_base.cli.serve.process import Program; "
        "from hhu_base.cli.serve.supervisor import Supervisor\n"
        "s = Supervisor(Path('.')); s.start(Program('child', ['sleep', '60'], Path('.')))\n"
        "print(s.groups[0][0].process.pid, flush=True); time.sleep(60)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=tmp_path, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.kill()
    until(lambda: not is_running(child))


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
