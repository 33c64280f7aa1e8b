"""``Containerfile`` is built and ``compose.yaml`` run: by podman, from Debian's packages.

Not run: docker's own engine, which does the same by the same file (``docker-compose`` has read it); the
images of PostgreSQL, Valkey and nginx that the file names, for which Debian's programs stand in; the
ports that are published, and restarts by the engine.
"""

from __future__ import annotations

import json
import random
import ssl
from datetime import datetime, timedelta

import httpx
import pytest
import trustme
from aiosmtpd.controller import Controller

from tests.flows.college import until
from tests.mail.conftest import Handler
from tests.ports import free_port

from . import containers
from .conftest import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(containers.missing()), reason=containers.missing()),
    # The images take some minutes to be made.
    pytest.mark.timeout(1800),
]

OURS = ("web-1", "web-2", "reservations-1", "reservations-2", "files", "worker", "beat")
SITE = "hhu.example"
ADMIN = ("admin", "a-long-word-4711")


def wait(condition, what: str) -> None:
    until(condition, 180, what)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    # Podman's own folders have long names: a socket's must not be longer than 107 bytes.
    engine = containers.Engine(tmp_path_factory.mktemp("c"))
    engine.make_base()
    engine.build(containers.SYSTEM, ROOT / "Containerfile", ROOT)
    engine.build_services()
    yield engine
    engine.remove()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def system(engine, authority, tmp_path_factory):
    """All of it runs, begun with the service that needs all others."""
    folder = tmp_path_factory.mktemp("host")
    network = f"172.30.{random.randrange(64, 250)}"
    mail_port = free_port()
    (folder / "env").write_text(
        f"""
HHU_ADMIN_SESSION_SECRET={"0123456789abcdef" * 3}
HHU_CALENDARS_SECRET={"89abcdef01234567" * 3}
HHU_ACTIVITIES_SECRET={"fedcba9876543210" * 3}
HHU_MAIL_HOST={network}.1
HHU_MAIL_PORT={mail_port}
HHU_MAIL_SECURITY=none
HHU_MAIL_SENDER="计信院教师服务 <noreply@hhu.example>"
"""
    )
    example = (ROOT / "deploy" / "compose.env.example").read_text(encoding="utf-8")
    given = {"HHU_ENV": str(folder / "env"), "NETWORK": network}
    given |= dict.fromkeys(("POSTGRES_IMAGE", "VALKEY_IMAGE", "NGINX_IMAGE"), containers.SERVICES)
    filled = example.replace("PASSWORD=\n", "PASSWORD=4a5f0cc7\n")
    lines = "\n".join(f"{key}={value}" for key, value in given.items())
    (folder / "compose.env").write_text(f"{filled}\n{lines}\n")

    for name in ("certificate", "webroot"):
        (folder / name).mkdir()
    certificate = authority.issue_cert(SITE)
    certificate.cert_chain_pems[0].write_to_path(folder / "certificate" / "fullchain.pem")
    certificate.private_key_pem.write_to_path(folder / "certificate" / "privkey.pem")
    challenge = folder / "webroot" / ".well-known" / "acme-challenge"
    challenge.mkdir(parents=True)
    (challenge / "token").write_text("the answer")

    config = engine.read_compose(folder / "compose.env")
    elsewhere = {"/etc/ssl/hhu": folder / "certificate", "/var/www/html": folder / "webroot"}
    system = containers.System(engine, config, elsewhere)
    system.network = network
    with system.networks():
        for service in ("proxy", *OURS):
            if service not in system.started:
                system.start(service, wait=wait)
        # The address of the host: it is there with the network.
        mail = Controller(Handler(), hostname=f"{network}.1", port=mail_port)
        mail.start()
        yield system
        mail.stop()


