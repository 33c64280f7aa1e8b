"""Searches of thousands of words, and lists of ids that somebody chooses: neither costs much."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hhu_base.values.search import TOO_LONG, TOO_MANY

SERVICES = ["/guides/", "/activities/", "/contacts/"]
LISTS = [
    "/admin/rooms/meetingrooms/",
    "/admin/core/users/",
    "/admin/guides/guides/",
    "/admin/activities/enrollments/",
    "/admin/activities/clockins/",
]
MUCH = [("a " * 11, TOO_MANY), ("字" * 201, TOO_LONG), ("x " * 4000, TOO_LONG)]
much = pytest.mark.parametrize(("text", "sentence"), MUCH)


@pytest.fixture
def statements(engine):
    """Each statement that is sent, with the number of its parameters."""
    found: list[tuple[str, int]] = []

    def note(_connection, _cursor, statement, parameters, _context, _is_many) -> None:
        found.append((statement, len(parameters)))

    sa.event.listen(engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(engine, "before_cursor_execute", note)


@much
@pytest.mark.parametrize("path", SERVICES)
def test_a_service_refuses_a_search_of_too_much_in_a_sentence(api, teacher, path, text, sentence):
    answer = api.as_user(teacher).get(path, {"search": text.strip()}, status=400).json
    if sentence == TOO_LONG:
        sentence = "请确保这个字段不能超过 200 个字符。"
    assert answer == {"search": [sentence]}


@pytest.mark.parametrize("path", SERVICES)
def test_a_service_takes_ten_words(api, teacher, path):
    api.as_user(teacher).get(path, {"search": "a " * 10})


@much
@pytest.mark.parametrize("path", LISTS)
def test_a_list_says_that_a_search_is_too_much_and_offers_a_way_on(admin, path, text, sentence):
    page = admin.get(path, {"q": text}, status=400)
    assert sentence in page.html.select_one("[role=alert]").text
    # All that the page is otherwise, with the search in its field.
    assert page.html.select_one("main input[name=q]")["value"] == text.strip()
    assert "清除" in page.html.select_one(".empty a").text
    # What it offers to export leads back to it.
    export = admin.get(f"{path}export.csv", {"q": text}, status=303)
    assert export.location.startswith(f"http://localhost{path}?")


@much
def test_who_chooses_a_row_by_typing_is_told_too(admin, text, sentence):
    answer = admin.get("/admin/core/users/options", {"q": text}, status=400).json
    assert answer == {"results": [], "detail": sentence}


def test_rows_that_are_ticked_are_one_parameter_however_many(admin, statements, add_user):
    users = [add_user(f"t{number:04}") for number in range(300)]
    ids = "&".join(f"id={user.id}" for user in users)
    statements.clear()
    admin.get(f"/admin/core/users/delete?{ids}")
    assert statements
    assert max(number for _, number in statements) < 20


def test_what_a_search_has_found_is_one_parameter_however_much(admin, statements, add_user):
    for number in range(300):
        add_user(f"t{number:04}", post="讲师")
    statements.clear()
    admin.get("/admin/core/users/", {"q": "讲师"})
    assert max(number for statement, number in statements if "post" in statement) < 20
