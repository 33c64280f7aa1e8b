"""The search over everything: what is asked, what comes back, and for whom."""

import pytest
import sqlalchemy as sa

from hhu_base.values.search import MAX_CHARACTERS
from hhu_base.web.search import SearchPart


@pytest.mark.parametrize("text", ["日历", "rili", "rl", "riL", "　日历　"])
def test_a_page_is_found_by_its_title_and_by_what_is_typed_for_it(search, text):
    assert "日历订阅" in search(text)["页面"]


def test_each_word_has_to_occur(search):
    assert "页面" in search("修改 密码")
    assert "页面" not in search("修改 日历")


def test_the_page_of_the_search_shows_the_same_without_a_script(browser, teacher):
    page = browser.as_user(teacher).get("/app/")
    form = page.forms[0]
    assert form.action == "/app/search/"
    form["q"] = "密码"
    found = form.submit()
    assert "修改密码" in found.html.find(id="search-results").text
    assert found.html.main.find("input", {"name": "q"})["value"] == "密码"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("没有这样的东西", "没有找到“没有这样的东西”。"),
        ("长" * (MAX_CHARACTERS + 1), "搜索内容不能超过"),
        ("很 多 个 词 放 在 一 起 也 是 不 行 的", "一次最多搜索 10 个词"),
        ("<b>&", "没有找到“<b>&”。"),
        ("a\x00b", "没有找到"),
        ("z" * 150, "没有找到"),
    ],
)
def test_what_finds_nothing_says_so(browser, teacher, text, sentence):
    page = browser.as_user(teacher).get("/app/search/", {"q": text})
    assert sentence in page.html.find(id="search-results").text


def test_a_part_that_fails_takes_no_other_with_it(app, browser, teacher, monkeypatch):
    def fail(request, words):
        request.db.execute(sa.text("this is no SQL"))

    broken = SearchPart("contacts", "contacts.broken", "通讯录", fail, order=-1)
    monkeypatch.setitem(app.registry, "app.search", [broken, *app.registry["app.search"]])
    page = browser.as_user(teacher).get("/app/search/", {"q": "修改密码"})
    assert "修改密码" in page.text
    assert "这一部分暂时无法搜索" in page.text
    app.registry["plugins.failures"].forget("contacts", "search contacts.broken")


def test_nobody_else_is_answered(browser):
    answer = browser.get("/app/search/results", {"q": "王"}, status=303)
    assert "/app/sign-in" in answer.location
