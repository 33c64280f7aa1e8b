"""Our own programs as copies of the supervisor, which has imported already what all of them need.

Each would take seconds of the processor to import it, and a memory of its own to keep it: seven of
them are begun at each start. So the supervisor imports it once, and forks.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, NoReturn

_FIRST_FILE = 3
# mallopt(3)
_M_ARENA_MAX = -8
# Beyond what the application imports itself: what commands, web server and workers begin with.
_NEEDED = (
    *(f"hhu_base.{name}" for name in ("cli.demo", "cli.migrate", "cli.plugins", "cli.queues")),
    *(f"hhu_base.{name}" for name in ("telemetry.log_handler", "worker")),
    *(f"hhu_base.web.server.{name}" for name in ("process", "processes", "sockets", "tuning")),
    "pyramid.scripts.pserve",
    *(f"celery.{name}" for name in ("bin.celery", "bin.worker", "apps.worker", "beat")),
    *(f"celery.worker.{name}" for name in ("components", "consumer", "loops", "pidbox")),
    *(f"celery.{name}" for name in ("app.log", "concurrency.solo", "concurrency.thread")),
    "kombu.transport.redis",
)


def preload(ini: Path, environment: Mapping[str, str]) -> None:
    """Import what the programs need, and make the application that most of them want.

    Whatever is wrong with it they tell themselves.
    """
    from setproctitle import getproctitle

    getproctitle()  # finds out where the title is, as long as the environment is as it was
    os.environ.update(environment)
    # What `celery amqp` is typed at with, which nobody does here: 10 MB.
    sys.modules["click_repl"] = SimpleNamespace(register_repl=lambda _: None)  # type: ignore[assignment]
    with suppress(Exception):
        for name in _NEEDED:
            import_module(name)
        from pyramid.paster import get_app

        import hhu_base

        hhu_base.kept_applications = {}
        get_app(str(ini))
        from hhu_base.telemetry import memory

        memory.give_back()


class Copy:
    """What ``subprocess.Popen`` is for a program: a copy of this process that runs ``-m`` a module."""

    def __init__(
        self,
        command: Sequence[str],
        output: IO[bytes] | int,
        cwd: Path,
        environment: Mapping[str, str],
        in_child: Callable[[], None],
    ) -> None:
        """``command``: the interpreter, ``-m``, the module and its arguments."""
        self.returncode: Any = None  # as Popen has it
        self.stdout: IO[bytes] | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        reading = writing = None
        if output == subprocess.PIPE:
            reading, writing = os.pipe()
        file = writing if writing is not None else output
        self.pid = os.fork()
        if not self.pid:
            run(
                command,
                file if isinstance(file, int) else file.fileno(),
                cwd,
                environment,
                in_child,
            )
        if reading is not None and writing is not None:
            os.close(writing)
            self.stdout = os.fdopen(reading, "rb")

    def poll(self) -> int | None:
        if self.returncode is None:
            with suppress(ChildProcessError):
                ended, status = os.waitpid(self.pid, os.WNOHANG)
                if ended:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            time.sleep(0.01)
        return code

    def communicate(self, _input: bytes = b"") -> tuple[bytes, None]:
        """What it has written, when it has ended."""
        output = self.stdout.read() if self.stdout else b""
        if self.stdout:
            self.stdout.close()
        self.wait()
        return output, None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(
    command: Sequence[str],
    output: int,
    cwd: Path,
    environment: Mapping[str, str],
    in_child: Callable[[], None],
) -> NoReturn:
    """In the copy: become this program, run it to its end, and be gone."""
    code: object = 1
    try:
        from setproctitle import setproctitle

        setproctitle(" ".join(command))
        signal.set_wakeup_fd(-1)
        os.setsid()
        in_child()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, file in enumerate((nothing, output, output)):
            os.dup2(file, target)
        # What is closed by exec() elsewhere: the lock of the data directory above all.
        os.closerange(_FIRST_FILE, os.sysconf("SC_OPEN_MAX"))
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environment)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        _limit_arenas(environment)
        sys.argv = list(command[2:])
        runpy.run_module(command[2], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            sys.stderr.write(f"{code}\n")
            code = 1
    except BaseException:
        traceback.print_exc()
    # Not by returning: what the supervisor does at its end is not ours to do.
    with suppress(Exception):
        threading._shutdown()  # type: ignore[attr-defined]
    with suppress(Exception):
        atexit._run_exitfuncs()
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


def _limit_arenas(environment: Mapping[str, str]) -> None:
    """``MALLOC_ARENA_MAX`` is read when a program begins; this one has long begun."""
    if most := environment.get("MALLOC_ARENA_MAX"):
        with suppress(AttributeError, ValueError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, int(most))
