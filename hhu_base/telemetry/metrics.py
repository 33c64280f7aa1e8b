"""What is told at ``/metrics``: figures of this process, and figures that plugins declare.

Several web processes are scraped, and the workers are not. So what concerns the whole system is
read from the database at each scrape, where all see the same::

    config.add_metric("hhu_rooms_reservations_pending", "Requests to be decided.", count_pending)

``count_pending(session)`` returns a number, or a mapping of label values to numbers for a metric
with a ``label``. It is asked at every scrape: one statement, answered by an index.
"""

from __future__ import annotations

import math
import platform
import re
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from hhu_base.settings import Secret
from hhu_base.settings.services import data_dir

GAUGE, COUNTER = "gauge", "counter"
MetricValue = float | Mapping[str, float]

TOKEN = Secret(
    "metrics.token", "", "谁出示它，谁就可以读 /metrics；空的是没有这个地址", shortest=16
)
_NAME = re.compile(r"hhu_[a-z0-9_]+", re.ASCII)
# Seconds; from a lookup to a client that waits for a decision as long as it may.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)


@dataclass(frozen=True)
class Metric:
    """A figure of the whole system, ``read`` from the database."""

    name: str
    help: str
    read: Callable[..., MetricValue]
    kind: str = GAUGE
    label: str | None = None
    plugin: str = "core"


def add_metric(
    config,
    name: str,
    help: str,
    read: Callable[..., MetricValue],
    *,
    kind: str = GAUGE,
    label: str | None = None,
) -> None:
    """Directive: tell ``read(session)`` at ``/metrics`` under its full name, ``hhu_…``."""
    if not _NAME.fullmatch(name) or (kind == COUNTER) != name.endswith("_total"):
        raise ValueError(f"no name of a metric, or not of a {kind}: {name}")
    metric = Metric(name, help, read, kind, label, config.registry["plugins.current"])

    def register() -> None:
        config.registry["metrics"][name] = metric

    config.action(("hhu-metric", name), register)


class ProcessMetrics:
    """What this process tells of itself: its requests, its connections, its memory.

    Made at the first request: the library takes some megabytes, which the workers can do without.
    """

    def __init__(self, registry) -> None:
        self._registry = registry  # which has its engine by the first request
        self._guard = threading.Lock()
        self._made: Any = None
        self._number: Any = None
        self._seconds: Any = None
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

    @property
    def collectors(self):
        """prometheus-client's registry."""
        with self._guard:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self):
        from prometheus_client import (
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
            ProcessCollector,
        )

        made = CollectorRegistry()
        ProcessCollector(registry=made)
        build = Gauge("hhu_build_info", "What is running.", ["version", "python"], registry=made)
        build.labels(version("hhu-services"), platform.python_version()).set(1)
        pool = self._registry["engine"].pool
        for name, help_, value in (
            ("in_use", "Connections to the database in use.", pool.checkedout),
            ("size", "Connections to the database that are kept.", pool.size),
        ):
            gauge = Gauge(f"hhu_database_pool_{name}", help_, registry=made)
            gauge.set_function(value)
        folder = data_dir(self._registry.settings)
        free = Gauge("hhu_data_free_bytes", "Room on the disk of the data folder.", registry=made)
        free.set_function(lambda: _free_bytes(folder))
        self._number = Counter(
            "hhu_requests_total",
            "Requests answered by this process.",
            ["route", "method", "status"],
            registry=made,
        )
        # Without the status, which would make it several times as long and say little more.
        self._seconds = Histogram(
            "hhu_request_seconds",
            "Seconds until the answer began.",
            ["route", "method"],
            buckets=_BUCKETS,
            registry=made,
        )
        return made


def _free_bytes(folder: str) -> float:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return math.nan  # the folder is away: a scrape tells the rest


def family(metric: Metric, reading: MetricValue):
    """A reading in prometheus-client's form."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    kind = CounterMetricFamily if metric.kind == COUNTER else GaugeMetricFamily
    told = kind(metric.name, metric.help, labels=[metric.label] if metric.label else [])
    values: Iterable[tuple[list[str], float]]
    if isinstance(reading, Mapping):
        values = [([value], number) for value, number in reading.items()]
    else:
        values = [([], reading)]
    for labels, number in values:
        told.add_metric(labels, number)
    return told


def includeme(config) -> None:
    """``config.add_metric``, and the figures of this process if anybody may read them."""
    registry = config.registry
    registry["metrics"] = {}
    config.declare_settings(TOKEN)
    is_wanted = bool(TOKEN.read(config.get_settings()))
    registry["watching.figures"] = ProcessMetrics(registry) if is_wanted else None
    config.add_directive("add_metric", add_metric)
