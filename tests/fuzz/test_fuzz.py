"""A short run of what ``scripts/fuzz`` does for hours; the same each time."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.sampling import first

from . import attacks, documented, targets
from .judging import complaint, throw
from .people import ROLES
from .wire import Answer

SECONDS = 20.0
PER_KIND = 8


@pytest.mark.parametrize("role", first(1, sorted(ROLES, key="teacher".__ne__)))
def test_what_schemathesis_makes_of_the_document(site, role):
    statuses: Counter = Counter()
    for operation in documented.operations(site.document):
        statuses += documented.fuzz(
            operation,
            site.port,
            site.for_document.people[role],
            site.for_document,
            examples=1,
            chance=1,
            seconds=SECONDS,
        )
    # That it got as far as the services: all but two answer 401 to who is not signed in.
    assert statuses[401 if role == "anonymous" else 200], statuses


@pytest.fixture(scope="module")
def aims(site):
    pages = targets.of_pages(site.port, site.for_tables.people["administrator"].cookie, most=60)
    assert len(pages) > 20
    assert any(target.fields for target in pages)
    return [*targets.of_document(site.document, site.for_tables), *pages]


@pytest.mark.parametrize("kind", attacks.KINDS)
def test_what_no_schema_thinks_of(site, aims, kind):
    chance = random.Random(kind)
    statuses: Counter = Counter()
    wrong = []
    for number in range(PER_KIND * len(ROLES)):
        person = site.for_tables.people[ROLES[number % len(ROLES)]]
        target = chance.choice(aims)
        attack = attacks.make(kind, chance, target, person)
        answer, found = throw(site.port, attack, target, SECONDS)
        statuses[answer.status] += 1
        if found:
            wrong.append(f"{person.role}: {attack.what}: {found}")
    assert not wrong, "\n".join(wrong)
    # A path that is none may be 404 each time.
    assert len(statuses) > 1 or kind == "path", statuses


def test_nothing_unexpected_was_written_into_the_log(site):
    assert "Traceback" not in site.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (Answer(-1), "no answer"),
        (Answer(0), "closed"),
        (Answer(500, {"Content-Type": "application/json"}, b"{}"), "status 500"),
        (Answer(200, {}, b"<pre>Traceback (most recent call last):\n"), "traceback"),
        (Answer(404, {"Content-Type": "text/html"}, b"<h1>"), "of the type"),
        (Answer(400, {"Content-Type": "application/json"}, b"{"), "no JSON"),
    ],
)
def test_what_is_wrong_is_found(answer, what):
    assert what in (complaint(answer) or "")
    assert complaint(Answer(404, {"Content-Type": "application/json"}, b"{}")) is None
