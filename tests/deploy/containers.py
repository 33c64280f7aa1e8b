"""Builds ``Containerfile`` and runs ``compose.yaml`` by podman, as ``docker compose`` would.

No image comes from a registry: the base is made of Debian's packages, and so is one image that stands
in for those of PostgreSQL, Valkey and nginx. ``docker-compose`` itself is in there too and says what
``compose.yaml`` means; here is done what it says, since no engine runs where the tests do.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .conftest import ROOT

SUITE = "trixie"
PROGRAMS = ("mmdebstrap", "buildah", "podman", "runc", "catatonit", "iptables")
BASE, SYSTEM, SERVICES = "localhost/hhu-base", "localhost/hhu", "localhost/hhu-services"
# As the images of others are made: Debian's programs, and an entrypoint that makes a database.
CONTAINERFILE = f"""
FROM {BASE}
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    postgresql valkey-server valkey-tools nginx-light docker-compose \
    && rm -rf /etc/nginx/sites-enabled/default /var/lib/nginx && ln -s /var/cache/nginx /var/lib/nginx \
    && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
COPY --chmod=755 entrypoint /entrypoint
ENTRYPOINT ["/entrypoint"]
"""
ENTRYPOINT = """#!/bin/sh
set -eu
PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)
if [ "$1" != postgres ]; then exec "$@"; fi
shift
data=/var/lib/postgresql/data
chown postgres $data
as_postgres() { setpriv --reuid postgres --regid postgres --clear-groups env PATH="$PATH" "$@"; }
if [ ! -e $data/PG_VERSION ]; then
    as_postgres initdb -D $data --auth-local trust --auth-host scram-sha-256 >/dev/null
    echo host all all all scram-sha-256 >>$data/pg_hba.conf
    as_postgres pg_ctl -D $data -w -o "-c listen_addresses=''" start >/dev/null
    for script in /docker-entrypoint-initdb.d/*; do as_postgres "$script"; done
    as_postgres pg_ctl -D $data -w stop >/dev/null
fi
exec setpriv --reuid postgres --regid postgres --clear-groups \\
    "$(command -v postgres)" -D $data -c "listen_addresses=*" "$@"
"""


def missing() -> str:
    """Why nothing of this can be done here; empty if it can."""
    if os.geteuid() != 0:
        return "only root can make containers here"
    absent = [program for program in PROGRAMS if not shutil.which(program, path=_path())]
    return f"not here: {', '.join(absent)}" if absent else ""


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/libexec/podman"


class Engine:
    """Images and containers in a folder of their own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._storage = [f"--root={folder}/store", f"--runroot={folder}/run"]
        # Where the kernel lets us; to copy everything for each container takes a minute each.
        self._storage.append("--storage-driver=overlay")
        if self.ended("info").returncode != 0:
            self._storage[-1] = "--storage-driver=vfs"

    def podman(self, *arguments: str) -> str:
        """What it says; AssertionError if it fails."""
        return _said(self.ended(*arguments))

    def ended(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["podman", "--runtime=runc", "--cgroup-manager=cgroupfs", *self._storage]
        return _run(*command, *arguments)

    def buildah(self, *arguments: str) -> str:
        return _said(_run("buildah", *self._storage, *arguments))

    def make_base(self) -> None:
        """A Debian with Python, of its packages."""
        tar = self.folder / "base.tar"
        packages = "--include=python3,python3-venv,ca-certificates"
        _said(_run("mmdebstrap", "--variant=minbase", packages, SUITE, str(tar)))
        container = self.buildah("from", "scratch").strip()
        self.buildah("add", container, str(tar), "/")
        self.buildah("commit", "--rm", container, BASE)
        tar.unlink()

    def build(self, tag: str, file: Path, context: Path) -> None:
        self.buildah(
            *("build", "--isolation=chroot", "--network=host", "--format=docker"),
            *("--build-arg", f"BASE={BASE}", "--tag", tag, "--file", str(file)),
            *self._as_pip_here(),
            str(context),
        )

    def _as_pip_here(self) -> Iterator[str]:
        """Where pip of this machine finds packages, and whom it trusts."""
        lines = ["[global]"]
        for key in ("PIP_CERT", "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT"):
            if value := os.environ.get(key):
                lines.append(f"{key.removeprefix('PIP_').lower().replace('_', '-')} = {value}")
        (self.folder / "pip.conf").write_text("\n".join(lines))
        yield f"--volume={self.folder}/pip.conf:/etc/pip.conf:ro"
        if certificates := os.environ.get("PIP_CERT"):
            yield f"--volume={certificates}:{certificates}:ro"

    def build_services(self) -> None:
        context = self.folder / "services"
        context.mkdir()
        (context / "Containerfile").write_text(CONTAINERFILE)
        (context / "entrypoint").write_text(ENTRYPOINT)
        self.build(SERVICES, context / "Containerfile", context)

    def read_compose(self, environment: Path) -> dict[str, Any]:
        """What docker-compose makes of ``compose.yaml``: it is refused if a word of it is wrong."""
        told = self.podman(
            *("run", "--rm", "--network=none", *limits({})),
            *(f"--volume={path}:{path}:ro" for path in (ROOT, environment.parent)),
            *(SERVICES, "docker-compose", "--env-file", str(environment)),
            *("--file", str(ROOT / "compose.yaml"), "--profile", "once"),
            *("config", "--format", "json"),
        )
        # What is shown could be read again: a $ is doubled in it.
        return json.loads(told.replace("$$", "$"))

    def remove(self) -> None:
        self.ended("rm", "--all", "--force", "--time=0")
        self.ended("volume", "rm", "--all", "--force")


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": _path()}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1200)


def _said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, f"{done.args}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def limits(ulimits: dict[str, int]) -> Iterator[str]:
    """More than those of the tests themselves is not to be had in a sandbox."""
    for name, number in ({"nofile": 4096, "nproc": 4096} | ulimits).items():
        yield f"--ulimit={name}={number}:{number}"


class System:
    """The services of ``compose.yaml``, started in the order in which they depend on each other."""

    def __init__(self, engine: Engine, config: dict[str, Any], elsewhere: dict[str, Path]):
        """``elsewhere``: folders of the host, and where the tests have them."""
        self.engine = engine
        self.services: dict[str, dict[str, Any]] = config["services"]
        self._networks = config["networks"]
        self._elsewhere = elsewhere
        self.started: list[str] = []

    @contextmanager
    def networks(self) -> Iterator[None]:
        made = []
        try:
            for network in self._networks.values():
                options = ["--internal"] if network.get("internal") else []
                for each in network["ipam"].get("config", ()):
                    options += ["--subnet", each["subnet"], "--ip-range", each["ip_range"]]
                self.engine.podman("network", "create", *options, network["name"])
                made.append(network["name"])
            yield
        finally:
            self.engine.remove()
            for name in made:
                self.engine.ended("network", "rm", "--force", name)

    def name(self, service: str) -> str:
        return f"hhu-test-{service}"

    def start(self, service: str, *, wait) -> None:
        """``wait(condition, what)`` until those are well that it needs."""
        for needed, how in self.services[service].get("depends_on", {}).items():
            if needed not in self.started:
                self.start(needed, wait=wait)
            if how["condition"] == "service_healthy":
                wait(lambda needed=needed: self.is_healthy(needed), f"{needed} is healthy")
            else:
                assert how["condition"] == "service_completed_successfully"
                code = self.engine.podman("wait", self.name(needed)).strip()
                assert code == "0", self.log(needed)
        self.engine.podman("run", "--detach", *self._options(service), *self._command(service))
        self.started.append(service)

    def run_once(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """``docker compose run --rm``, of a service without an address of its own."""
        options = [one for one in self._options(service) if not one.startswith("--name")]
        return self.engine.ended("run", "--rm", *options, *(command or self._command(service)))

    def _command(self, service: str) -> list[str]:
        return self.services[service]["command"]

    def _options(self, service: str) -> list[str]:
        told = self.services[service]
        options = [f"--name={self.name(service)}", "--no-healthcheck"]
        options += [f"--env={key}={value}" for key, value in told["environment"].items()]
        options += limits(told.get("ulimits", {}))
        for word in ("read_only", "init"):
            options += [f"--{word.replace('_', '-')}"] if told.get(word) else []
        for word in ("cap_add", "cap_drop", "tmpfs", "security_opt"):
            options += [f"--{word.replace('_', '-')}={each}" for each in told.get(word, ())]
        for key, word in (
            *(("pids_limit", "pids-limit"), ("mem_limit", "memory"), ("shm_size", "shm-size")),
            *(("stop_signal", "stop-signal"), ("user", "user"), ("working_dir", "workdir")),
        ):
            options += [f"--{word}={told[key]}"] if key in told else []
        for volume in told.get("volumes", ()):
            source = volume["source"]
            if volume["type"] == "volume":
                source = f"hhu-test-{source}"
            source = self._elsewhere.get(source, source)
            access = ":ro" if volume.get("read_only") else ""
            options.append(f"--volume={source}:{volume['target']}{access}")
        for network, how in told["networks"].items():
            name = self._networks[network]["name"]
            address = f",ip={how['ipv4_address']}" if how and "ipv4_address" in how else ""
            options.append(f"--network={name}:alias={service}{address}")
        return [*options, told["image"]]

    def is_healthy(self, service: str) -> bool:
        """By its own command, which an engine would run every few seconds."""
        return self.exec(service, *self.health(service)).returncode == 0

    def health(self, service: str) -> list[str]:
        told = self.services[service].get("healthcheck", {}).get("test")
        if told is None:
            image = self.services[service]["image"]
            [inspected] = json.loads(self.engine.podman("image", "inspect", image))
            told = inspected["Healthcheck"]["Test"]
        kind, *words = told
        return ["sh", "-c", words[0]] if kind == "CMD-SHELL" else words

    def exec(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        return self.engine.ended("exec", self.name(service), *command)

    def stop(self, service: str) -> int:
        """As a deployer does, with the patience that it is given; its exit code."""
        seconds = self.services[service].get("stop_grace_period", "10s").removesuffix("s")
        if "m" in seconds:
            minutes, _, rest = seconds.partition("m")
            seconds = str(int(minutes) * 60 + int(rest or 0))
        self.engine.podman("stop", f"--time={seconds}", self.name(service))
        inspected = json.loads(self.engine.podman("container", "inspect", self.name(service)))
        return inspected[0]["State"]["ExitCode"]

    def log(self, service: str) -> str:
        logs = self.engine.ended("logs", self.name(service))
        return logs.stdout + logs.stderr
