"""The teachers' pages of the directory: everybody, a search, and somebody's card."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hhu_plugins.contacts import directory, friends
from hhu_plugins.contacts.models import Friend

PEOPLE = "/app/contacts/"


@pytest.fixture
def pages(browser, teacher):
    return browser.as_user(teacher)


def names(page, inside: str = "#people") -> list[str]:
    return [each.text for each in page.html.select(f"{inside} .people b")]


def page_of(person) -> str:
    return f"{PEOPLE}{person.id}/"


def press(pages, person, what: str, status: int = 303):
    csrf = pages.get("/app/me/").html.select_one("input[name=csrf_token]")["value"]
    return pages.post(page_of(person), {"do": what, "csrf_token": csrf}, status=status)


def test_everybody_is_there_by_pinyin_under_their_letter(pages, people):
    people("张三 单雄信 李四 Smith")
    page = pages.get(PEOPLE)
    assert [each.text for each in page.html.select(".letter h2")] == ["C", "L", "S", "Z"]
    assert names(page) == ["褚杰", "李四", "Smith", "单雄信", "张三"]
    letters = page.html.select(".letters a")
    assert [each.text for each in letters] == ["C", "L", "S", "Z"]
    for each in letters:
        assert page.html.select_one(each["href"])


def test_a_name_without_a_letter_comes_last_under_its_own(pages, people):
    people("★号")
    assert [each.text for each in pages.get(PEOPLE).html.select(".letter h2")] == ["C", "#"]


def test_colleagues_are_on_top_and_stay_under_their_letter(pages, people, befriend, teacher):
    zhang, _ = people("张三 李四")
    befriend(teacher, zhang)
    page = pages.get(PEOPLE)
    assert names(page, "section[aria-labelledby=colleagues]") == ["张三"]
    assert names(page) == ["张三", "褚杰", "李四", "张三"]


def test_those_of_ones_department_are_colleagues_where_the_setting_says_so(
    pages, people, teacher, add_department, app, monkeypatch, session
):
    kinds = frozenset({directory.FRIENDS, directory.DEPARTMENT})
    monkeypatch.setitem(app.registry, "contacts.colleagues", kinds)
    teacher.department = add_department("软件工程系")
    people("张三", department=teacher.department)
    page = pages.get(PEOPLE)
    assert names(page, "section[aria-labelledby=colleagues]") == ["张三"]
    by_rest = directory.find(session, teacher.id, colleagues=kinds)
    everybody = directory.find(session, teacher.id)
    assert directory.colleagues_among(everybody, teacher.id, kinds) == by_rest


@pytest.mark.parametrize(
    "typed", ["张三", "zhangs", "zs", "教授", "138 1234", " zs "], ids=lambda typed: typed.strip()
)
def test_a_search_finds_by_name_pinyin_initials_post_and_phone(pages, people, typed):
    people("张三", post="教授", phone="13812345678")
    people("", post="")
    page = pages.get(PEOPLE, {"search": typed})
    assert names(page) == ["张三"]
    assert page.html.select_one("#people-count").text == "找到 1 人"


def test_those_whose_name_begins_with_it_come_first(pages, people):
    people("陈中 李张 张三")
    assert names(pages.get(PEOPLE, {"search": "zhang"})) == ["张三", "李张"]
    assert names(pages.get(PEOPLE, {"search": "z"})) == ["张三", "陈中", "李张"]


def test_a_search_without_a_hit_says_so(pages):
    page = pages.get(PEOPLE, {"search": "<b>没有"})
    assert "没有找到“<b>没有”" in page.html.select_one("#people").text


def test_a_search_of_too_many_words_is_refused_in_a_sentence(pages):
    assert "一次最多搜索 10 个词" in pages.get(PEOPLE, {"search": "a " * 11}).text


def test_somebody_can_be_called_written_to_and_copied(pages, people):
    [zhang] = people("张三", post="教授", phone="138 1234 5678", email="z@hhu.example", qq="1")
    page = pages.get(page_of(zhang))
    links = {each["href"] for each in page.html.select("main a")}
    assert {"tel:13812345678", "mailto:z@hhu.example"} <= links
    copied = page.html.select_one("[data-copy]")["data-copy"]
    assert copied.splitlines() == [
        "张三",
        "教授",
        "手机：138 1234 5678",
        "邮箱：z@hhu.example",
        "QQ：1",
    ]
    card = pages.get(f"{page_of(zhang)}card.vcf")
    assert card.content_type == "text/vcard"
    assert "FN:张三" in card.text


def test_a_colleague_is_added_once_and_taken_off_once(pages, people, session, teacher):
    [zhang] = people("张三")
    for sentence in ("已加入我的同事", "已经在我的同事里了"):
        press(pages, zhang, "add")
        assert sentence in pages.get(page_of(zhang)).text
    assert session.scalars(sa.select(Friend.friend_id)).all() == [zhang.id]
    for _ in range(2):
        press(pages, zhang, "remove")
    assert "加入我的同事" in pages.get(page_of(zhang)).text
    assert session.scalars(sa.select(Friend.friend_id)).all() == []


def test_nobody_is_their_own_colleague(pages, teacher, session):
    assert "修改我的资料" in pages.get(page_of(teacher)).text
    press(pages, teacher, "add")
    assert friends.ONESELF in pages.get(page_of(teacher)).text
    assert session.scalar(sa.select(sa.func.count(Friend.user_id))) == 0


def test_who_has_left_has_no_page(pages, people):
    [zhang] = people("张三", is_active=False)
    pages.get(page_of(zhang), status=404)
    pages.get(f"{page_of(zhang)}card.vcf", status=404)
    press(pages, zhang, "add", status=404)


def test_nothing_else_can_be_pressed(pages, people):
    [zhang] = people("张三")
    press(pages, zhang, "marry", status=400)
