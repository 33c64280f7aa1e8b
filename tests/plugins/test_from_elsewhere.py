"""The life of a plugin that somebody else has written: installed, enabled, used, switched off, gone.

In a virtual environment of its own, with what pip makes of our packages, and real processes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from hhu_base.cli.serve.process import Program, spawn
from hhu_base.database import make_engine
from tests.ports import free_port

from .conftest import answers

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
PASSWORD = "a-password-of-the-tests-2026"
THINGS = "/lostfound/things/"
WORKER = ("celery", "-A", "hhu_base.worker", "worker", "-Q", "default", "-P", "solo", "-l", "INFO")


class Site:
    """A checkout of ours and a virtual environment beside it, as a deployer has them."""

    def __init__(self, folder: Path, url: str, broker: str):
        self.folder = folder
        self.checkout = folder / "checkout"
        self.ini = self.checkout / "development.ini"
        self.data = folder / "data"
        self.python = folder / "venv" / "bin" / "python"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HHU_")}
        kept.pop("PYTHONPATH", None)
        self.port = free_port()
        self.environment = kept | {
            "HHU_SQLALCHEMY_URL": url,
            "HHU_CELERY_BROKER_URL": broker,
            "HHU_DATA_DIR": str(self.data),
            "HHU_LISTEN": f"127.0.0.1:{self.port}",
            "PYTHONUTF8": "1",
        }

    def run(self, *command: str, environment: dict[str, str] | None = None) -> str:
        """``python -m …`` in its environment; what it says."""
        ended = self._run(*command, environment=environment)
        assert ended.returncode == 0, ended.stdout
        return ended.stdout

    def hhu(self, command: str, *arguments: str) -> str:
        return self.run("hhu_base", command, str(self.ini), *arguments)

    def pip(self, *command: str) -> None:
        self.run("pip", "--disable-pip-version-check", "--no-input", *command)

    def install(self) -> None:
        """The base, and beside it the example with what its tests need."""
        left_out = shutil.ignore_patterns("__pycache__", ".*", "var", "build", "*.egg-info")
        shutil.copytree(PROJECT, self.checkout, ignore=left_out)
        subprocess.run([sys.executable, "-m", "venv", self.python.parents[1]], check=True)
        pinned = ("install", "-q", "-c", str(self.checkout / "constraints.txt"))
        first = self._run("pip", "--disable-pip-version-check", *pinned, "setuptools")
        if first.returncode != 0:
            assert re.search("No matching distribution|connection", first.stdout, re.IGNORECASE)
            pytest.skip(f"NO PACKAGE INDEX, so this was not tested: {first.stdout[-300:]}")
        # With the setuptools that was just installed, instead of another download for each.
        self.pip(*pinned, "--no-build-isolation", str(self.checkout))
        example = self.checkout / "examples" / "hhu-lostfound"
        self.pip(*pinned, "--no-build-isolation", f"{example}[test]")

    def enable(self, names: str) -> None:
        text = self.ini.read_text()
        self.ini.write_text(re.sub("(?m)^hhu.plugins = .*$", f"hhu.plugins = {names}", text))

    @contextmanager
    def running(self) -> Iterator[httpx.Client]:
        """Web server and worker; a client of the site."""
        commands = {
            "web": ("hhu_base.web.server", str(self.ini)),
            "worker": (*WORKER, "--ini", str(self.ini), "-n", f"elsewhere{self.port}@%h"),
        }
        processes = []
        try:
            for name, command in commands.items():
                with self.log(name).open("wb") as output:
                    arguments = [self.python, "-W", "ignore", "-m", *command]
                    program = Program(name, arguments, self.checkout, self.environment)
                    processes.append(spawn(program, output))
            with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30) as client:
                self.until(lambda: answers(client, "/healthz"), "the web server answers")
                self.until(
                    lambda: "[tasks]" in self.log("worker").read_text(), "the worker is there"
                )
                yield client
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(30)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + 120
        while not condition():
            logs = "\n".join(self.log(name).read_text()[-2000:] for name in ("web", "worker"))
            assert time.monotonic() < deadline, f"waited in vain: {what}\n{logs}"
            time.sleep(0.1)

    def _run(
        self, *command: str, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, "-W", "ignore", "-m", *command],
            cwd=self.checkout,
            env=environment or self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )


@pytest.fixture
def database(settings, engine) -> Iterator[str]:
    """The URL of an empty database."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CREATE DATABASE elsewhere"))
        url = sa.make_url(settings["sqlalchemy.url"]).set(database="elsewhere")
        yield url.render_as_string(hide_password=False)
        connection.execute(sa.text("DROP DATABASE elsewhere WITH (FORCE)"))


