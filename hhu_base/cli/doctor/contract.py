"""What a check is given, and what it says: one line for the deployer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from hhu_base.settings import is_production

GOOD, NOTICE, ERROR = "好", "注意", "错误"
# What has to be there before a check is asked.
NOTHING, SERVICES, DATABASE, TABLES = "nothing", "services", "database", "tables"


@dataclass(frozen=True)
class Finding:
    """``what`` was found, and what to do about it."""

    level: str
    what: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.level}　{self.what}" + (f" → {self.advice}" if self.advice else "")


def good(what: str) -> Finding:
    return Finding(GOOD, what)


def notice(what: str, advice: str) -> Finding:
    return Finding(NOTICE, what, advice)


def error(what: str, advice: str) -> Finding:
    return Finding(ERROR, what, advice)


def first_line(problem: BaseException) -> str:
    """What an exception says, short enough for a line."""
    lines = str(problem).strip().splitlines()
    return lines[0][:300] if lines else type(problem).__name__


@dataclass(frozen=True)
class Deployment:
    """``server`` has the options of the web server, with what the environment says."""

    ini: Path
    settings: Mapping[str, str]
    server: Mapping[str, str]
    registry: Registry

    @property
    def is_production(self) -> bool:
        return is_production(self.settings)

    @property
    def engine(self) -> sa.Engine:
        return self.registry["engine"]

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that keeps nothing of what is done in it."""
        with self.registry["sessions"]() as session:
            yield session


@dataclass(frozen=True)
class Check:
    name: str
    function: Callable[[Deployment], Iterable[Finding]]
    needs: str
