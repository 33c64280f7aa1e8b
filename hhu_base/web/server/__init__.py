"""The web server: waitress, with options that the environment can override like any setting."""

from __future__ import annotations

import resource
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hhu_base.settings import ConfigurationError, ini_file, raise_all
from hhu_base.settings import server as server_section

# Besides connections: to the database and the broker, and the files that are being sent.
_OTHER_FILES = 1000


def server(global_conf, **options) -> Callable:
    """``paste.server_factory``: the options are waitress's own. Raises ConfigurationError.

    ``pserve`` asks for the server before it loads the application, so that this comes in time.
    """
    tell_mistakes_in_lines(Path(global_conf["__file__"]) if "__file__" in global_conf else None)
    raise_all(server_section.problems(options))
    return partial(serve, global_conf=global_conf, **options)


def tell_mistakes_in_lines(ini: Path | None) -> None:
    """A wrong setting is the deployer's to mend: no traceback, as in ``hhu``."""

    def tell(kind, error, traceback) -> None:
        if not isinstance(error, ConfigurationError):
            sys.__excepthook__(kind, error, traceback)
            return
        from hhu_base.plugins.inspection import explain

        for each in explain(error, ini):
            sys.stderr.write(f"配置错误：{each}\n")

    sys.excepthook = tell


def main() -> None:
    """``python -m hhu_base.web.server INI``: ``pserve``, but a file that can't be read is told in a line."""
    from pyramid.scripts import pserve

    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
    ini = Path(sys.argv[1])
    tell_mistakes_in_lines(ini)
    raise_all(ini_file.problems(ini))
    sys.exit(pserve.main(["pserve", *sys.argv[1:]]))


def serve(app, global_conf, **options) -> int:
    """Serve until a signal comes, in as many processes as ``web.processes`` says."""
    # Imported here, so that reading the entry point costs nothing.
    import signal

    from waitress.adjustments import Adjustments

    from hhu_base.database import limit_statements
    from hhu_base.documents import reader
    from hhu_base.telemetry.systemd import tell_ready
    from hhu_base.web.server import sockets, tuning
    from hhu_base.web.server.process import WebProcess
    from hhu_base.web.server.processes import Parent
    from hhu_base.web.server.stop_signal import StopSignal

    number, is_watched = 1, False
    if (registry := getattr(app, "registry", None)) is not None:
        limit_statements(registry)
        number = server_section.PROCESSES.read(registry.settings)
        is_watched = registry.get("watching.figures") is not None
    adjustments = Adjustments(**server_section.options(options))
    tuning.adjust(adjustments)
    allow_files(adjustments.connection_limit + _OTHER_FILES)
    inherited = sockets.inherited_sockets()
    own = [] if inherited else sockets.listening_sockets(adjustments.listen, adjustments.backlog)
    process = WebProcess(app, adjustments, inherited or own)
    if number == 1:
        stop, say_ready = StopSignal(), tell_ready
    else:
        parent = Parent(number, is_watched)
        if not parent.become_child():
            return 0
        stop, say_ready = StopSignal(signal.SIGTERM), parent.say_ready
        reader.read_one_at_a_time()
    tuning.tune_python()
    process.run(stop, say_ready, has_successor=bool(inherited), is_alone=number == 1)
    return 0


def allow_files(wanted: int) -> None:
    """As many open files as wanted, or as may be: many systems begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
