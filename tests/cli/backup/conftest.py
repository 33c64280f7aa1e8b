"""A small college in a database and a folder of its own, and an empty place to bring it back to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from hhu_base.documents.file_store import FileStore
from hhu_base.models import User
from hhu_plugins.guides import library
from hhu_plugins.guides.models import GuideCategory


@dataclass
class Place:
    """A database and the folder of its files."""

    engine: sa.Engine
    url: str
    files: Path

    def tables(self) -> dict[str, list]:
        """Every row of every table, in an order that does not depend on how it is stored."""
        with self.engine.connect() as connection:
            return {
                name: sorted(connection.scalars(sa.text(f'SELECT t::text FROM "{name}" AS t')))
                for name in sa.inspect(connection).get_table_names()
            }

    def sequences(self) -> dict[str, tuple]:
        """Where each sequence is."""
        with self.engine.connect() as connection:
            return {
                name: tuple(
                    connection.execute(sa.text(f'SELECT last_value, is_called FROM "{name}"')).one()
                )
                for name in sa.inspect(connection).get_sequence_names()
            }

    def stored(self) -> dict[str, bytes]:
        """Every file, by its path."""
        paths = [path for path in self.files.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.files)): path.read_bytes() for path in paths}


@pytest.fixture
def other(engine, settings, tmp_path) -> Iterator[Place]:
    """An empty database, and a folder that is not there yet."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CREATE DATABASE other"))
        url = sa.make_url(settings["sqlalchemy.url"]).set(database="other")
        # Not by make_engine, which would ask the environment.
        engine = sa.create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool)
        text = url.render_as_string(hide_password=False)
        place = Place(engine, text, tmp_path / "other-guides")
        yield place
        place.engine.dispose()
        connection.execute(sa.text("DROP DATABASE other WITH (FORCE)"))


@pytest.fixture
def college(hhu, migrated, monkeypatch, tmp_path) -> Place:
    """A user and three guides."""
    files = tmp_path / "guides"
    monkeypatch.setenv("HHU_GUIDES_DIRECTORY", str(files))
    shelf = library.LibrarySettings(FileStore(files), ("txt",), 1000)
    with Session(hhu.engine) as session, session.begin():
        user, category = User(username="t0001"), GuideCategory(name="财务")
        session.add_all([user, category])
        session.flush()
        for text in ("甲", "乙", "丙"):
            library.add(
                session,
                shelf,
                BytesIO(text.encode()),
                f"{text}.txt",
                category_id=category.id,
                by_user_id=user.id,
            )
    return Place(hhu.engine, hhu.engine.url.render_as_string(hide_password=False), files)


@pytest.fixture
def go_to(monkeypatch):
    """Let ``hhu`` work on another place."""

    def go_to(place: Place) -> None:
        monkeypatch.setenv("HHU_SQLALCHEMY_URL", place.url)
        monkeypatch.setenv("HHU_GUIDES_DIRECTORY", str(place.files))

    return go_to
