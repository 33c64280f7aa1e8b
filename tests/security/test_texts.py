"""Texts that would like to be code, in every column of every table, on every page."""

from __future__ import annotations

import csv
import io
import re

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from webtest import TestApp

from hhu_base.database import Base
from hhu_base.models import AuditEntry, PeopleImport
from hhu_plugins.activities.models import Activity, Enrollment
from tests.permissions.test_tables import TABLES, filled, lines  # noqa: TID252
from tests.sampling import first

# Ends attributes, elements and scripts, whichever it stands in.
HTML = """'"><b id=pwned onclick=x>{{111111*7}}${111111*7}</script></textarea>"""
LINK = "javascript:pwned//"
FORMULA = "=HYPERLINK(1)"

# Not typed by anybody, or of a form that the database insists on.
NOT_TEXTS = {
    "core_users.password",
    "core_mails.status",
    "core_mails.cause",
    "core_group_permissions.permission",
    "core_user_permissions.permission",
    "core_people_imports.state",
    "core_people_imports.agreed",
    "guides_versions.digest",
    "guides_versions.type",
    "guides_versions.text_status",
    "rooms_closures.location",
    "rooms_meetingrooms.approval_hours",
    "rooms_asks.status",
    "rooms_waiting.status",
    "rooms_opening_hours.week",
    "rooms_opening_hours.zone",
    "rooms_photos.small",
    "rooms_photos.large",
    "repairs_photos.small",
    "repairs_photos.large",
    "rooms_reservations.status",
    "core_mail_attachments.store",
    "core_mail_attachments.reference",
}
FORM = "form_metas"


@pytest.fixture
def poisoned(make_world, client_of, session, superuser):
    """``poisoned(text)``: a college in which every text is this one, and its administrator."""

    def make(text: str):
        world = make_world("core")
        client = client_of(world, "admin")
        for table in Base.metadata.sorted_tables:
            for column in table.c:
                is_text = (
                    isinstance(column.type, sa.String)
                    and column.computed is None
                    and table.name != "core_audit"
                )
                if is_text and str(column) not in NOT_TEXTS:
                    _poison(session, table, column, text)
        form = {
            text[:50]: {"type": "text", "required": False, "default": text},
            f"1{text}"[:50]: {
                "type": "radio",
                "required": False,
                "default": "",
                "choices": [text[:100]],
            },
        }
        session.execute(sa.update(Activity).values(form_metas=form))
        session.execute(sa.update(Enrollment).values(participating_metas={text[:50]: text}))
        row = {"number": 2, "values": {"username": text, "post": text}, "problems": [text]}
        session.execute(
            sa.update(PeopleImport).values(
                user_id=world.people["admin"].id, people={"rows": [row], "ignored": [text]}
            )
        )
        # The audit can't be changed, says the database, but there can be more of it.
        about = {"table_name": "rooms_meetingrooms", "row_id": world["room"], "row_label": text}
        both = {"before": {text: text}, "after": {text: text + text}}
        session.add(AuditEntry(actor=text, action=text[:64], **about, **both))
        session.commit()
        session.expire_all()
        return world, client

    return make


def _poison(session, table, column, text: str) -> None:
    keys = list(table.primary_key.columns)
    length = column.type.length or 10_000
    for number, key in enumerate(session.execute(sa.select(*keys)).all()):
        # What has to be unique ends in another letter.
        value = text[:length] if not number else f"{text[: length - 3]}{number:03}"
        where = sa.and_(*(one == other for one, other in zip(keys, key, strict=True)))
        session.execute(sa.update(table).where(where).values({column: value}))


def pages(world, client) -> list[tuple[str, object]]:
    """The answers to everything that can be looked at, whatever it is."""
    found = []
    for table in TABLES:
        for line, _ in lines(table):
            method, path = line.split()
            if method == "GET" and "static" not in path and path != "/readyz":
                browser = TestApp(client._app, extra_environ={"hhu.sessions": client._sessions})
                answer = browser.get(filled(path, world), headers=client._headers, status="*")
                assert answer.status_code < 500, line
                found.append((line, answer))
    assert len(found) > 90
    return found


