"""What is told at ``/metrics``: figures of the web processes, and figures that plugins declare.

A scrape reaches any of the web processes on a port, and tells of all of them. The workers are not
scraped. So what concerns the whole system is read from the database at each scrape::

    config.add_metric("hhu_rooms_reservations_pending", "Requests to be decided.", count_pending)

``count_pending(session)`` returns a number, or a mapping of label values to numbers for a metric
with a ``label``. It is asked at every scrape: one statement, answered by an index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from hhu_base.settings import Secret
from hhu_base.telemetry.process_metrics import ProcessMetrics

GAUGE, COUNTER = "gauge", "counter"
MetricValue = float | Mapping[str, float]

TOKEN = Secret(
    "metrics.token", "", "谁出示它，谁就可以读 /metrics；空的是没有这个地址", shortest=16
)
_NAME = re.compile(r"hhu_[a-z0-9_]+", re.ASCII)


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
