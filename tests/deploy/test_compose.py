"""``compose.yaml`` and ``Containerfile`` say the same as the units and production.ini; run in test_containers."""

from __future__ import annotations

import re
import shlex

import pytest
import yaml

from hhu_base.web.server.process import STOP_TIMEOUT

from . import units
from .conftest import ROOT

COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
SERVICES = yaml.safe_load(COMPOSE)["services"]
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
OURS = {name: told for name, told in SERVICES.items() if "localhost/hhu" in told["image"]}
# Each service of ours, and its unit; the tables are made by hand there.
UNITS = {
    "web-1": ("hhu-web@.service", "6543"),
    "web-2": ("hhu-web@.service", "6544"),
    "reservations-1": ("hhu-reservations@.service", "1"),
    "reservations-2": ("hhu-reservations@.service", "2"),
    "files": ("hhu-files.service", ""),
    "worker": ("hhu-worker.service", ""),
    "beat": ("hhu-beat.service", ""),
    "backup": ("hhu-backup.service", ""),
    "doctor": ("hhu-doctor.service", ""),
}
# Told by another means: where a container's failure is seen, its engine says so.
WITHOUT = {"hhu-alarm@.service"}


def test_every_unit_has_its_service():
    assert set(OURS) == set(UNITS) | {"migrate"}
    assert {unit for unit, _ in UNITS.values()} | WITHOUT == {
        path.name for path in units.FOLDER.glob("*.service")
    }


@pytest.mark.parametrize("service", sorted(set(UNITS) - {"backup"}))
def test_a_service_runs_the_command_of_its_unit(service):
    unit, instance = UNITS[service]
    assert SERVICES[service]["command"] == units.command(unit, instance)


def test_a_backup_is_called_as_the_timer_calls_its_own():
    name = re.compile(r"/var/backups/hhu/\S+(?: \+\S+\))")
    [of_unit] = name.findall(units.command("hhu-backup.service")[-1])
    [of_service] = name.findall(SERVICES["backup"]["command"][-1].replace("$$", "$"))
    assert of_unit.rstrip("'") == of_service


@pytest.mark.parametrize("service", sorted(set(UNITS) - {"beat", "backup", "doctor"}))
def test_a_service_has_as_much_time_to_stop_as_its_unit(service):
    [seconds] = units.values(units.FOLDER / UNITS[service][0], "TimeoutStopSec")
    assert SERVICES[service]["stop_grace_period"] == f"{seconds}s"
    assert int(seconds) > STOP_TIMEOUT + 5


def test_nothing_of_ours_may_more_than_its_unit():
    for told in OURS.values():
        assert told["read_only"] is True
        assert told["cap_drop"] == ["ALL"]
        assert told["security_opt"] == ["no-new-privileges:true"]
        assert {"privileged", "cap_add", "user", "devices"} & set(told) == set()
        assert told["mem_limit"]
        assert told["pids_limit"]
    assert re.search(r"^USER 10001:10001$", CONTAINERFILE, re.MULTILINE)
    assert CONTAINERFILE.index("USER 10001") > CONTAINERFILE.rindex("RUN ")


def test_the_environment_of_the_image_is_that_of_the_units():
    told = " ".join(re.findall(r"ENV (.*?)(?<!\\)\n", CONTAINERFILE, re.DOTALL)).replace("\\\n", "")
    values = dict(word.split("=", 1) for word in shlex.split(told))
    assert units.environment().items() <= values.items()


def test_only_the_proxy_can_be_reached_from_outside():
    assert {name for name, told in SERVICES.items() if "ports" in told} == {"proxy"}
    networks = yaml.safe_load(COMPOSE)["networks"]
    assert networks["data"]["internal"] is True
    for name in ("postgres", "valkey"):
        assert SERVICES[name]["networks"] == ["data"]
    assert "data" not in SERVICES["proxy"]["networks"]


def test_everything_that_stays_is_started_again_and_says_how_it_is():
    for name, told in SERVICES.items():
        if name in ("migrate", "backup", "doctor"):
            assert told["restart"] == "no"
            continue
        assert told["restart"] == "unless-stopped"
        # The web processes have the image's.
        assert "test" in told.get("healthcheck", {}) or name.startswith("web-")
    assert "HEALTHCHECK" in CONTAINERFILE


def test_the_tables_are_made_before_anything_of_ours_begins():
    for name in UNITS:
        needed = OURS[name]["depends_on"]
        assert needed["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    owner = SERVICES["migrate"]["environment"]["HHU_SQLALCHEMY_URL"]
    assert owner.startswith("postgresql://hhu_owner:")


def test_the_proxy_finds_every_address_and_name_in_the_shipped_site():
    site = (ROOT / "deploy" / "nginx" / "hhu.conf").read_text(encoding="utf-8")
    command = SERVICES["proxy"]["command"][-1].replace("$$", "$")
    for pattern, new in re.findall(r'-e "s([/|].*?)[/|]([^/|]*)[/|]"', command):
        assert re.search(pattern[1:], site), pattern
        for number in re.findall(r"\$NETWORK(\.\d+)", new):
            [web] = [one for one in ("web-1", "web-2") if _address(one).endswith(f"}}{number}")]
            assert OURS[web]
    # Who is believed is the proxy.
    trusted = SERVICES["web-1"]["environment"]["HHU_TRUSTED_PROXY"]
    assert trusted == _address("proxy")


def _address(service: str) -> str:
    return SERVICES[service]["networks"]["site"]["ipv4_address"]


def test_whatever_has_no_value_in_it_stands_in_the_example():
    example = (ROOT / "deploy" / "compose.env.example").read_text(encoding="utf-8")
    for name in set(re.findall(r"\$\{(\w+):\?\}", COMPOSE)):
        assert re.search(f"^{name}=", example, re.MULTILINE), name


def test_what_is_built_holds_only_what_it_needs():
    """No .env and no environment of a developer gets into an image."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[1] == "*"
    allowed = {line[1:] for line in ignored if line.startswith("!")} - {"Containerfile"}
    copied = set()
    for line in re.findall(r"^COPY (?!--from)(.*)$", CONTAINERFILE, re.MULTILINE):
        copied |= set(line.split()[:-1])
    assert allowed == copied
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
