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
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.cli import migrate
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
def site(settings, tmp_path_factory) -> Iterator[Site]:
    """The site with somebody of each role, who has signed in."""
    url = sa.make_url(settings["sqlalchemy.url"])
    outside = sa.create_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with outside.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE fuzz"))
    own_url = url.set(database="fuzz").render_as_string(hide_password=False)
    engine = make_engine({"sqlalchemy.url": own_url})
    migrate.upgrade(migrate.alembic_config({"sqlalchemy.url": own_url}, engine))
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
    log = tmp_path_factory.mktemp("fuzz") / "web.log"
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
        with outside.connect() as connection:
            connection.execute(sa.text("DROP DATABASE fuzz WITH (FORCE)"))
        outside.dispose()
