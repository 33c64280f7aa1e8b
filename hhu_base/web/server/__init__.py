"""The web server: waitress, with options that the environment can override like any setting."""

from __future__ import annotations

import resource
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

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
    """Serve until a signal comes."""
    # Imported here, so that reading the entry point costs nothing.
    from waitress import create_server
    from waitress.adjustments import Adjustments
    from waitress.channel import HTTPChannel

    from hhu_base.database import limit_statements
    from hhu_base.telemetry.systemd import tell_ready
    from hhu_base.web.server import shutdown, tuning

    if (registry := getattr(app, "registry", None)) is not None:
        limit_statements(registry)
    found: dict[str, Any] = server_section.options(options)
    allow_files(int(found.get("connection_limit") or 100) + _OTHER_FILES)
    inherited = shutdown.inherited_sockets()
    if inherited:
        del found["listen"]
        found["sockets"] = inherited
    tuning.limit_send_buffers()
    sockets: dict[int, Any] = {}
    HTTPChannel.parser_class = make_parser_class()
    dispatcher = tuning.make_dispatcher(int(found.get("threads") or Adjustments.threads))
    server = create_server(app, map=sockets, _dispatcher=dispatcher, **found)
    server.print_listen("Serving on http://{}:{}")
    tuning.tune_python()
    tell_ready()
    shutdown.run_until_stopped(server, sockets, has_successor=bool(inherited))
    return 0


def make_parser_class() -> type:
    """Waitress's parser, which also refuses a request that says in two ways where its body ends.

    Waitress believes Transfer-Encoding, and goes on with the connection. What stands before it may
    believe Content-Length, and so take for a second request what is the body of the first, or the
    other way round (RFC 9112, 6.1 and 6.3). After a request that it refuses, waitress closes.
    """
    from waitress.parser import HTTPRequestParser, ParsingError

    class Parser(HTTPRequestParser):
        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            # HTTP/1.0 has no Transfer-Encoding: waitress leaves it where it is, and ignores it.
            is_unknown = "TRANSFER_ENCODING" in self.headers
            if is_unknown or (self.chunked and "CONTENT_LENGTH" in self.headers):
                raise ParsingError("Transfer-Encoding is not to be used here")

    return Parser


def allow_files(wanted: int) -> None:
    """As many open files as wanted, or as may be: many systems begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
