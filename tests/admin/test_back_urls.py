"""The way back: to the list as it was, from wherever one went from there."""

from urllib.parse import quote

import pytest

ROOMS = "/admin/rooms/meetingrooms/"
FILTERED = f"{ROOMS}?q=10&f.location=%E5%8B%A4%E5%AD%A6%E6%A5%BC&sort=-name&page=2"


@pytest.fixture
def rooms(add_room) -> list:
    """Two pages of them."""
    return [add_room(f"10{number}") for number in range(60)]


def crumb(page) -> str:
    return page.html.select_one(".breadcrumb a")["href"]


@pytest.fixture
def page(admin, rooms):
    """A row's page, from the second page of a list that is searched, filtered and sorted."""
    return admin.get(admin.get(FILTERED).html.select_one("td.first a")["href"])


def test_the_page_of_a_row_leads_back_to_the_list_as_it_was(admin, page):
    assert crumb(page) == FILTERED
    assert page.html.select_one(".form-foot a")["href"] == FILTERED
    assert admin.submit(page, seats_count="30").location.endswith(FILTERED)


def test_it_still_does_after_saving_and_staying(admin, page):
    stayed = admin.get(admin.submit(page, button="save_and_stay", seats_count="30").location)
    assert crumb(stayed) == FILTERED


def test_a_form_that_is_wrong_keeps_the_way_back(admin, page):
    assert crumb(admin.submit(page, status=400, seats_count="x")) == FILTERED


def test_a_question_about_the_row_leads_back_to_its_page_and_further(admin, page):
    question = admin.get(page.html.select_one("a.btn-outline-danger")["href"])
    assert crumb(question) == FILTERED
    cancel = question.html.select_one(".question-foot a")["href"]
    assert crumb(admin.get(cancel)) == FILTERED
    # The page itself is gone then.
    assert admin.submit(question).location.endswith(FILTERED)


def test_an_action_leads_back_to_the_page_of_the_row_and_further(admin, add_user):
    add_user("t0009", last_name="张")
    row = admin.get("/admin/core/users/?q=t0009").html.select_one("td.first a")["href"]
    page = admin.get(row)
    assert crumb(page) == "/admin/core/users/?q=t0009"
    question = admin.get(page.html.select_one("a[href*='do/sign-out']")["href"])
    after = admin.get(admin.submit(question).location)
    assert "t0009" in after.html.select_one("h1").text
    assert crumb(after) == "/admin/core/users/?q=t0009"


def test_one_after_the_other_keeps_the_place_and_the_way_back(admin, rooms):
    path = admin.get(FILTERED).html.select_one("a.btn-primary[href*='add']")["href"]
    values = {"name": "x", "location": "致高楼", "seats_count": "8"}
    answer = admin.submit(admin.get(path), button="save_and_add", **values)
    page = admin.get(answer.location)
    form = admin.form(page)
    assert (form["name"].value, form["location"].value) == ("", "致高楼")
    assert admin.submit(page, name="y", seats_count="9").location.endswith(FILTERED)


def test_a_list_as_it_usually_is_needs_no_way_back(admin, add_room):
    room = add_room()
    link = admin.get(ROOMS).html.select_one("td.first a")
    assert link["href"] == f"{ROOMS}{room.id}/"
    assert crumb(admin.get(link["href"])) == ROOMS


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/admin/",
        "//evil.example/",
        "/rooms/",
        "/admin/\r\nx",
        "/admin/rooms/calendar/?back=/admin/?back=//evil.example",
        "/admin/rooms/calendar/?back=" + quote(f"{ROOMS}7/?back=%ff"),
    ],
)
def test_from_elsewhere_the_crumb_is_the_whole_list(admin, add_room, elsewhere):
    room = add_room()
    assert crumb(admin.get(f"{ROOMS}{room.id}/?back={quote(elsewhere)}")) == ROOMS
