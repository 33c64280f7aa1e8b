"""Who may do what: every operation of the running application for every role.

An operation without a line fails here, and so does a line without an operation.
"""

from __future__ import annotations

import re

import pytest

from . import (
    table_accounts,
    table_activities,
    table_admin,
    table_app,
    table_contacts,
    table_guides,
    table_repairs,
    table_rooms,
    table_statistics,
)
from .operations import operation, operations
from .roles import ROLES

TABLES = (
    table_accounts,
    table_admin,
    table_app,
    table_contacts,
    table_rooms,
    table_statistics,
    table_repairs,
    table_guides,
    table_activities,
)


def lines(table) -> list[tuple[str, list[str]]]:
    """``POST /reservations/`` and the nine statuses, line by line."""
    head, *rest = (text for text in table.TABLE.splitlines() if text and not text.startswith("#"))
    assert tuple(head.split()) == ROLES
    found = []
    for text in rest:
        method, path, *statuses = text.split()
        assert len(statuses) == len(ROLES), text
        found.append((f"{method} {path}", statuses))
    return found


def name_of(table) -> str:
    return table.__name__.rpartition("_")[2]


def test_every_operation_has_a_line_and_every_line_an_operation(app):
    described = {operation(line) for table in TABLES for line, _ in lines(table)}
    assert operations(app) - described == set(), "operations without a line"
    assert described - operations(app) == set(), "lines without an operation"


def test_what_is_sent_is_for_a_line():
    for table in TABLES:
        assert set(table.SENT) <= {line for line, _ in lines(table)}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", TABLES, ids=name_of)
def test_each_may_do_what_the_table_says(table, role, make_world, client_of, connection, session):
    world = make_world(table.PACKAGE)
    client = client_of(world, role)
    wrong = []
    for line, statuses in lines(table):
        method, path = line.split()
        expected = statuses[ROLES.index(role)]
        sent = table.SENT.get(line, lambda world: None)(world)
        # What one line does, the next one doesn't see.
        with connection.begin_nested() as before:
            status = client.ask(method, filled(path, world), sent)
            session.expire_all()
            before.rollback()
        if status != expected:
            wrong.append(f"{line}: {status} instead of {expected}")
    assert wrong == []


def filled(path: str, world) -> str:
    """The path with what is meant by its places."""
    return re.sub(r"\{(\w+)\}", lambda place: str(world[place[1]]), path)
