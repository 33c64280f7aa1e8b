"""The application behind a real waitress in a process of its own, with real commits."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy.orm import Session

from hhu_base.cli.serve.process import Program, kill_group, spawn
from hhu_base.database import make_engine
from tests.ports import free_port

from . import people
from .people import Setting
from .wire import HOST, exchange

PROJECT = Path(__file__).parents[2]
START_SECONDS = 60


@dataclass(frozen=True)
class Site:
    port: int
    document: dict[str, Any]
    log: Path
    # One for each of the fuzzers: they change passwords and sign out.
    for_document: Setting
    for_tables: Setting


@pytest.fixture(scope="module")
def site(settings, migrated_copy, tmp_path_factory) -> Iterator[Site]:
    """The site with somebody of each role, who has signed in."""
    with migrated_copy("fuzz") as url:
        yield from run_site(settings, url, tmp_path_factory.mktemp("fuzz") / "web.log")


def run_site(settings, own_url: str, log: Path) -> Iterator[Site]:
    engine = make_engine({"sqlalchemy.url": own_url})
    with Session(engine) as session, session.begin():
        for_both = [people.populate(session, name) for name in "12"]
    engine.dispose()
    port = free_port()
    environment = os.environ | {
        "HHU_SQLALCHEMY_URL": own_url,
        "HHU_CELERY_BROKER_URL": settings["celery.broker_url"],
        "HHU_DATA_DIR": settings["hhu.data_dir"],
        "HHU_LISTEN": f"{HOST}:{port}",
        "PYTHONUTF8": "1",
    }
    command = [sys.executable, "-m", "hhu_base.web.server", "development.ini"]
    with log.open("wb") as output:
        web = spawn(Program("web", command, PROJECT, environment), output)
    try:
        deadline = time.monotonic() + START_SECONDS
        while exchange(port, b"GET /healthz HTTP/1.0\r\n\r\n", 5).status != 200:
            assert web.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        people.sign_all_in(port, for_both[1], "2")
        document = requests.get(f"http://{HOST}:{port}/openapi.json", timeout=30).json()
        yield Site(port, document, log, *for_both)
        web.send_signal(signal.SIGINT)
        web.wait(30)
    finally:
        kill_group(web)
        web.wait()