def refused_forms(world, client) -> list[tuple[str, object]]:
    """What was typed comes back, with what is wrong with it."""
    found = []
    for table in TABLES:
        for line, make in table.SENT.items():
            method, path = line.split()
            if not path.startswith(("/admin/", "/app/")) or path.endswith(".json"):
                continue
            sent = make(world)
            values = {name: HTML for name in sent if name not in ("id", "file", "do")}
            browser = TestApp(client._app, extra_environ={"hhu.sessions": client._sessions})
            headers = client._headers | {"X-CSRF-Token": client._csrf}
            answer = browser.post(filled(path, world), sent | values, headers=headers, status="*")
            assert answer.status_code < 500, line
            found.append((line, answer))
            if answer.status_code == 303:
                found.append((line, browser.get(answer.location, headers=client._headers)))
    return found


def check_html(line: str, page) -> None:
    nonce = page.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    assert not page.html.select("#pwned"), line
    assert "777777" not in page.text, line  # some template's idea of the sum
    for tag in page.html.find_all(True):
        handlers = [name for name in tag.attrs if name.startswith("on")]
        assert not handlers, (line, tag)
        for name in ("href", "src", "action", "formaction", "srcdoc", "data"):
            address = str(tag.get(name, "")).strip().lower()
            assert not address.startswith(("javascript:", "data:text", "vbscript:")), (line, tag)
    for script in page.html.select("script"):
        is_file = re.match(r"/(docs/)?static/", str(script.get("src", "")))
        assert is_file or script["nonce"] == nonce
        assert "pwned" not in script.text, line


def check(line: str, answer) -> None:
    assert answer.headers["X-Content-Type-Options"] == "nosniff", line
    kind = answer.content_type
    if kind == "text/html":
        check_html(line, answer)
    elif kind in ("application/json", "application/manifest+json"):
        answer.json  # noqa: B018 - it is JSON, which no browser takes for a page
    elif answer.status_code == 200 and kind not in (
        None,
        "text/calendar",
        "text/javascript",
        "image/jpeg",
    ):
        # A file is saved, not shown; of a calendar, a script or a photo no browser makes a page.
        shown = answer.headers.get("Content-Disposition", "")
        assert shown.startswith("attachment"), line
        assert "\n" not in shown


@pytest.mark.parametrize("text", first(1, [HTML, LINK]))
def test_no_page_takes_a_text_for_code(poisoned, text):
    world, client = poisoned(text)
    answers = pages(world, client)
    for line, answer in answers:
        check(line, answer)
    shown = [line for line, answer in answers if b"pwned" in answer.body]
    # Otherwise it would not have been there to be taken for code.
    assert len(shown) > 40, shown


@pytest.mark.slow
def test_what_comes_back_from_a_form_is_no_code_either(poisoned):
    world, client = poisoned(HTML)
    for line, answer in refused_forms(world, client):
        if answer.content_type == "text/html" and answer.status_code != 303:
            check_html(line, answer)


def test_no_file_has_a_formula(poisoned):
    world, client = poisoned(FORMULA)
    files = [
        (line, answer) for line, answer in pages(world, client) if line.endswith((".csv", ".xlsx"))
    ]
    assert len(files) > 30
    seen = 0
    for line, answer in files:
        for cell, kind in _cells(answer):
            seen += FORMULA in str(cell)
            assert kind != "f", (line, cell)
            assert not str(cell).startswith(("=", "+", "@", "\t", "\r", "\n", "＝")), (line, cell)
    assert seen > 50


def _cells(answer):
    if answer.content_type == "text/csv":
        for row in csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")):
            yield from ((cell, "s") for cell in row)
        return
    for row in load_workbook(io.BytesIO(answer.body)).active.iter_rows():
        yield from ((cell.value, cell.data_type) for cell in row if cell.value is not None)


@pytest.mark.parametrize("name", ["=1+1", "a\x01b", "\t@", "＝1", "-1"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_nor_have_the_titles_that_somebody_typed(make_world, client_of, session, name, kind):
    world = make_world("activities")
    client = client_of(world, "change")
    rule = {"type": "text", "required": False, "default": ""}
    session.execute(sa.update(Activity).values(form_metas={name: rule}))
    session.flush()
    browser = TestApp(client._app, extra_environ={"hhu.sessions": client._sessions})
    answer = browser.get(f"/admin/activities/enrollments/export.{kind}", headers=client._headers)
    texts = [str(cell) for cell, _ in _cells(answer)]
    assert any(name.replace("\x01", "") in text or name in text for text in texts)
    assert not [text for text in texts if text.startswith(("=", "+", "@", "-", "\t", "＝"))]
