"""Watching the running system: a request id in every log line, access lines, and /metrics.

Nothing here tells who somebody is: logs and metrics have ids, paths as patterns, and figures.

A plugin has figures of its own told with ``config.add_metric`` (see ``metrics``).
"""


def includeme(config) -> None:
    config.include("hhu_base.telemetry.log_format")
    config.include("hhu_base.telemetry.metrics")
