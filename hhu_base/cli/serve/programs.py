"""Our own processes, as children of `serve`."""

import sys
from pathlib import Path

from hhu_base.settings.services import Locations

from .process import Program
from .web_port import listen


def our_programs(
    ini: Path, locations: Locations, host: str, port: int, environment: dict[str, str]
) -> tuple[Program, list[Program]]:
    """The web server, and the processes that work behind it."""

    environment = environment | {"HHU_LISTEN": listen(host, port)}

    def program(name: str, *command: str) -> Program:
        # By `-m`: the scripts of a virtual environment don't survive its being moved.
        return Program(name, [sys.executable, "-m", *command], ini.parent, environment)

    def worker(name: str, queue: str, *options: str) -> Program:
        celery = ("celery", "-A", "hhu_base.worker", "worker", "--ini", str(ini))
        alone = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
        return program(name, *celery, "-Q", queue, *options, "-n", f"{name}@%h", *alone)

    web = program("web", "hhu_base.web.server", str(ini))
    schedule = str(locations.data_dir / "celerybeat-schedule")
    return web, [
        worker("reservations", "reservations", "-P", "solo", "-c", "1"),
        # In a thread, so that it answers who asks whether it lives while it reads a large file.
        worker("files", "files", "-P", "threads", "-c", "1"),
        worker("worker", "default", "-P", "threads", "-c", "4", "--periodic", "-s", schedule),
    ]
