"""The pages of a list."""

from __future__ import annotations

import pytest
import sqlalchemy as sa


@pytest.fixture
def fill(db):
    def add(count):
        db.execute(
            sa.text("INSERT INTO thing (name) VALUES (:name)"),
            [{"name": f"n{number}"} for number in range(1, count + 1)],
        )

    yield add
    db.rollback()


def test_a_list_comes_in_pages_of_twenty(app, fill):
    fill(45)

    first = app.get("/list/").json
    second = app.get(first["next"]).json
    third = app.get(second["next"]).json

    assert [len(page["results"]) for page in (first, second, third)] == [20, 20, 5]
    assert {page["count"] for page in (first, second, third)} == {45}
    assert (first["results"][0], third["results"][-1]) == ("n1", "n45")
    assert first["previous"] is None
    assert third["next"] is None
    assert app.get(third["previous"]).json == second
    assert app.get(second["previous"]).json == first


def test_the_last_page_has_a_name(app, fill):
    assert app.get("/list/?page=last").json["results"] == []
    fill(40)
    assert app.get("/list/?page=last").json == app.get("/list/?page=2").json


def test_the_links_are_absolute_and_keep_the_other_parameters(app, fill):
    fill(45)

    page = app.get("/list?page=2&search=%E6%9D%B0&page_size=15").json

    assert page["next"] == "http://localhost/list/?page=3&search=%E6%9D%B0&page_size=15"
    assert page["previous"] == "http://localhost/list/?page=1&search=%E6%9D%B0&page_size=15"


@pytest.mark.parametrize(
    ("size", "expected"),
    [("1", 1), ("100", 100), ("101", 100), ("9" * 30, 100)]
    + [(size, 20) for size in ("0", "-1", "x", "", "1.5", "%D9%A3", "%00", "9" * 5000)],
)
def test_the_size_of_a_page_can_be_asked_for(app, fill, size, expected):
    fill(130)

    assert len(app.get(f"/list/?page_size={size}").json["results"]) == expected


def test_an_empty_list_has_one_page(app):
    assert app.get("/list/").json == {"count": 0, "next": None, "previous": None, "results": []}
    app.get("/list/?page=2", status=404)


@pytest.mark.parametrize(
    "page",
    ["3", "0", "-1", "x", "1.0", "LAST", "%D9%A2", "%00", "1e1", "9" * 18, "9" * 19, "9" * 5000],
)
def test_a_page_that_does_not_exist_is_not_found(app, fill, page):
    fill(40)

    assert app.get(f"/list/?page={page}", status=404).json == {"detail": "无效页面。"}


def test_a_page_that_is_exactly_full_is_the_last(app, fill):
    fill(20)

    page = app.get("/list/").json

    assert (page["count"], page["next"]) == (20, None)


@pytest.mark.parametrize("query", ["&" * 5000, "&".join(["page=1"] * 1001)])
def test_more_parameters_than_anybody_needs_are_refused(app, query):
    refused = app.get(f"/list/?{query}", status=400)
    assert refused.json == {"detail": "查询参数解析错误。"}
