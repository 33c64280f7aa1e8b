"""The whole system as its own processes, what clients send to it, and what a test does to it."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

import httpx
import psutil
import redis
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from hhu_base.accounts.password_hashes import hash_password
from hhu_base.cli.serve.process import Program, spawn
from hhu_base.models import Department, Token, User
from hhu_base.settings.services import Locations
from hhu_base.tasks.heartbeat import WORKER_LATE, living_workers
from hhu_base.tasks.models import Worker
from hhu_base.web.security import digest_of
from hhu_plugins.rooms.models import CONFIRMED, HELD, PENDING, Meetingroom, Reservation
from tests.ports import free_port

PROJECT = Path(__file__).resolve().parents[2]
ZONE = ZoneInfo("Asia/Shanghai")
TAKEN = "会议室在该时间段已经被占用。"
NOT_DECIDED = "预约请求失败，请重试。"
CLIENTS = 200

# Short, so that what is refused for want of a decision is refused within the patience of a test.
RESERVATION_TIMEOUT = 4.0
# rooms.decide is sent again every five seconds, and waits behind whatever its worker does.
UNTIL_SENT_AGAIN = 15.0

# `python -m hhu_base serve`, but what root's Postgres may need to copy goes into our folder.
SERVE = """
import sys
from pathlib import Path
from hhu_base.settings import services
services.SHELTER = Path(sys.argv.pop(1))
from hhu_base.cli import main
main()
"""

# Workers of the reservations that somebody starts by mistake. All that they import is imported
# once for all of them: that takes longer than whatever else they do before they listen.
WORKERS = """
import os, signal, sys
import celery.apps.worker, celery.bin.celery, hhu_base.worker
from pyramid.paster import get_appsettings
from hhu_base import configure
configure(dict(get_appsettings("development.ini"))).commit()
children = []
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        log = os.open(f"{os.environ['HHU_DATA_DIR']}/../{name}.log", os.O_CREAT | os.O_WRONLY)
        os.dup2(log, 1)
        os.dup2(log, 2)
        command = "celery -A hhu_base.worker worker --ini development.ini -Q reservations -P solo"
        options = f"--without-gossip --without-mingle -l INFO -n {name}@%h"
        sys.argv = [*command.split(), *options.split()]
        sys.exit(celery.bin.celery.main())
    children.append(child)
signal.signal(signal.SIGTERM, lambda *_: [os.kill(child, signal.SIGTERM) for child in children])
for child in children:
    os.waitpid(child, 0)
