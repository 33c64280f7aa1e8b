"""Hosts on one machine: network namespaces with names, cables and processes of their own.

Each has two cables: one to the teachers, and one to the other hosts. The tests themselves sit at both
switches, so they reach everybody.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from hhu_base.cli.serve.process import Program, spawn

from .college import until

FRONT, BACK = CABLES = ("front", "back")
_TOOLS = ("ip", "unshare", "setpriv")
# What ours are called, on a machine where others may run the same tests.
_OURS = re.compile(r"(?:hhu-|h)(\d+)(?:-\w+|[fb])")
# Of RFC 2544, for tests: nobody else has such addresses.
_NETWORKS = [f"198.18.{number}" for number in range(256)]


def why_not() -> str:
    """Why there can be no such hosts here; empty: there can."""
    if os.geteuid() != 0:
        return "only root makes network namespaces"
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        return f"no {missing[0]} on this machine"
    name = f"hhu-{os.getpid()}-probe"
    try:
        _ip("netns", "add", name)
        _ip("netns", "delete", name)
    except subprocess.CalledProcessError as error:
        return f"no network namespaces here: {error.stderr.decode().strip()}"
    return ""


class Network:
    """Two switches, and the hosts that are plugged in."""

    def __init__(self, folder: Path) -> None:
        _sweep()
        self.folder = folder
        self.hosts: list[Host] = []
        self._prefixes = dict(zip(CABLES, _free_networks(), strict=True))
        for number, cable in enumerate(CABLES):
            bridge = self.bridge(cable)
            _ip("link", "add", bridge, "type", "bridge")
            _ip("link", "set", bridge, "address", _mac(number, 254), "up")
            _ip("address", "add", f"{self.address(cable, 254)}/24", "dev", bridge)

    def bridge(self, cable: str) -> str:
        return f"h{os.getpid()}{cable[0]}"

    def address(self, cable: str, number: int) -> str:
        return f"{self._prefixes[cable]}.{number}"

    def add(self, name: str) -> Host:
        host = Host(self, name, len(self.hosts) + 1)
        for other in self.hosts:
            other.meet(host.number)
            host.meet(other.number)
        self.hosts.append(host)
        return host

    def close(self) -> None:
        for host in self.hosts:
            host.close()
        for cable in CABLES:
            _ip("link", "delete", self.bridge(cable))


class Host:
    """``address`` is the one on the cable among hosts, ``front`` the one that teachers know."""

    def __init__(self, network: Network, name: str, number: int):
        self.name, self.number = name, number
        self.front, self.address = (network.address(cable, number) for cable in CABLES)
        self.folder = network.folder / name
        self.folder.mkdir(mode=0o711)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._network = network
        self._namespace = f"hhu-{os.getpid()}-{name}"
        _ip("netns", "add", self._namespace)
        self._inside("link", "set", "lo", "up")
        for place, cable in enumerate(CABLES):
            there = ["name", cable, "address", _mac(place, number), "netns", self._namespace]
            _ip("link", "add", self._plug(cable), "type", "veth", "peer", *there)
            self._inside("address", "add", f"{network.address(cable, number)}/24", "dev", cable)
            self._inside("link", "set", cable, "up")
            _ip("link", "set", self._plug(cable), "up")
        self.meet(254)
        for place, cable in enumerate(CABLES):
            neighbour = _neighbour(network, place, number, network.bridge(cable))
            _ip("neighbour", "replace", *neighbour)
        self.heal()

    def meet(self, number: int) -> None:
        """Know who has that address: nobody asks, so nobody learns so that a host is away."""
        for place, cable in enumerate(CABLES):
            self._inside("neighbour", "replace", *_neighbour(self._network, place, number, cable))

    def command(self, *words: str | Path) -> list[str | Path]:
        """To run this here: in its network, under its name, in the same process."""
        named = 'hostname "$0" && exec "$@"'
        inside = ["ip", "netns", "exec", self._namespace]
        return [*inside, "unshare", "--uts", "sh", "-c", named, f"hhu-{self.name}", *words]

    def start(
        self, name: str, command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str]
    ) -> int:
        """Start a process of this name; returns its id."""
        program = Program(name, self.command(*command), cwd, environment)
        with (self.folder / f"{name}.log").open("ab") as output:
            self.processes[name] = spawn(program, output)
        return self.processes[name].pid

    def assert_alive(self) -> None:
        """None of its processes has ended by itself."""
        for name, process in self.processes.items():
            log = self.folder / f"{name}.log"
            assert process.poll() is None, (self.name, name, log.read_text()[-6000:])

    def cut(self, *cables: str) -> None:
        """Pull the plugs: what is sent vanishes, both ways, and no one is told."""
        for cable in cables or CABLES:
            _ip("link", "set", self._plug(cable), "nomaster")

    def heal(self) -> None:
        for cable in CABLES:
            _ip("link", "set", self._plug(cable), "master", self._network.bridge(cable))

    def die(self) -> None:
        """As when the power fails: no process can take leave of anybody."""
        self.cut()
        for cable in CABLES:
            self._inside("link", "set", cable, "down")
        self.kill(*self.processes)

    def come_back(self) -> None:
        """With its cables plugged in; its processes are to be started."""
        for place, cable in enumerate(CABLES):
            self._inside("link", "set", cable, "up")
            # A link that is down forgets who is there.
            for other in (254, *(host.number for host in self._network.hosts)):
                if other != self.number:
                    neighbour = _neighbour(self._network, place, other, cable)
                    self._inside("neighbour", "replace", *neighbour)
        self.heal()

    def kill(self, *names: str, number: signal.Signals = signal.SIGKILL) -> None:
        """These processes and their children."""
        killed = []
        for name in names:
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(self.processes[name].pid)
                killed += [process, *process.children(recursive=True)]
        for process in killed:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        for name in names:
            self.processes.pop(name).wait(60)
        until(lambda: not any(process.is_running() for process in killed), 30, "they end")

    def close(self) -> None:
        self.kill(*self.processes, number=signal.SIGTERM)
        _ip("netns", "delete", self._namespace)

    def _plug(self, cable: str) -> str:
        return f"{self._network.bridge(cable)}{self.number}"

    def _inside(self, *words: str) -> None:
        _ip("-netns", self._namespace, *words)


def _neighbour(network: Network, place: int, number: int, device: str) -> list[str]:
    address = network.address(CABLES[place], number)
    return [address, "lladdr", _mac(place, number), "nud", "permanent", "dev", device]


def _mac(place: int, number: int) -> str:
    return f"02:00:00:00:{place:02x}:{number:02x}"


def _free_networks() -> list[str]:
    """As many as there are cables."""
    taken = {
        address.address.rpartition(".")[0]
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
    }
    return [prefix for prefix in _NETWORKS if prefix not in taken][: len(CABLES)]


def _sweep() -> None:
    """Take away what tests that were killed have left behind."""
    listed = subprocess.run(["ip", "netns", "list"], check=True, capture_output=True, text=True)
    for line in listed.stdout.splitlines():
        if _is_left_behind(name := line.split()[0]):
            _ip("netns", "delete", name)
    for name in psutil.net_if_addrs():
        if _is_left_behind(name):
            _ip("link", "delete", name)


def _is_left_behind(name: str) -> bool:
    found = _OURS.fullmatch(name)
    return found is not None and not psutil.pid_exists(int(found[1]))


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=30)
