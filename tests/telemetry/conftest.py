from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from webtest import TestApp

from hhu_base import configure
from hhu_base.telemetry import log_format

FORMAT = "%(levelname)s %(request_id)s %(name)s: %(message)s"
METRICS_TOKEN = "metrics-of-the-tests"


class Log:
    """What the whole process logs, formatted as the ini files have it."""

    def __init__(self, is_json: bool):
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(log_format.LogFormatter(FORMAT))
        # The mail server of the tests tells all that it hears.
        self.handler.addFilter(lambda record: record.name != "mail.log")
        self.handler.formatter.is_json = is_json

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


@pytest.fixture
def capture() -> Iterator:
    """``capture()``: all that is logged from now on at INFO and above, by whomever."""
    root, before = logging.getLogger(), logging.getLogger().level
    logs: list[Log] = []

    def start(*, is_json: bool = False) -> Log:
        logs.append(Log(is_json))
        root.addHandler(logs[-1].handler)
        root.setLevel(logging.INFO)
        return logs[-1]

    yield start
    root.setLevel(before)
    for log in logs:
        root.removeHandler(log.handler)


@pytest.fixture(scope="session")
def watched_app(settings, engine):
    """The application with metrics."""
    app = configure(settings | {"metrics.token": METRICS_TOKEN}).make_wsgi_app()
    yield app
    app.registry["listener"].stop()
    app.registry["engine"].dispose()


@pytest.fixture
def watched(watched_app, sessions) -> TestApp:
    """A client of it, in the test's transaction."""
    return TestApp(watched_app, extra_environ={"hhu.sessions": sessions})
