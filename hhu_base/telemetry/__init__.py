"""What a process tells about itself to those who run it."""

from __future__ import annotations


def includeme(config) -> None:
    config.include("hhu_base.telemetry.log_format")
    config.include("hhu_base.telemetry.metrics")
