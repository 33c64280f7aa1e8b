"""The ini file that nearly every command is given, and what commands make of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click


def _check_file(context: click.Context, _parameter, ini: Path) -> Path:
    from hhu_base.settings import ini_file, raise_all

    context.meta["ini"] = ini
    raise_all(ini_file.problems(ini))
    return ini


INI = click.argument(
    "ini",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_check_file,
)


def read_settings(ini: Path) -> dict:
    """The section ``[app:main]``."""
    from pyramid.paster import get_appsettings

    return get_appsettings(str(ini))


@contextmanager
def request_in_transaction(ini: Path) -> Iterator[Any]:
    """A request in a transaction of its own, as the rules and the loaders want it."""
    with bare_request(ini) as request, request.tm:
        yield request


@contextmanager
def bare_request(ini: Path) -> Iterator[Any]:
    """A request for commands that begin and end transactions themselves."""
    from pyramid.paster import bootstrap

    with bootstrap(str(ini)) as env:
        try:
            yield env["request"]
        finally:
            env["registry"]["engine"].dispose()
