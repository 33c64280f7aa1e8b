"""A database as ``deploy/postgres-roles.sql`` sets it up: an owner, and who runs the system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from hhu_base.cli import migrate

ROOT = Path(__file__).parents[2]
ROLES = (ROOT / "deploy" / "postgres-roles.sql").read_text(encoding="utf-8")


class Database:
    """``url("hhu_app")``, ``engine("hhu_app")``: the same database as somebody."""

    def __init__(self, superuser_url: str):
        self._url = sa.make_url(superuser_url).set(database="deployed")

    def url(self, role: str) -> str:
        return self._url.set(username=role).render_as_string(hide_password=False)

    def engine(self, role: str) -> sa.Engine:
        url = self._url.set(username=role, drivername="postgresql+psycopg")
        return sa.create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def set_roles(self) -> None:
        """What ``psql --file`` does."""
        parameters = self._url.translate_connect_args(username="user", database="dbname")
        parameters |= dict(self._url.query)
        with psycopg.connect(**parameters, autocommit=True) as connection:
            connection.execute(ROLES.encode())


@pytest.fixture(scope="module")
def deployed(settings) -> Iterator[Database]:
    """Migrated by the owner; the roles set before and afterwards, as deploy.md says."""
    database = Database(settings["sqlalchemy.url"])
    superuser = sa.create_engine(
        sa.make_url(settings["sqlalchemy.url"]).set(
            drivername="postgresql+psycopg", database="postgres"
        ),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
    )
    with superuser.connect() as connection:
        for statement in (
            "CREATE ROLE hhu_owner LOGIN",
            "CREATE ROLE hhu_app LOGIN",
            "CREATE ROLE hhu_stranger LOGIN",
            "CREATE DATABASE deployed OWNER hhu_owner",
        ):
            connection.execute(sa.text(statement))
        database.set_roles()
        owner = settings | {"sqlalchemy.url": database.url("hhu_owner")}
        config = migrate.alembic_config(owner)
        migrate.upgrade(config)
        config.attributes["engine"].dispose()
        database.set_roles()
        yield database
        connection.execute(sa.text("DROP DATABASE deployed WITH (FORCE)"))
        connection.execute(sa.text("DROP ROLE hhu_owner, hhu_app, hhu_stranger"))
