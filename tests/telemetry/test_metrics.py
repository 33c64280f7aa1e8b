"""What /metrics tells, to whom, and whatever is away."""

import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families
from webtest import TestApp

from hhu_base import configure
from hhu_base.settings import ConfigurationError
from hhu_base.web.metrics import queue_depths

from .conftest import METRICS_TOKEN

HEADERS = {"Authorization": f"Bearer {METRICS_TOKEN}"}


def scrape(client) -> dict[tuple, float]:
    """``(name, *label values)``, by the names of the labels → value."""
    text = client.get("/metrics", headers=HEADERS).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_without_a_token_in_the_settings_there_is_no_such_path(api):
    assert api.get("/metrics", status=404).json == {"detail": "未找到。"}


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        (None, "身份认证信息未提供。"),
        ("Token " + METRICS_TOKEN, "身份认证信息未提供。"),
        ("Bearer", "认证令牌无效。"),
        ("Bearer wrong", "认证令牌无效。"),
        ("Bearer " + METRICS_TOKEN + "x", "认证令牌无效。"),
        ("Bearer 号", "认证令牌无效。"),
    ],
)
def test_who_does_not_know_the_token_gets_401_in_the_usual_shape(watched, sent, detail):
    # A header arrives as bytes, which WSGI hands over as Latin-1.
    headers = {"Authorization": sent.encode().decode("latin-1")} if sent else {}
    answer = watched.get("/metrics", headers=headers, status=401)
    assert answer.json == {"detail": detail}
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_short_token_stops_the_start(settings):
    with pytest.raises(ConfigurationError, match="^metrics.token: is shorter than 16 characters"):
        configure(settings | {"metrics.token": "short"})


def test_the_answer_is_the_text_format_and_every_line_of_it_can_be_read(watched):
    answer = watched.get("/metrics", headers=HEADERS)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert list(text_string_to_metric_families(answer.text))
    assert "_created" not in answer.text


def test_requests_are_counted_by_route_method_and_status(watched):
    before = scrape(watched)
    for path in ("/meetingrooms/1", "/meetingrooms/2/", "/nothing/a", "/nothing/b"):
        watched.get(path, status="*")
    after = scrape(watched)

    def more(*key) -> float:
        return after[key] - before.get(key, 0.0)

    assert more("hhu_requests_total", "GET", r"/meetingrooms/{id:\d+}/", "401") == 2
    assert more("hhu_requests_total", "GET", "-", "404") == 2
    assert more("hhu_requests_total", "GET", "/metrics", "200") == 1
    assert more("hhu_request_seconds_count", "GET", r"/meetingrooms/{id:\d+}/") == 2
    assert not any("nothing" in part for key in after for part in key)


def test_the_process_its_pool_and_its_version_are_told(watched):
    told = scrape(watched)
    assert told["process_resident_memory_bytes",] > 10_000_000
    assert told["hhu_database_pool_size",] == watched.app.registry["engine"].pool.size()
    assert told["hhu_database_pool_in_use",] >= 0
    [build] = [key for key in told if key[0] == "hhu_build_info"]
    assert {"0.1.0"} < set(build)
    assert told["hhu_database_up",] == 1


def test_without_a_broker_a_scrape_says_so_and_tells_the_rest(watched):
    told = scrape(watched)
    assert told["hhu_broker_up",] == 0
    assert "hhu_queue_messages" not in {key[0] for key in told}
    assert told["hhu_mails_due",] == 0


def test_without_a_database_a_scrape_says_so_and_tells_the_rest(settings, engine):
    away = settings | {
        "metrics.token": METRICS_TOKEN,
        "sqlalchemy.url": "postgresql://nobody@/nothing?host=/nowhere",
    }
    app = configure(away).make_wsgi_app()
    told = scrape(TestApp(app))
    assert told["hhu_database_up",] == 0
    assert told["process_resident_memory_bytes",] > 0
    assert "hhu_mails_due" not in {key[0] for key in told}
    app.registry["engine"].dispose()


def test_a_plugins_mistake_hides_nobody_elses_figures(settings, engine, sessions, capture):
    config = configure(settings | {"metrics.token": METRICS_TOKEN})

    def broken(session):
        from sqlalchemy import text

        return session.scalar(text("SELECT 1 / 0"))

    config.add_metric("hhu_a_mistake", "Divides by zero.", broken)
    config.add_metric("hhu_by_label", "Says two.", lambda _: {"a": 1, "b": 2}, label="of")
    app = config.make_wsgi_app()
    log = capture()
    told = scrape(TestApp(app))
    assert (told["hhu_by_label", "a"], told["hhu_by_label", "b"]) == (1, 2)
    assert told["hhu_database_up",] == 1
    assert "hhu_a_mistake" not in {key[0] for key in told}
    assert "hhu_a_mistake of the plugin core has failed" in log.text
    app.registry["engine"].dispose()


@pytest.mark.parametrize(
    ("name", "kind"), [("requests", "gauge"), ("hhu_x", "counter"), ("hhu_x_total", "gauge")]
)
def test_a_metric_has_a_name_that_tells_what_it_is(settings, name, kind):
    config = configure(dict(settings))
    with pytest.raises(ValueError, match=name):
        config.add_metric(name, "Something.", lambda _: 0, kind=kind)


def test_a_plugin_that_is_off_leaves_no_figure(settings, engine):
    config = configure(settings | {"hhu.plugins": "contacts", "metrics.token": METRICS_TOKEN})
    config.commit()
    assert not any(name.startswith("hhu_rooms") for name in config.registry["metrics"])
    assert "hhu_mails_due" in config.registry["metrics"]


def test_messages_that_no_worker_has_taken_are_counted(services, settings):
    app = configure(settings | {"celery.broker_url": services.broker_url}).make_wsgi_app()
    celery = app.registry["celery"]
    names = ["default", "reservations", "queue-that-nobody-has-used"]
    before = queue_depths(celery, names)
    assert before is not None
    for task in ("core.send_mails", "core.send_mails", "rooms.decide"):
        app.registry["sender"].send(task)
        assert app.registry["sender"].flush(10)  # else two that are equal go as one
    after = queue_depths(celery, names)
    assert after is not None
    assert [after[name] - before[name] for name in names] == [2, 1, 0]
    with celery.connection_for_write() as connection:
        for name in names[:2]:
            connection.default_channel.queue_purge(name)
    app.registry["engine"].dispose()


@pytest.mark.slow
def test_a_process_that_answers_no_request_does_without_the_library(settings):
    program = (
        "import sys\n"
        "from hhu_base import configure\n"
        f"configure({settings | {'metrics.token': METRICS_TOKEN}!r}).make_wsgi_app()\n"
        "print('prometheus_client' in sys.modules)"
    )
    # Warnings of other people's modules are let through here.
    command = [sys.executable, "-W", "ignore", "-c", program]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == "False\n"
