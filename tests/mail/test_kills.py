"""From a report to the mail, through the real queue and a real worker that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from webtest import TestApp

from hhu_base import configure
from hhu_base.accounts import tokens
from hhu_base.mail.models import Mail
from hhu_base.models import User
from hhu_plugins.repairs.models import NotificationRecipient, RepairRequest

from .conftest import until

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def client(settings, services, engine):
    """A signed-in client of an application with a broker; all that is committed goes afterwards."""
    config = configure(settings | {"celery.broker_url": services.broker_url})
    app = config.make_wsgi_app()
    with Session(engine) as session, session.begin():
        user = User(username="running", last_name="褚", first_name="杰")
        session.add_all([user, NotificationRecipient(name="值班", address="a@hhu.example")])
        session.flush()
        token = tokens.issue(session, user.id, app.registry["token_lifetime"])
        user_id = user.id
    yield TestApp(app, extra_environ={"HTTP_AUTHORIZATION": f"Token {token}"})
    app.registry["listener"].stop()
    app.registry["engine"].dispose()
    with engine.begin() as connection:
        connection.execute(sa.delete(Mail))
        connection.execute(sa.delete(NotificationRecipient))
        connection.execute(sa.delete(RepairRequest).where(RepairRequest.user_id == user_id))
        connection.execute(sa.delete(User).where(User.id == user_id))


@pytest.fixture
def worker(settings, services, server, tmp_path):
    """``with worker():`` a worker of the ordinary queue; it is killed afterwards."""
    environment = os.environ | {
        "HHU_SQLALCHEMY_URL": settings["sqlalchemy.url"],
        "HHU_CELERY_BROKER_URL": services.broker_url,
        "HHU_DATA_DIR": settings["hhu.data_dir"],
        "HHU_MAIL_HOST": "127.0.0.1",
        "HHU_MAIL_PORT": str(server.port),
        "HHU_MAIL_SECURITY": "none",
    }
    command = [sys.executable, "-m", "celery", "-A", "hhu_base.worker", "worker"]
    command += ["--ini", str(PROJECT / "development.ini"), "-Q", "default", "-P", "threads"]
    command += ["-c", "2", "--without-gossip", "--without-mingle", "-n", "mail@%h"]

    @contextmanager
    def run():
        with (tmp_path / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=environment, cwd=PROJECT, stdout=log, stderr=log
            )
        try:
            yield
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait(10)

    return run


def report(client, location: str) -> None:
    client.post_json("/repairs/", {"location": location, "description": "坏了"}, status=201)


def tries(engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.select(Mail.attempts).order_by(Mail.id)))


@pytest.mark.slow
def test_each_promised_mail_arrives_in_order_of_age_whatever_dies(client, worker, server, engine):
    server.stop()
    for number in range(3):
        report(client, f"第 {number} 处")
    with worker():
        until(lambda: any(tries(engine)), 30)
    assert server.subjects == []
    server.start()
    report(client, "第 3 处")
    with worker():
        until(lambda: len(server.subjects) == 4, 30)
    assert server.subjects == [f"【新报修】未分类：第 {number} 处" for number in range(4)]
