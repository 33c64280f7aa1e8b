"""What the checks look at: the application as it is configured, and the file that says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from hhu_base.settings import is_production


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
