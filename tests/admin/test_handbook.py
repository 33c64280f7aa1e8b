"""The handbook inside the application: each page leads to its section."""

import re
from urllib.parse import unquote

import pytest

from hhu_base.admin.handbook import FOLDER, Handbook, anchor


def section_of(page) -> str:
    return page.html.select_one("header a[data-help]")["href"].partition("#")[2]


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("/admin/", "首页"),
        ("/admin/core/users/", "教师"),
        ("/admin/core/users/add", "教师"),
        ("/admin/core/users/import", "导入教师"),
        ("/admin/core/rights/", "权限一览"),
        ("/admin/activities/items/", "打卡项和打卡员"),
        ("/admin/password", "所有列表都一样"),
    ],
)
def test_each_page_leads_to_the_section_that_is_about_it(admin, path, section):
    assert section_of(admin.get(path)) == section


def test_every_line_of_the_menu_has_a_section(admin):
    page = admin.get("/admin/")
    missing = [
        link["href"]
        for link in page.html.select(".menu ul a")
        if section_of(admin.get(link["href"])) == "所有列表都一样"
    ]
    assert missing == []


def test_it_is_read_with_its_pictures(admin):
    page = admin.get("/admin/help/")
    assert page.html.select_one("section#教师 h2").text == "教师"
    sources = {image["src"] for image in page.html.select(".handbook img")}
    assert all(re.fullmatch(r"/static/handbook-\w+/[\w-]+\.png", source) for source in sources)
    admin.get(sorted(sources)[0])
    anchors = {section["id"] for section in page.html.select("section[id]")}
    within = {unquote(link["href"][1:]) for link in page.html.select(".handbook a[href^='#']")}
    assert within <= anchors


def test_where_it_is_not_installed_nothing_leads_to_it(admin, app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.registry, "admin.handbook", Handbook(tmp_path))
    assert admin.get("/admin/core/users/").html.select_one("a[data-help]") is None
    assert "没有安装手册" in admin.get("/admin/help/").text


def test_anchors_are_those_of_github():
    assert anchor("打卡码（投影）") == "打卡码投影"
    assert (FOLDER / "handbook.md").is_file()
