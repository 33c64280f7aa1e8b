"""Starts children in order, restarts what dies, stops them in reverse order."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .copies import Copy
from .errors import EmbeddedError
from .process import Program, kill_group, spawn

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 15.0
#: After so many seconds a child counts as healthy, and its next restart is quick again.
HEALTHY_SECONDS = 30.0
LARGEST_LOG = 20_000_000
TAIL_LINES = 8


@dataclass
class Child:
    """A program and the process that runs it now."""

    program: Program
    log: Path
    process: subprocess.Popen[bytes] | Copy
    started: float
    pause: float = FIRST_PAUSE
    restart_at: float | None = None
    deaths: int = 0


class Supervisor:
    """Not a daemon of its own: the process that started it calls tend() again and again."""

    def __init__(
        self,
        logs: Path,
        say: Callable[[str], None] = print,
        is_hurried: Callable[[], bool] = lambda: False,
    ) -> None:
        """is_hurried() tells stop() that people don't want to wait any longer."""
        self.logs = logs
        self.say = say
        self.is_hurried = is_hurried
        self.groups: list[list[Child]] = []

    def start(self, *programs: Program, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Start a group that can come up, and later go down, side by side; wait until it serves.

        ``meanwhile`` is done before the wait.
        """
        group: list[Child] = []
        self.groups.append(group)
        for program in programs:
            log = self.logs / f"{program.name}.log"
            _keep_one_previous(log)
            group.append(Child(program, log, self._spawn(program, log), time.monotonic()))
        meanwhile()
        for child in group:
            self._wait_until_ready(child)

    def tend(self) -> None:
        """One look at all of them: restart what has died, cut logs that have grown too long."""
        for group in self.groups:
            for child in group:
                if child.restart_at is not None:
                    if time.monotonic() >= child.restart_at:
                        self._restart(child)
                elif child.process.poll() is not None:
                    self._report_death(child)
                _cut(child.log)

    def deaths(self, name: str) -> int:
        """How often a child has died by itself."""
        children = (child for group in self.groups for child in group)
        return sum(child.deaths for child in children if child.program.name == name)

    def stop(self) -> None:
        """Stop group by group, the last one first; leave no process behind."""
        while self.groups:
            group = self.groups[-1]
            for child in group:
                _send(child, child.program.stop_signal)
            self._wait_for_end(group)
            self.groups.pop()

    def _spawn(self, program: Program, log: Path) -> subprocess.Popen[bytes] | Copy:
        # Appending, so that a log can be cut while the child holds it open.
        with log.open("ab") as output:
            return spawn(program, output)

    def _wait_until_ready(self, child: Child) -> None:
        program = child.program
        if program.is_ready is None:
            return
        begin = time.monotonic()
        patience = 5.0
        while not program.is_ready(child.process.pid):
            waited = time.monotonic() - begin
            if child.process.poll() is not None or waited > program.ready_seconds:
                raise EmbeddedError(
                    f"{program.name} 没有启动成功，日志 {child.log}：\n{_tail(child)}"
                )
            if waited > patience:
                self.say(f"还在等待 {program.name}（{waited:.0f} 秒）……")
                patience *= 2
            time.sleep(0.02)

    def _report_death(self, child: Child) -> None:
        child.deaths += 1
        kill_group(child.process)
        if time.monotonic() - child.started > HEALTHY_SECONDS:
            child.pause = FIRST_PAUSE
        child.restart_at = time.monotonic() + child.pause
        self.say(
            f"{child.program.name} 意外退出（{_ending(child.process.returncode)}），"
            f"{child.pause:.1f} 秒后重新启动。日志 {child.log}：\n{_tail(child)}"
        )
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _restart(self, child: Child) -> None:
        child.restart_at = None
        child.started = time.monotonic()
        try:
            child.process = self._spawn(child.program, child.log)
        except EmbeddedError as error:  # out of memory or processes, say: try again later
            child.restart_at = child.started + LONGEST_PAUSE
            self.say(str(error))

    def _wait_for_end(self, group: list[Child]) -> None:
        begin = time.monotonic()
        for child in group:
            limit = begin + child.program.stop_seconds
            while child.process.poll() is None and time.monotonic() < limit:
                if self.is_hurried():
                    break
                time.sleep(0.02)
            if child.process.poll() is None:
                _send(child, child.program.hurry_signal)
                try:
                    child.process.wait(5)
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    child.process.wait()
            kill_group(child.process)


def _send(child: Child, number: signal.Signals) -> None:
    if child.process.poll() is None:
        child.process.send_signal(number)


def _ending(code: int) -> str:
    if code >= 0:
        return f"退出码 {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"信号 {-code}"


def _tail(child: Child) -> str:
    try:
        with child.log.open("rb") as log:
            log.seek(max(0, child.log.stat().st_size - 8000))
            lines = log.read().decode(errors="replace").splitlines()
    except OSError as error:
        return str(error)
    return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])


def _keep_one_previous(log: Path) -> None:
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))


def _cut(log: Path) -> None:
    """Begin anew when a log is too long; a line written in this moment may be lost."""
    try:
        if log.stat().st_size > LARGEST_LOG:
            shutil.copyfile(log, log.with_name(f"{log.name}.1"))
            with log.open("r+b") as opened:
                opened.truncate(0)
    except OSError:
        pass  # a full disk must not end the supervision
