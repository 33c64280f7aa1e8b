"""A deployment to examine: the tests' application, with what each test changes about it."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

import pytest

from hhu_base.cli.doctor import Deployment

ROOT = Path(__file__).parents[3]


@pytest.fixture
def server() -> dict[str, str]:
    """The options of production's web server."""
    parser = RawConfigParser()
    parser.read(ROOT / "production.ini")
    return dict(parser["server:main"])


@pytest.fixture
def deployment(app, settings, server, sessions, monkeypatch) -> Deployment:
    """What is asked in sessions is asked in the test's transaction."""
    monkeypatch.setitem(app.registry, "sessions", sessions)
    return Deployment(ROOT / "production.ini", settings, server, app.registry)


@pytest.fixture
def in_production(deployment, production) -> Deployment:
    return Deployment(deployment.ini, production, deployment.server, deployment.registry)


def levels(findings) -> list[str]:
    """What the findings come down to; each of them says what to do, unless all is well."""
    found = list(findings)
    for finding in found:
        assert finding.what.endswith("。") or finding.advice
        assert bool(finding.advice) == (finding.level != "好")
        assert "\n" not in str(finding)
    return [finding.level for finding in found]
