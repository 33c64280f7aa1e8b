"""Alerts and the dashboard: each figure in them is told at ``/metrics``, and promtool agrees."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator

import httpx
import pytest
import yaml
from webtest import TestApp

from hhu_base import configure
from tests.flows.college import run_college, until
from tests.ports import free_port

from .conftest import ROOT

TOKEN = "metrics-of-the-tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "hhu.json").read_text(encoding="utf-8"))
_NAME = re.compile(r"\b(?:hhu|process)_[a-z0-9_]+")

needs_prometheus = pytest.mark.skipif(
    not (shutil.which("promtool") and shutil.which("prometheus")), reason="no Prometheus here"
)


def rules() -> list[dict]:
    [group] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return group["rules"]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def used() -> set[str]:
    return {name for each in expressions() for name in _NAME.findall(each)}


def told(text: str) -> set[str]:
    return {line.partition(" ")[0].partition("{")[0] for line in text.splitlines()} - {"#"}


@pytest.fixture
def scraped(settings, sessions, engine, services) -> Iterator[set[str]]:
    """The names that one process tells when it has answered a request."""
    changes = {"metrics.token": TOKEN, "celery.broker_url": services.broker_url}
    app = configure(settings | changes).make_wsgi_app()
    app.registry["sessions"] = sessions
    client = TestApp(app)
    client.get("/healthz")
    yield told(client.get("/metrics", headers=HEADERS).text)
    app.registry["listener"].stop()
    app.registry["engine"].dispose()


def test_what_alerts_and_dashboard_speak_of_is_told(scraped):
    assert len(used()) > 20
    assert used() - scraped == set()


def test_what_is_told_of_the_whole_system_is_shown(scraped):
    """A figure that nobody sees would not be missed."""
    ours = {name for name in scraped if name.startswith("hhu_")}
    assert {name for name in ours - used() if not name.startswith("hhu_request_seconds")} == set()


def test_every_alert_says_in_chinese_what_is_wrong_and_what_to_do():
    for rule in rules():
        assert rule["alert"].startswith("Hhu")
        assert rule["labels"]["severity"] in ("critical", "warning")
        for text in (rule["annotations"]["summary"], rule["annotations"]["description"]):
            assert re.search("[\u4e00-\u9fff]", text)
        assert rule["annotations"]["description"].endswith("。")


def test_the_units_that_the_alerts_name_exist():
    units = {path.name.split(".")[0] for path in (ROOT / "deploy" / "systemd").glob("hhu-*")}
    named = {
        name
        for rule in rules()
        for name in re.findall(r"\bhhu-[a-z]+@?", rule["annotations"]["description"])
    }
    assert {"hhu-web@", "hhu-beat"} <= named
    assert {name.rstrip("@") for name in named} <= {name.rstrip("@") for name in units}


def test_the_panels_of_the_dashboard_do_not_lie_on_each_other():
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.fixture
def folder(tmp_path):
    """/etc/prometheus, as docs/deploy.md fills it."""
    (tmp_path / "rules").mkdir()
    shutil.copy(RULES, tmp_path / "rules" / "hhu.yml")
    shutil.copy(RULES.parent / "prometheus.yml", tmp_path)
    (tmp_path / "hhu-token").write_text(TOKEN)
    return tmp_path


def run(*command: object) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@needs_prometheus
def test_promtool_understands_them_and_what_should_alert_does(folder):
    run("promtool", "check", "config", "--lint=all", "--lint-fatal", folder / "prometheus.yml")
    tests = (ROOT / "tests" / "deploy" / "alerts.yml").read_text(encoding="utf-8")
    (folder / "alerts.yml").write_text(tests.replace("RULES", f"{folder}/rules/hhu.yml"))
    run("promtool", "test", "rules", folder / "alerts.yml")


@pytest.mark.slow
@needs_prometheus
@pytest.mark.timeout(400)
def test_a_real_prometheus_scrapes_a_running_system_and_knows_every_name(folder):
    with run_college(HHU_METRICS_TOKEN=TOKEN) as college:
        config = (folder / "prometheus.yml").read_text()
        targets = 'targets: ["127.0.0.1:6543"]'
        assert targets in config
        config = config.replace(targets, f'targets: ["127.0.0.1:{college.port}"]')
        # One scrape a second: nobody waits for a quarter of a minute here.
        (folder / "prometheus.yml").write_text(config.replace("interval: 15s", "interval: 1s"))
        _ask(college.port, folder)


def _ask(web_port: int, folder) -> None:
    port = free_port()
    command = ["prometheus", f"--config.file={folder}/prometheus.yml"]
    command += [f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"]
    log = (folder / "log").open("wb")
    with subprocess.Popen(command, stdout=log, stderr=log) as prometheus, log:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=30) as client:

                def asked(expression: str) -> list:
                    response = client.get("/query", params={"query": expression})
                    answer = response.raise_for_status().json()
                    assert answer["status"] == "success", answer
                    return answer["data"]["result"]

                def is_scraped() -> bool:
                    try:
                        return bool(asked('up{job="hhu"} == 1'))
                    except httpx.HTTPError:
                        return False

                until(is_scraped, 60, "it is scraped")
                httpx.get(f"http://127.0.0.1:{web_port}/healthz")
                until(lambda: asked("hhu_schedule_age_seconds < 60"), 90, "a heartbeat")
                for name in used():
                    assert asked(name), name
                for expression in expressions():
                    # What Grafana puts in: four scrapes at least.
                    asked(expression.replace("$__rate_interval", "1m"))
                groups = client.get("/rules").json()["data"]["groups"]
                health = {rule["name"]: rule["health"] for rule in groups[0]["rules"]}
                assert {name for name in health if health[name] == "err"} == set()
                firing = {alert["labels"]["alertname"] for alert in asked_alerts(client)}
                # Nobody makes a backup here.
                assert firing <= {"HhuBackupOld", "HhuNoSpare"}
        finally:
            prometheus.terminate()
            prometheus.wait(30)


def asked_alerts(client: httpx.Client) -> list[dict]:
    alerts = client.get("/alerts").json()["data"]["alerts"]
    return [alert for alert in alerts if alert["state"] == "firing"]
