"""Our own processes, as children of `serve`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from hhu_base.settings.services import Locations

from .process import Program
from .web_port import listen


def our_programs(
    ini: Path,
    locations: Locations,
    host: str,
    port: int,
    environment: dict[str, str],
    queues: str,
    is_copied: bool = False,
) -> tuple[Program, list[Program]]:
    """The web server, and the processes that work behind it: ``queues`` is what `hhu queues` said."""

    environment = environment | {"HHU_LISTEN": listen(host, port)}

    def program(name: str, *command: str) -> Program:
        # By `-m`: the scripts of a virtual environment don't survive its being moved.
        words = [sys.executable, "-m", *command]
        return Program(name, words, ini.parent, environment, is_copied=is_copied)

    def worker(queue: str, options: list[str]) -> Program:
        celery = ("celery", "-A", "hhu_base.worker", "worker", "--ini", str(ini))
        alone = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
        name = queue
        if queue == "default":
            name = "worker"
            schedule = str(locations.data_dir / "celerybeat-schedule")
            options = [*options, "--periodic", "-s", schedule]
        return program(name, *celery, "-Q", queue, *options, "-n", f"{name}@%h", *alone)

    web = program("web", "hhu_base.web.server", str(ini))
    return web, [worker(queue, options) for queue, options in _read(queues)]


def _read(queues: str) -> Iterator[tuple[str, list[str]]]:
    for line in queues.splitlines():
        if line.startswith("{"):  # and no warning
            worker = json.loads(line)
            yield worker["queue"], worker["options"]
