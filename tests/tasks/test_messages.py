"""Declared tasks, and the messages that a request sends."""

from pathlib import Path

import pytest
from celery import Celery

from hhu_base.cli.serve.programs import our_programs
from hhu_base.tasks import configure_celery, queues, worker_options
from hhu_base.tasks.broker import CeleryBroker, Message


def test_each_task_goes_to_its_queue_and_the_periodic_ones_do_not_pile_up(app):
    conf = configure_celery(Celery("test", set_as_current=False), app.registry).conf
    assert conf.task_routes["rooms.decide"] == {"queue": "reservations"}
    assert conf.beat_schedule["rooms.decide"]["options"] == {"expires": 5}
    assert {queue.name for queue in conf.task_queues} >= {"default", "reservations"}


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_message_is_sent_after_the_commit_or_not_at_all(app, is_committed, monkeypatch):
    from pyramid.scripting import prepare

    sent = []
    monkeypatch.setattr(app.registry["sender"], "send", lambda name, *args: sent.append(args))
    with prepare(registry=app.registry) as env:
        request = env["request"]
        request.tm.begin()
        request.enqueue("rooms.decide", 5)
        assert sent == []
        (request.tm.commit if is_committed else request.tm.abort)()
    assert sent == ([(5,)] if is_committed else [])


def test_each_queue_has_a_worker_in_serve_and_a_unit(app, services, hhu, ini):
    """What no worker takes waits for ever."""
    said = "a warning\n" + hhu("queues", ini)
    _, workers = our_programs(Path("x.ini"), services, "127.0.0.1", 1, {}, said)
    root = Path(__file__).parents[2]
    units = [path.read_text() for path in (root / "deploy/systemd").glob("*.service")]
    for queue in queues(app.registry):
        commands = [worker.command for worker in workers if queue in worker.command]
        assert [command[command.index("-Q") + 1] for command in commands] == [queue]
        options = " ".join(worker_options(app.registry, queue))
        assert f" -Q {queue} {options} " in " ".join(map(str, commands[0]))
        assert sum(f" -Q {queue} {options} " in unit for unit in units) == 1


def test_a_wake_up_is_the_message_that_celery_would_send(app):
    celery = configure_celery(Celery("test", set_as_current=False), app.registry)
    celery.conf.broker_url = "memory://"
    broker = CeleryBroker(celery)
    broker.deliver(Message("rooms.decide"))
    broker.deliver(Message("rooms.decide", request_id="a-request"))  # by Celery itself
    with celery.connection_for_read() as connection:
        queue = celery.amqp.queues["reservations"](connection.channel())
        ours, celerys = queue.get(no_ack=True), queue.get(no_ack=True)
    broker.close()
    assert ours.payload == celerys.payload
    assert ours.delivery_info == celerys.delivery_info
    assert set(ours.headers) == set(celerys.headers) - {"hhu_request_id"}
    assert ours.headers["task"] == "rooms.decide"
    assert set(ours.properties) >= set(celerys.properties)


def test_nobody_keeps_account_of_messages_that_who_waits_sends_again(app):
    conf = configure_celery(Celery("test", set_as_current=False), app.registry).conf
    has_no_account = {queue.name: bool(queue.no_ack) for queue in conf.task_queues}
    assert has_no_account["reservations"]
    assert not has_no_account["default"]