@pytest.fixture(scope="module")
def client(system, authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    context.check_hostname = False
    with httpx.Client(
        base_url=f"https://{system.network}.2", headers={"Host": SITE}, verify=context, timeout=60
    ) as client:
        yield client


def ask(client, method: str, path: str, **kw) -> httpx.Response:
    return client.request(method, path, extensions={"sni_hostname": SITE}, **kw)


def test_all_are_healthy_by_their_own_commands(system):
    for service in ("postgres", "valkey", *OURS, "proxy"):
        wait(lambda service=service: system.is_healthy(service), f"{service} is healthy")


def test_a_reservation_is_made_through_the_proxy(system, client):
    name, password = ADMIN
    made = system.exec(
        *("web-1", "hhu", "create-admin", "production.ini", name, "--password", password)
    )
    assert made.returncode == 0, made.stdout + made.stderr
    room = (
        "INSERT INTO rooms_meetingrooms (name, location, seats_count) VALUES ('301', '勤学楼', 20)"
    )
    done = system.exec("web-1", "sh", "-c", f'psql "$HHU_SQLALCHEMY_URL" -c "{room}"')
    assert done.returncode == 0, done.stderr
    pair = {"username": name, "password": password}
    token = ask(client, "POST", "/auth/get-token/", json=pair).json()["token"]
    headers = {"Authorization": f"Token {token}"}
    [room] = ask(client, "GET", "/meetingrooms/", headers=headers).json()
    begin = (datetime.now() + timedelta(days=3)).replace(hour=10, minute=0)  # noqa: DTZ005
    wish = {
        "meetingroom": room["id"],
        "reserve_from": f"{begin:%Y-%m-%dT%H:%M}",
        "reserve_to": f"{begin + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "description": "例会",
    }
    first = ask(client, "POST", "/reservations/", json=wish, headers=headers)
    assert first.status_code == 201, first.text
    # A worker did it.
    log = system.log("reservations-1") + system.log("reservations-2")
    assert "rooms.decide" in log


def test_the_application_sees_the_client_and_the_proxy_serves_the_challenge(system, client):
    challenge = httpx.get(
        f"http://{system.network}.2/.well-known/acme-challenge/token",
        headers={"Host": SITE},
        timeout=60,
    )
    assert challenge.text == "the answer"
    assert ask(client, "GET", "/healthz").json() == {"status": "ok"}
    # For those who watch the system, on it.
    assert ask(client, "GET", "/readyz").status_code == 404
    direct = f"http://{system.network}.11:6543/readyz"
    wait(lambda: httpx.get(direct, timeout=60).json()["missing"] == [], "nothing is missing")


def test_they_are_nobody_and_can_write_nothing_but_their_volumes(system):
    script = "id -u; grep -E '^(Cap(Prm|Eff|Bnd)|NoNewPrivs)' /proc/self/status; "
    script += "for each in / /etc /opt/hhu/current /var/backups/hhu /tmp /var/lib/hhu; do "
    script += "touch $each/x 2>/dev/null && echo $each; done; true"
    for service in OURS:
        number, *rights, tmp, data = system.exec(service, "sh", "-c", script).stdout.splitlines()
        assert number == "10001"
        values = dict(line.split(":\t") for line in rights)
        assert values.pop("NoNewPrivs") == "1"
        assert {key: int(value, 16) for key, value in values.items()} == dict.fromkeys(
            ("CapPrm", "CapEff", "CapBnd"), 0
        )
        assert (tmp, data) == ("/tmp", "/var/lib/hhu")  # noqa: S108 - in the container


def test_the_doctor_finds_no_error(system):
    def is_well() -> bool:
        told = system.run_once("doctor")
        is_well.said = told.stdout  # type: ignore[attr-defined]
        return told.returncode == 0

    try:
        wait(is_well, "the doctor finds no error")
    except AssertionError:
        pytest.fail(is_well.said)  # type: ignore[attr-defined]
    assert "1 个后备" in is_well.said  # type: ignore[attr-defined]


def test_the_tables_are_the_owners_and_to_migrate_again_changes_nothing(system):
    again = system.run_once("migrate")
    assert again.returncode == 0, again.stderr
    for statement in ("DROP TABLE core_users CASCADE", "DELETE FROM core_audit"):
        refused = system.exec("web-1", "sh", "-c", f'psql "$HHU_SQLALCHEMY_URL" -c "{statement}"')
        assert "must be owner" in refused.stderr or "permission denied" in refused.stderr


def test_a_backup_is_made_in_its_own_volume(system):
    made = system.run_once("backup")
    assert made.returncode == 0, made.stderr
    assert "已备份数据库" in made.stdout


def test_a_web_process_that_hangs_is_not_healthy_and_the_other_serves(system, client):
    stopped = "for each in /proc/[0-9]*; do grep -q web[.]server $each/cmdline && kill -{} ${{each#/proc/}}; done; true"
    system.exec("web-1", "sh", "-c", stopped.format("STOP"))
    try:
        assert not system.is_healthy("web-1")
    finally:
        system.exec("web-1", "sh", "-c", stopped.format("CONT"))
    wait(lambda: system.is_healthy("web-1"), "it goes on")
    # Nobody listens there.
    assert system.run_once("beat", *system.health("web-1")).returncode != 0
    system.engine.podman("kill", system.name("web-1"))
    for _ in range(4):
        assert ask(client, "GET", "/healthz").status_code == 200


def test_all_end_in_order_when_they_are_told_to(system):
    for service in [service for service in OURS if service != "web-1"]:
        assert system.stop(service) == 0, system.log(service)
        assert "Traceback" not in system.log(service)
    for service in ("proxy", "valkey", "postgres"):
        assert system.stop(service) == 0, system.log(service)


def test_the_image_has_the_handbook(engine):
    look = (
        "from hhu_base.admin.handbook import FOLDER; print((FOLDER / 'handbook.md').stat().st_size)"
    )
    limits = containers.limits({})
    command = ("/opt/hhu/current/.venv/bin/python", "-Wignore", "-c", look)
    told = engine.podman("run", "--rm", "--no-healthcheck", *limits, containers.SYSTEM, *command)
    assert int(told) > 10_000


def test_the_image_says_how_it_is_and_knows_no_secret(engine):
    [image] = json.loads(engine.podman("image", "inspect", containers.SYSTEM))
    assert image["Config"]["User"] == "10001:10001"
    assert not [each for each in image["Config"]["Env"] if "SECRET" in each or "PASSWORD" in each]
