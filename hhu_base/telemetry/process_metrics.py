"""What the web processes tell of themselves: their requests, their connections, their memory.

Where several share a port each counts in files of its own, in a folder that their parent has made
(prometheus-client's multiprocess mode), and whichever is scraped adds them up.
"""

from __future__ import annotations

import operator
import os
import platform
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

# Where the library looks for the folder, when it is imported.
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# Seconds; from a lookup to a client that waits for a decision as long as it may.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
_EARLIEST = "process_start_time_seconds"


def share() -> Path:
    """Before a fork: what the processes count is added up, in this folder, which is yours now."""
    folder = tempfile.mkdtemp(prefix="hhu-metrics-")
    os.environ[_FOLDER] = folder
    return Path(folder)


def forget(pid: int) -> None:
    """It has died: what it counted stays, what it held is no more."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)


class ProcessMetrics:
    """Made at the first request: the library takes some megabytes, which workers can do without."""

    def __init__(self, registry) -> None:
        self._registry = registry  # which has its engine by the first request
        self._guard = threading.Lock()
        self._made: Any = None
        self._number: Any = None
        self._seconds: Any = None
        self._in_use: Any = None
        self._known: dict[tuple[str, str, int], tuple] = {}

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """One more request that was answered."""
        key = (route, method, status)
        children = self._known.get(key)
        if children is None:
            self.collectors  # noqa: B018 - makes the two below
            children = self._known[key] = (
                self._number.labels(route, method, str(status)),
                self._seconds.labels(route, method),
            )
        children[0].inc()
        children[1].observe(seconds)
        if self._in_use is not None:
            self._in_use.set(self._registry["engine"].pool.checkedout())

    @property
    def collectors(self):
        """prometheus-client's registry."""
        with self._guard:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self):
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
        from prometheus_client.multiprocess import MultiProcessCollector

        made = CollectorRegistry()
        # What counts in files is collected from all the files, and not once more by itself.
        one_by_one: CollectorRegistry | None = made
        if is_shared := _FOLDER in os.environ:
            MultiProcessCollector(made)
            made.register(_Siblings())
            one_by_one = None
        else:
            ProcessCollector(registry=made)

        def gauge(name: str, help_: str, *labels: str) -> Gauge:
            mode: Literal["livemax", "livesum"] = "livemax" if labels else "livesum"
            return Gauge(name, help_, labels, registry=one_by_one, multiprocess_mode=mode)

        build = gauge("hhu_build_info", "What is running.", "version", "python")
        build.labels(version("hhu-services"), platform.python_version()).set(1)
        pool = self._registry["engine"].pool
        gauge("hhu_database_pool_size", "Connections to the database that are kept.").set(
            pool.size()
        )
        in_use = gauge("hhu_database_pool_in_use", "Connections to the database in use.")
        if is_shared:
            self._in_use = in_use
        else:
            in_use.set_function(pool.checkedout)
        self._number = Counter(
            "hhu_requests_total",
            "Requests answered on this port.",
            ["route", "method", "status"],
            registry=one_by_one,
        )
        # Without the status, which would make it several times as long and say little more.
        self._seconds = Histogram(
            "hhu_request_seconds",
            "Seconds until the answer began.",
            ["route", "method"],
            buckets=_BUCKETS,
            registry=one_by_one,
        )
        return made


class _Siblings:
    """The memory, time and files of all the processes that our parent has forked, together."""

    def collect(self) -> Iterator:
        from prometheus_client import ProcessCollector

        told: dict[str, Any] = {}
        for pid in _siblings():
            for family in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                known = told.setdefault(family.name, family)
                if known is not family:
                    add = min if family.name == _EARLIEST else operator.add
                    known.samples = [
                        one._replace(value=add(one.value, other.value))
                        for one, other in zip(known.samples, family.samples, strict=True)
                    ]
        yield from told.values()


def _siblings() -> list[int]:
    parent = os.getppid()
    try:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    except OSError:
        return [os.getpid()]
    return [int(pid) for pid in children]
