"""Starts one child process so that it can't outlive us."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from .account import Account
from .copies import Copy
from .errors import EmbeddedError

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """A child as it is declared: what to run, and how it wants to be stopped."""

    name: str
    command: Sequence[str | Path]
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    account: Account | None = None
    #: Tells, by the process id, whether it serves already; None: it need not be waited for.
    is_ready: Callable[[int], bool] | None = None
    ready_seconds: float = 300
    #: Asks for an orderly end, which may take this long ...
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10
    #: ... and then, or when people are impatient, it gets this one; SIGKILL comes last.
    hurry_signal: signal.Signals = signal.SIGKILL
    #: What the kernel sends it when we have been killed ourselves.
    death_signal: signal.Signals = signal.SIGKILL
    #: A module of ours, for which this process has imported what it needs: `copies.preload`.
    is_copied: bool = False


def spawn(
    program: Program, output: IO[bytes] | int, standard_input: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes] | Copy:
    """Start it in a session of its own, so that a Ctrl-C in the terminal reaches us only.

    Call this from the main thread: the kernel takes the end of the thread that started a
    child for the end of its parent.
    """
    account = program.account
    in_child = _tie_to_us(program.death_signal)
    try:
        if program.is_copied:
            command = list(map(str, program.command))
            return Copy(command, output, program.cwd, program.environment, in_child)
        return subprocess.Popen(
            list(map(str, program.command)),
            stdin=standard_input,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=program.cwd,
            env=dict(program.environment),
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=list(account.groups) if account else None,
            # Runs after the change of user, which would undo it.
            preexec_fn=in_child,
        )
    except OSError as error:
        raise EmbeddedError(f"无法启动 {program.name}（{program.command[0]}）：{error}") from error


def run(program: Program, standard_input: str = "") -> tuple[int, str]:
    """Run a program to its end; if we are interrupted meanwhile, it is killed."""
    return finish(spawn(program, subprocess.PIPE, subprocess.PIPE), standard_input)


def finish(child: subprocess.Popen[bytes] | Copy, standard_input: str = "") -> tuple[int, str]:
    """Wait for the end of what was spawned with pipes; if we are interrupted, it is killed."""
    try:
        output, _ = child.communicate(standard_input.encode())
    except BaseException:
        kill_group(child)
        child.communicate()
        raise
    return child.returncode, output.decode(errors="replace")


def kill_group(child: subprocess.Popen[bytes] | Copy) -> None:
    """Kill a child and whatever it has left behind in its process group."""
    with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
        os.killpg(child.pid, signal.SIGKILL)


def _tie_to_us(death_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before the fork

    def in_child() -> None:
        # A shell that starts us in the background has SIGINT ignored, and that is inherited.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # we died before the line above
                os._exit(1)

    return in_child