@pytest.fixture
def site(tmp_path, database, services) -> Site:
    return Site(tmp_path, database, services.broker_url)


def tables(url: str) -> set[str]:
    """Those of the plugin."""
    engine = make_engine({"sqlalchemy.url": url})
    try:
        return {name for name in sa.inspect(engine).get_table_names() if "lostfound" in name}
    finally:
        engine.dispose()


def token_of(client: httpx.Client, username: str) -> dict[str, str]:
    answer = client.post("/auth/get-token/", json={"username": username, "password": PASSWORD})
    return {"Authorization": f"Token {answer.json()['token']}"}


def sign_in(client: httpx.Client) -> None:
    """In the administrators' pages, with the cookie that the client keeps."""
    page = client.get("/admin/sign-in")
    hidden = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert hidden, page.text
    form = {"csrf_token": hidden[1], "username": "finder", "password": PASSWORD}
    answer = client.post("/admin/sign-in", data=form)
    assert answer.status_code == 303, answer.text


@pytest.mark.timeout(1800)
def test_it_is_installed_enabled_used_switched_off_and_removed(site, database):
    site.install()
    site.enable("contacts rooms")
    assert re.search("(?m)^lostfound +未启用  hhu_lostfound$", site.hhu("plugins"))

    # It passes its own tests where it was installed.
    bare = {key: value for key, value in site.environment.items() if not key.startswith("HHU_")}
    example = str(site.checkout / "examples" / "hhu-lostfound")
    assert " passed" in site.run(
        "pytest", "-q", "-p", "no:cacheprovider", example, environment=bare
    )

    site.enable("contacts rooms lostfound")
    site.hhu("migrate", "upgrade")
    assert "一致" in site.hhu("migrate", "check")
    assert tables(database) == {"lostfound_things"}
    for username in ("finder", "loser"):
        site.hhu("create-admin", username, "--password", PASSWORD)

    with site.running() as client:
        finder, loser = token_of(client, "finder"), token_of(client, "loser")
        profile = {"first_name": "立群", "last_name": "单", "email": "finder@hhu.example"}
        assert client.put("/current-user/", json=profile, headers=finder).status_code == 200
        body = {"name": "红色雨伞", "place": "勤学楼"}
        made = client.post(THINGS, json=body, headers=finder)
        assert made.status_code == 201, made.text
        path = f"{THINGS}{made.json()['id']}/"
        claimed = client.post(f"{path}claim/", json={"message": "是我的"}, headers=loser)
        assert claimed.json()["status_name"] == "已认领", claimed.text
        # Its mail goes out through the worker, and its periodic task is known there.
        site.until(lambda: list((site.data / "mail").glob("*.eml")), "the finder's mail")
        assert "lostfound.hand_on" in site.log("worker").read_text()
        sign_in(client)
        assert "失物招领" in client.get("/admin/").text
        assert "红色雨伞" in client.get("/admin/lostfound/things/").text

    site.enable("contacts rooms")
    with site.running() as client:
        loser = token_of(client, "loser")
        assert client.get("/contacts/", headers=loser).status_code == 200
        assert client.get(THINGS, headers=loser).status_code == 404
        sign_in(client)
        home = client.get("/admin/")
        assert "会议室" in home.text
        assert "失物" not in home.text
        assert client.get("/admin/lostfound/things/").status_code == 404
        known = site.log("worker").read_text()
        assert "rooms.decide" in known
        assert "lostfound" not in known
    # The schema follows what is installed: its rows are kept until somebody says otherwise.
    assert tables(database) == {"lostfound_things"}
    assert "一致" in site.hhu("migrate", "check")

    site.hhu("migrate", "downgrade", "lostfound@base", "--yes")
    assert tables(database) == set()
    site.pip("uninstall", "-q", "-y", "hhu-lostfound")
    assert "lostfound" not in site.hhu("plugins")
    assert "一致" in site.hhu("migrate", "check")
    site.hhu("migrate", "upgrade")
    assert "一致" in site.hhu("migrate", "check")