"""

# How the children of serve are recognised in the process table.
CHILDREN = {
    "postgres": "bin/postgres",
    "valkey": "valkey-server",
    "web": "hhu_base.web.server",
    "reservations": "reservations@",
    "files": "files@",
    "worker": "worker@",
}
WORKER_NAMES = ("reservations", "worker")


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.02)


@dataclass(frozen=True)
class Answer:
    """What came back; status 0: the connection broke, and nobody knows."""

    status: int
    json: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def sentence(self) -> str | None:
        return self.json.get("non_field_errors", [None])[0]


class Client:
    """One client on a connection that is kept open; for one thread at a time."""

    def __init__(self, port: int, token: str, address: str = "127.0.0.1", patience: float = 60):
        self._connection = http.client.HTTPConnection(address, port, timeout=patience)
        self._headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_) -> None:
        self._connection.close()

    def request(self, method: str, path: str, body: dict | None = None, **headers: str) -> Answer:
        begin = time.monotonic()
        content = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, path, content, self._headers | headers)
            response = self._connection.getresponse()
            received = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return Answer(0, seconds=time.monotonic() - begin)
        return Answer(
            response.status,
            json.loads(received) if received else {},
            dict(response.headers),
            time.monotonic() - begin,
        )

    def ask(self, wish: Wish, **headers: str) -> Asked:
        return Asked(wish, self.request("POST", "/reservations/", wish.body, **headers))

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def delete(self, path: str) -> Answer:
        return self.request("DELETE", path)


@dataclass(frozen=True)
class Wish:
    """A reservation that somebody asks for; the description tells its row from all others."""

    room_id: int
    start: datetime
    end: datetime
    description: str = field(default_factory=map("例会 {}".format, itertools.count()).__next__)

    @property
    def body(self) -> dict:
        return {
            "meetingroom": self.room_id,
            "reserve_from": self.start.isoformat(),
            "reserve_to": self.end.isoformat(),
            "description": self.description,
        }


@dataclass(frozen=True)
class Asked:
    wish: Wish
    answer: Answer


class Crowd:
    """Clients that go on asking, each in a thread of its own, as long as the block lasts."""

    def __init__(self, college: Site, clients: int):
        self.college = college
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def act(self, client: Client, chance: random.Random, number: int) -> None:
        """What the client of this number does again and again."""
        raise NotImplementedError

    def client(self, number: int) -> Client:
        return self.college.client(number)

    def pause(self, seconds: float) -> None:
        self._is_over.wait(seconds)

    def _run(self, number: int) -> None:
        chance = random.Random(number)
        with self.client(number) as client:
            while not self._is_over.is_set():
                self.act(client, chance, number)


class Office:
    """An administrator at the pages; for one thread at a time."""

    # Not the one of tests/browser, which may run on the same college.
    NAME, PASSWORD = "porter", "Kaoshi-2026-xue"

    def __init__(self, port: int):
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self._csrf = ""

    def close(self) -> None:
        self._client.close()

    def post(self, path: str, **content: str) -> int:
        """The status; 0: the connection broke, and nobody knows."""
        try:
            if not self._csrf:
                self._sign_in()
            answer = self._client.post(path, data=content | {"csrf_token": self._csrf})
        except httpx.HTTPError:
            return 0
        return answer.status_code

    def _sign_in(self) -> None:
        pair = {"username": self.NAME, "password": self.PASSWORD}
        token = self._token("/admin/sign-in")
        self._client.post("/admin/sign-in", data=pair | {"csrf_token": token})
        self._csrf = self._token("/admin/")

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self._client.get(path).text)
        return found[1] if found else ""


class Site:
    """What is stored on an installation, however it runs, and two hundred teachers signed in to it."""

    def __init__(
        self, engine: sa.Engine, port: int, address: str = "127.0.0.1", patience: float = 60
    ):
        """``patience``: seconds until its clients give a request up."""
        self.engine = engine
        self.port = port
        self.address = address
        self.patience = patience
        self._tokens = [f"token-of-{number}" for number in range(CLIENTS)]
        self._rooms = itertools.count(101)

    # What is stored

    def populate(self) -> None:
        """Departments, teachers and their tokens."""
        with Session(self.engine) as session, session.begin():
            session.add(Department(name="信息系"))
            users = [User(username=f"t{n:04}", last_name="褚") for n in range(CLIENTS)]
            password = hash_password(Office.PASSWORD)
            office = User(username=Office.NAME, password=password, is_staff=True, is_superuser=True)
            session.add_all([*users, office])
            session.flush()
            end = datetime.now(UTC) + timedelta(days=1)
            session.add_all(
                Token(digest=digest_of(token), user_id=user.id, expires_at=end)
                for token, user in zip(self._tokens, users, strict=True)
            )

    def add_room(self) -> int:
        with Session(self.engine) as session, session.begin():
            room = Meetingroom(name=str(next(self._rooms)), location="勤学楼", seats_count=10)
            session.add(room)
            session.flush()
            return room.id

    def insert(self, wish: Wish, **values) -> int:
        """A raw row, past every rule of the application."""
        with self.engine.begin() as connection:
            user_id = connection.scalar(sa.select(sa.func.min(User.id)))
            return connection.execute(
                sa.insert(Reservation)
                .values(
                    {
                        "room_id": wish.room_id,
                        "user_id": user_id,
                        "reserve_from": wish.start,
                        "reserve_to": wish.end,
                        "description": wish.description,
                        **values,
                    }
                )
                .returning(Reservation.id)
            ).scalar_one()

    def rows(self, *room_ids: int) -> list[sa.Row]:
        """The reservations of these rooms, in the order of their arrival."""
        with self.engine.connect() as connection:
            table = Reservation.__table__
            return list(
                connection.execute(
                    sa.select(table).where(table.c.room_id.in_(room_ids)).order_by(table.c.id)
                )
            )

    def status(self, reservation_id: int) -> str:
        with self.engine.connect() as connection:
            return connection.execute(
                sa.select(Reservation.status).where(Reservation.id == reservation_id)
            ).scalar_one()

    def living_workers(self) -> list[str]:
        with self.engine.connect() as connection:
            return [worker.name for worker in living_workers(connection)]

    def until_nothing_is_pending(self, timeout: float = RESERVATION_TIMEOUT) -> None:
        def is_nothing_pending() -> bool:
            with self.engine.connect() as connection:
                waiting = sa.select(sa.exists().where(Reservation.status == PENDING))
                return not connection.scalar(waiting)

        until(is_nothing_pending, timeout + UNTIL_SENT_AGAIN, "nothing is pending")

    # Its clients

    def client(self, number: int = 0) -> Client:
        token = self._tokens[number % CLIENTS]
        return Client(self.port, token, self.address, self.patience)

    def ask(self, wish: Wish, number: int = 0, **headers: str) -> Asked:
        with self.client(number) as client:
            return client.ask(wish, **headers)

    @contextmanager
    def asking_at_once(self, wishes: Sequence[Wish]) -> Iterator[list[Future[Asked]]]:
        """Each wish by a client of its own, all let go in the same moment."""
        barrier = threading.Barrier(len(wishes))

        def ask(number: int, wish: Wish) -> Asked:
            barrier.wait(60)
            return self.ask(wish, number)

        with ThreadPoolExecutor(len(wishes)) as threads:
            yield [threads.submit(ask, number, wish) for number, wish in enumerate(wishes)]

    def ask_at_once(self, wishes: Sequence[Wish]) -> list[Asked]:
        with self.asking_at_once(wishes) as futures:
            return [future.result(120) for future in futures]

    def readiness(self) -> Answer:
        with self.client() as client:
            return client.get("/readyz")

    # What has to be true

    def assert_truthful(self, asked: Sequence[Asked]) -> None:
        """Every 201 has its row, no 400 has one that counts, and nothing overlaps.

        A client whose connection broke, or that got 503, may have a row or not.
        """
        room_ids = {one.wish.room_id for one in asked}
        rows = self.rows(*room_ids)
        assert_no_overlap(rows)
        by_id = {row.id: row for row in rows}
        by_description = {row.description: row for row in rows}
        for wish, answer in ((one.wish, one.answer) for one in asked):
            if answer.status == 201:
                row = by_id[answer.json["id"]]
                assert row.status == CONFIRMED
                own = by_description[wish.description]
                # Or the same person asked for the same a moment before.
                assert own.id == row.id or (own.repeats_id, own.user_id) == (row.id, row.user_id)
                assert row.room_id == wish.room_id
                assert (row.reserve_from, row.reserve_to) == (wish.start, wish.end)
            elif answer.status == 400:
                assert answer.sentence in (TAKEN, NOT_DECIDED)
                row = by_description.get(wish.description)
                if row is None:  # its commit broke off
                    assert answer.sentence == NOT_DECIDED
                else:
                    assert row.status not in (CONFIRMED, PENDING)
            else:
                assert answer.status in (0, 503), answer
                row = by_description.get(wish.description)
                if answer.status == 503 and row is not None and row.status == CONFIRMED:
                    assert "请先查看我的预约" in answer.json["detail"]


class College(Site):
    """``hhu serve`` with a database of its own."""

    def __init__(self, folder: Path, port: int):
        self.folder = folder
        self.locations = Locations.of(folder / "var")
        # Connections that outlive a killed Postgres would only be in the way.
        super().__init__(sa.create_engine(self.locations.database_url, poolclass=NullPool), port)
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith("HHU_")
        } | {
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "DATA_DIR": str(folder / "var"),
            "DEMO": "no",
            "HHU_PLUGINS": "rooms repairs guides activities contacts",
            "HHU_ROOMS_RESERVATION_TIMEOUT": str(RESERVATION_TIMEOUT),
            # The shortest, for the tests that wait for the next code.
            "HHU_ACTIVITIES_CODE_INTERVAL": "5",
        }
        self.is_disturbed = True
        self._serve: subprocess.Popen[bytes] | None = None
        self._mistakes: subprocess.Popen[bytes] | None = None

    # Its processes

    def start(self) -> None:
        command = [sys.executable, "-c", SERVE, self.folder / "shelter"]
        command += ["serve", PROJECT / "development.ini"]
        # If we are killed, it stops everything in order, as after a Ctrl-C.
        program = Program("serve", command, PROJECT, self.environment, death_signal=signal.SIGTERM)
        with (self.folder / "serve.log").open("ab") as output:
            self._serve = spawn(program, output)
        self.until_ready()

    def stop(self) -> list[psutil.Process]:
        """Stop all of it; returns the processes that are left, which should be none."""
        self.stop_workers()
        processes = self.processes()
        if self._serve is not None:
            self._serve.terminate()
            self._serve.wait(60)
        return [process for process in processes if _is_alive(process)]

    @property
    def exit_code(self) -> int | None:
        return self._serve.poll() if self._serve else None

    @property
    def said(self) -> str:
        return (self.folder / "serve.log").read_text(encoding="utf-8")

    def kill_serve(self) -> None:
        """As by the kernel when memory runs out; returns when all its children are gone too."""
        assert self._serve is not None
        children = self.processes()
        self._serve.kill()
        self._serve.wait()
        until(lambda: not any(map(_is_alive, children)), 30, "children of a killed serve end")

    def processes(self) -> list[psutil.Process]:
        """``serve`` and all that it has started."""
        if self._serve is None or self._serve.poll() is not None:
            return []
        serve = psutil.Process(self._serve.pid)
        return [serve, *serve.children(recursive=True)]

    def process(self, name: str) -> psutil.Process | None:
        """The child of this name, or None while it is away."""
        assert self._serve is not None
        for child in psutil.Process(self._serve.pid).children():
            with suppress(psutil.Error):
                if CHILDREN[name] in " ".join(child.cmdline()) and _is_alive(child):
                    return child
        return None

    def disturb(self, name: str) -> psutil.Process:
        """The child of this name, for a test that means it ill."""
        self.is_disturbed = True
        until(lambda: self.process(name), 30, f"{name} runs")
        process = self.process(name)
        assert process is not None
        return process

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone; serve will start another."""
        process = self.disturb(name)
        process.kill()
        until(lambda: not _is_alive(process), 10, f"{name} ends")

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """While this lasts the process is there, and does not answer."""
        process = self.disturb(name)
        group = [process, *process.children(recursive=True)]
        for member in group:
            member.suspend()
        try:
            yield
        finally:
            for member in reversed(group):
                with suppress(psutil.NoSuchProcess):
                    member.resume()

    @contextmanager
    def away(self, name: str) -> Iterator[None]:
        """While this lasts the process is dead, and nobody starts another."""
        assert self._serve is not None
        self._serve.send_signal(signal.SIGSTOP)
        try:
            self.kill(name)
            yield
        finally:
            self._serve.send_signal(signal.SIGCONT)

    def start_workers(self, count: int) -> None:
        """More workers of the reservations, by mistake; returns when all of them listen."""
        names = [f"mistake{number}" for number in range(count)]
        command = [sys.executable, "-c", WORKERS, *names]
        # If we are killed, they end as when we stop them.
        program = Program(
            "mistakes", command, PROJECT, self.own_environment, death_signal=signal.SIGTERM
        )
        with (self.folder / "mistakes.log").open("wb") as output:
            self._mistakes = spawn(program, output)

        def do_all_listen() -> bool:
            return sum(name.startswith("mistake") for name in self.living_workers()) == count

        until(do_all_listen, 90, "all workers listen")

    def stop_workers(self, but: int = 0) -> None:
        """Those that were started by mistake, or all but so many of them."""
        if self._mistakes is None:
            return
        gone = psutil.Process(self._mistakes.pid).children()[but:]
        for worker in gone:
            worker.terminate()
        until(lambda: not any(map(_is_alive, gone)), 30, "workers end")
        if not but:
            self._mistakes.wait(30)
            self._mistakes = None

    @property
    def own_environment(self) -> dict[str, str]:
        """For a process that is started by hand, beside those of ``serve``."""
        return self.environment | {"HHU_DATA_DIR": str(self.folder / "var")}

    def broker(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.locations.valkey_socket))

    def until_ready(self) -> None:
        def is_ready() -> bool:
            assert self.exit_code is None, self.said
            # What a worker said before it was killed counts for some seconds.
            try:
                return self.readiness().status == 200 and all(map(self._is_heard, WORKER_NAMES))
            except OperationalError:
                return False

        until(is_ready, 90, "the system is ready")
        self.is_disturbed = False

    def _is_heard(self, name: str) -> bool:
        """Whether this worker of ``serve`` has given a sign of life since it was started."""
        process = self.process(name)
        if process is None:
            return False
        with self.engine.connect() as connection:
            signs = connection.scalars(
                sa.select(Worker.at).where(Worker.name.startswith(f"{name}@"))
            )
            return any(sign.timestamp() > process.create_time() for sign in signs)

    def forget_signs_of_life(self) -> None:
        """As if so much time had passed that they are too old."""
        with self.engine.begin() as connection:
            connection.execute(sa.update(Worker).values(at=Worker.at - 2 * WORKER_LATE))


