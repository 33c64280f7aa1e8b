"""Every page of the office: its ? opens the handbook inside the application, at what is about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from hhu_base.admin.handbook import PATH

from .roles import ROLES
from .test_tables import TABLES, filled, lines

# Pages that fill the screen or the paper, without the frame that has a ?; parts of pages.
BARE = {
    "/admin/sign-in/unsaved",
    "/admin/activities/activities/{activity}/attendance",
    "/admin/activities/clockin/{item}/",
    "/admin/activities/enrollments/sheet?activity={activity}",
    "/admin/rooms/meetingrooms/doors",
    "/admin/rooms/meetingrooms/{room}/door",
    "/admin/search/results?q=a",
}
# About no line of the menu: what is said of all pages helps there, or of the page that leads there.
GENERAL = dict.fromkeys(("/admin/help/", "/admin/password", "/admin/search/?q=a"), "所有列表都一样")
GENERAL["/admin/rooms/hour/?weekday=1&hour=9&from=2026-01-01&to=2026-02-01"] = "统计"


def pages() -> Iterator[str]:
    admin = ROLES.index("admin")
    for table in TABLES:
        for line, statuses in lines(table):
            method, path = line.split()
            if method == "GET" and path.startswith("/admin/") and statuses[admin] == "200":
                yield path


@pytest.mark.slow
def test_the_question_mark_of_every_page_opens_the_section_about_it(app, make_world, browser):
    world = make_world("core")
    browser = browser.as_user(world.people["admin"])
    sections = {
        section["id"]: section.h2.text
        for section in browser.get(PATH).html.select(".handbook section[id]")
    }
    bare, wrong, seen = set(), [], 0
    for path in pages():
        answer = browser.get(filled(path, world))
        if answer.content_type != "text/html":
            continue
        link = answer.html.select_one("header a[data-help]")
        if link is None:
            bare.add(path)
            continue
        seen += 1
        address, _, found = link["href"].partition("#")
        assert address == PATH
        line = answer.html.select_one(".menu a[aria-current]")
        title = sections.get(unquote(found), "")
        about = {_plain(answer.html.title.text), _plain(line.text if line else "")} - {""}
        is_about = any(title.startswith(name) for name in about)
        if not (is_about or title == GENERAL.get(path)):
            wrong.append((path, about, title))
    assert (wrong, bare) == ([], BARE)
    assert seen > 100


def _plain(title: str) -> str:
    return re.sub(r"\s+·.*", "", " ".join(title.split()))
