"""Several web processes on the same sockets, made by one that serves nobody itself.

Python computes in one thread of a process at a time: a process for each core uses all of them. They
are forked from one that has loaded the application, so that they share its memory, and each is there
at once when another one dies.
"""

from __future__ import annotations

import ctypes
import logging
import os
import select
import shutil
import signal
import time
import warnings

from hhu_base.telemetry import memory, process_metrics
from hhu_base.telemetry.systemd import tell_ready
from hhu_base.web.server.stop_signal import StopSignal

logger = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
# One that dies at once is begun again no faster.
_PAUSE = 1.0


class Parent:
    """Forks ``number`` processes, begins anew those that die, and stops them all."""

    def __init__(self, number: int, is_watched: bool) -> None:
        """``is_watched``: somebody may read ``/metrics``."""
        self._figures = process_metrics.share() if is_watched else None
        self._missing = self._not_ready = number
        self._begun: dict[int, float] = {}  # when, by process
        self._begin_at = 0.0
        self._ready, self._say_ready = os.pipe()
        memory.give_back()

    def become_child(self) -> bool:
        """True in each child, which serves then; False in the parent, when all have ended."""
        stop = StopSignal()
        signal.signal(signal.SIGCHLD, lambda *_: None)  # it ends the sleep below
        is_told = False
        while self._begun or not stop.is_asked_for:
            if stop.is_asked_for and not is_told:
                is_told = True
                for pid in self._begun:
                    os.kill(pid, signal.SIGTERM)
            while self._missing and not stop.is_asked_for and time.monotonic() >= self._begin_at:
                if self._fork(stop):
                    return True
            files = [stop.wake_up.fileno(), self._ready][: 2 if self._not_ready else 1]
            for file in select.select(files, [], [], _PAUSE)[0]:
                if file == self._ready:
                    self._count_ready()
                else:
                    stop.wake_up.recv(64)
            self._bury(is_told)
        if self._figures is not None:
            shutil.rmtree(self._figures, ignore_errors=True)
        return False

    def say_ready(self) -> None:
        """In a child: it serves."""
        os.write(self._say_ready, b".")
        os.close(self._say_ready)

    def _count_ready(self) -> None:
        self._not_ready = max(0, self._not_ready - len(os.read(self._ready, 64)))
        if not self._not_ready:
            logger.info("%d web processes serve", len(self._begun))
            tell_ready()

    def _bury(self, is_wanted: bool) -> None:
        for pid in list(self._begun):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            lived = time.monotonic() - self._begun.pop(pid)
            if self._figures is not None:
                process_metrics.forget(pid)
            if not is_wanted:
                code = os.waitstatus_to_exitcode(status)
                logger.error("web process %d has died (%d): another one is begun", pid, code)
                self._missing += 1
                self._begin_at = time.monotonic() + (_PAUSE if lived < _PAUSE else 0)

    def _fork(self, stop: StopSignal) -> bool:
        for handler in logging.root.handlers:
            handler.flush()  # or the child would write it again
        parent = os.getpid()
        with warnings.catch_warnings():
            # The only other thread is the log's, and the child begins one of its own.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid:
            self._missing -= 1
            self._begun[pid] = time.monotonic()
            return False
        stop.close()
        os.close(self._ready)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # Ctrl-C in a terminal goes to all of us; the parent says what is to be done.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # Whoever kills the parent means us, too.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        return True
