"""A request id is found again in the logs of the workers."""

import re
import time
from uuid import uuid4

import pytest
import sqlalchemy as sa
from celery import Celery

from hhu_base.mail.models import QUEUED, Mail
from hhu_base.tasks import DEFAULT_QUEUE
from hhu_base.tasks.broker import CeleryBroker
from hhu_base.tasks.sender import TaskSender
from hhu_base.telemetry import request_ids

from .college import College, Wish, at, until


def log_lines(college: College, name: str, request_id: str) -> list[str]:
    text = (college.locations.logs / f"{name}.log").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if f" {request_id} " in line]


def does_the_worker_decide(college: College) -> bool:
    """For some seconds after the broker was away, the web server decides by itself."""
    request_id = uuid4().hex
    wish = Wish(college.add_room(), at(1, 10), at(1, 11))
    college.ask(wish, **{"X-Request-ID": request_id})
    for _ in range(20):
        if log_lines(college, "reservations", request_id):
            return True
        time.sleep(0.05)  # what is logged is written a moment later
    return False


def test_a_reservation_is_decided_under_the_id_of_the_request_that_asked_for_it(college, room):
    until(lambda: does_the_worker_decide(college), 30, "the worker decides")
    ids = [uuid4().hex for _ in range(3)]
    wish = Wish(room, at(1, 10), at(1, 11))
    first = college.ask(wish, **{"X-Request-ID": ids[0]}).answer
    second = college.ask(wish, 1, **{"X-Request-ID": ids[1]}).answer
    later = college.ask(
        Wish(room, at(1, 12), at(1, 13)), **{"X-Request-ID": ids[2], "Prefer": "respond-async"}
    ).answer
    assert [first.status, second.status, later.status] == [201, 400, 202]
    assert ids[0] in first.headers.values()
    college.until_nothing_is_pending()
    rows = {row.request_id: row for row in college.rows(room)}
    for request_id, status, outcome in zip(
        ids, (201, 400, 202), ("confirmed", "rejected", "confirmed"), strict=True
    ):
        [access] = log_lines(college, "web", request_id)
        assert re.search(rf" INFO .* POST /reservations/ {status} \d+\.\d ms user=\d+$", access)
        until(lambda i=request_id: log_lines(college, "reservations", i), 5, "it is logged")
        [decision] = [
            line
            for line in log_lines(college, "reservations", request_id)
            if "hhu_plugins.rooms.decisions" in line
        ]
        assert decision.endswith(f": reservation {rows[request_id].id} {outcome}")


@pytest.mark.slow
def test_any_other_task_runs_under_the_id_of_the_request_that_sent_it(college):
    with college.engine.begin() as connection:
        mail_id = connection.execute(
            sa.insert(Mail)
            .values(
                key=uuid4(),
                to_address="a@hhu.example",
                subject="主题",
                body="正文",
                status=QUEUED,
                # Not due for the periodic task, which would send it under an id of its own.
                next_attempt_at=sa.func.now() + sa.text("interval '1 hour'"),
                is_server_away=True,
            )
            .returning(Mail.id)
        ).scalar_one()
        connection.execute(
            sa.insert(Mail).values(
                key=uuid4(), to_address="b@hhu.example", subject="主题", body="正文"
            )
        )
    request_id = uuid4().hex
    with Celery(broker=college.locations.broker_url, set_as_current=False) as celery:
        celery.conf.task_default_queue = DEFAULT_QUEUE
        with request_ids.following(request_id):
            sender = TaskSender(CeleryBroker(celery))
            sender.send("core.send_mails")
            assert sender.flush(10)
        until(lambda: log_lines(college, "worker", request_id), 15, "the task has logged")
    lines = log_lines(college, "worker", request_id)
    assert any(line.endswith(f": mail {mail_id} sent") for line in lines)