@contextmanager
def run_college(**environment: str) -> Iterator[College]:
    """A college that runs, and ends in order; ``environment`` on top of that of all colleges."""
    # Not pytest's own folder: sockets need short paths, and root's Postgres has to get there.
    with tempfile.TemporaryDirectory(prefix="hhu-flows-", dir="/tmp") as folder:  # noqa: S108
        Path(folder).chmod(0o711)
        college = College(Path(folder), free_port())
        college.environment |= environment
        try:
            college.start()
            college.populate()
            yield college
        finally:
            left = college.stop()
        assert left == []
        assert college.exit_code == 0, college.said


def assert_no_overlap(rows: Sequence[sa.Row]) -> None:
    """By brute force: no room is confirmed to two, or held for one of them, at the same time."""
    confirmed = [row for row in rows if row.status in (CONFIRMED, HELD)]
    for one, other in itertools.combinations(confirmed, 2):
        assert not (one.room_id == other.room_id and overlap(one, other)), (one, other)


def overlap(one: sa.Row, other: sa.Row) -> bool:
    return one.reserve_from < other.reserve_to and other.reserve_from < one.reserve_to


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment so many days from now, site time."""
    moment = datetime.now(ZONE) + timedelta(days=day)
    return moment.replace(hour=hour, minute=minute, second=0, microsecond=0)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
