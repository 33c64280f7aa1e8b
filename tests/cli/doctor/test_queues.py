"""The queues, with real workers."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pyramid.paster import get_appsettings

from hhu_base import configure
from hhu_base.cli.doctor import Deployment, queues
from hhu_base.tasks import heartbeat
from hhu_base.tasks.models import Heartbeat
from tests.flows.college import PROJECT, until

from .conftest import levels

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(running_college):
    """The doctor's view of a system that runs."""
    settings = dict(get_appsettings(str(PROJECT / "development.ini"))) | {
        "hhu.data_dir": running_college.own_environment["HHU_DATA_DIR"],
        "hhu.plugins": "rooms",
    }
    registry = configure(settings).make_wsgi_app().registry
    yield Deployment(PROJECT / "development.ini", settings, {}, registry)
    registry["engine"].dispose()


def errors(deployment) -> list[str]:
    return [str(one) for one in queues.check_workers(deployment) if one.level != "好"]


def test_a_broker_that_is_away_is_told(deployment):
    [problem] = queues.check_broker(deployment)
    assert (problem.level, "消息队列连不上" in problem.what) == ("错误", True)


def test_a_running_system_is_good(running, running_college):
    running_college.until_ready()
    assert levels(queues.check_broker(running)) == ["好"]
    assert levels(queues.check_workers(running)) == ["好", "好"]
    with_spare = [one for one in queues.check_workers(running) if "reservations" in one.what]
    assert "没有后备" in with_spare[0].what


def test_the_periodic_tasks_give_a_sign_of_life(running, running_college):
    running_college.until_ready()

    def has_beaten() -> bool:
        return [one.level for one in queues.check_periodic(running)] == ["好"]

    until(has_beaten, heartbeat.EVERY * 3, "a heartbeat")


def test_a_queue_without_a_worker_is_told(running, running_college):
    with running_college.away("reservations"):
        running_college.forget_signs_of_life()
        # The other queue's worker may not have given its next sign of life yet.
        [problem] = [each for each in errors(running) if "default" not in each]
    assert "reservations 没有 worker" in problem
    assert "hhu-reservations@1.service" in problem


def test_a_worker_of_the_reservations_that_does_several_at_once_is_told(running, running_college):
    running_college.until_ready()
    command = [sys.executable, "-m", "celery", "-A", "hhu_base.worker", "worker"]
    command += ["--ini", "development.ini", "-Q", "reservations,default", "-P", "threads"]
    command += ["-c", "3", "--without-gossip", "--without-mingle", "-n", "wild@%h"]
    environment = running_college.own_environment | {"HHU_PLUGINS": ""}
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    ) as worker:
        try:
            until(lambda: any("wild@" in one for one in errors(running)), 60, "the wild worker")
            told = "\n".join(errors(running))
        finally:
            worker.terminate()
    assert "的并发数是 3，应当是 1" in told
    assert "还处理队列 default" in told
    # It has other plugins than we have, or is of another time.
    assert "不认识任务 rooms.decide" in told


@pytest.mark.parametrize(("minutes", "level"), [(0, "好"), (2, "好"), (10, "错误")])
def test_a_sign_of_life_gets_old(deployment, session, minutes, level):
    session.execute(sa.delete(Heartbeat))
    assert levels(queues.check_periodic(deployment)) == ["错误"]
    at = sa.func.clock_timestamp() - timedelta(minutes=minutes)
    session.execute(sa.insert(Heartbeat).values(name=heartbeat.PERIODIC, at=at))
    assert levels(queues.check_periodic(replace(deployment))) == [level]


@pytest.mark.parametrize(("seconds", "level"), [(5, "注意"), (600, "错误")])
@pytest.mark.parametrize("before", [None, timedelta(hours=9)])
def test_a_schedule_that_has_just_been_started_is_not_missed_yet(
    deployment, session, seconds, level, before
):
    session.execute(sa.delete(Heartbeat))
    now = sa.func.clock_timestamp()
    names = {heartbeat.STARTED: timedelta(seconds=seconds)}
    names |= {heartbeat.PERIODIC: before} if before else {}
    for name, ago in names.items():
        session.execute(sa.insert(Heartbeat).values(name=name, at=now - ago))
    assert levels(queues.check_periodic(deployment)) == [level]


def test_a_schedule_that_is_started_again_and_again_is_missed(session):
    session.execute(sa.delete(Heartbeat))
    a_while = sa.func.clock_timestamp() - timedelta(minutes=5)
    session.execute(sa.insert(Heartbeat).values(name=heartbeat.STARTED, at=a_while))
    heartbeat.note(session, heartbeat.STARTED)
    assert heartbeat.age(session, heartbeat.STARTED) > timedelta(minutes=4)
    long_ago = sa.func.clock_timestamp() - timedelta(hours=1)
    session.execute(sa.update(Heartbeat).values(at=long_ago))
    heartbeat.note(session, heartbeat.STARTED)
    assert heartbeat.age(session, heartbeat.STARTED) < timedelta(minutes=4)


def test_a_schedule_says_that_it_has_started(running, running_college):
    with running.session() as session:
        assert heartbeat.age(session, heartbeat.STARTED) is not None


@pytest.mark.parametrize(("days", "level"), [(None, "注意"), (1, "好"), (3, "注意")])
def test_a_backup_that_was_long_ago_is_told(in_production, session, days, level):
    session.execute(sa.delete(Heartbeat))
    if days:
        at = sa.func.clock_timestamp() - timedelta(days=days)
        session.execute(sa.insert(Heartbeat).values(name=heartbeat.BACKUP, at=at))
    assert levels(queues.check_backup(in_production)) == [level]


def test_the_task_renews_the_sign_of_life(session, run_task):
    for _ in range(2):
        run_task("core.heartbeat")
        age = heartbeat.age(session)
        assert age is not None
        assert age < timedelta(minutes=1)
