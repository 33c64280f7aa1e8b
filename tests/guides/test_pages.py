"""The teachers' pages of guides: found with the place, looked at, downloaded, sent by mail."""

from __future__ import annotations

import io
import os
import time

import pytest
import sqlalchemy as sa
from PIL import Image

from hhu_base.documents import reader
from hhu_base.mail.models import Mail
from hhu_plugins.guides import demo_files, library, previews, snippets
from hhu_plugins.guides.models import TEXT_READ, Guide, GuideCategory

GUIDES = "/app/guides/"


@pytest.fixture
def pages(browser, teacher):
    return browser.as_user(teacher)


@pytest.fixture
def add_text(add_guide, version_of, session):
    """``add_text("报销", "先审批，后报销。")``: a guide whose text has been read."""

    def add(name: str, text: str, **values) -> Guide:
        guide = add_guide(f"{name}.txt", text.encode(), **values)
        version = version_of(guide)
        version.text, version.text_status = text, TEXT_READ
        session.flush()
        return guide

    return add


def page_of(guide: Guide) -> str:
    return f"{GUIDES}{guide.id}/"


def names(page) -> list[str]:
    return [each.text for each in page.html.select("#guides .rows b")]


def send(pages, guide: Guide):
    csrf = pages.get("/app/me/").html.select_one("input[name=csrf_token]")["value"]
    return pages.post(page_of(guide), {"csrf_token": csrf})


class TestList:
    def test_the_newest_comes_first_and_a_category_is_one_tap(self, pages, add_text, session):
        other = GuideCategory(name="教务")
        session.add(other)
        session.flush()
        add_text("报销", "x")
        add_text("调课", "x", category_id=other.id)
        page = pages.get(GUIDES)
        assert names(page) == ["调课", "报销"]
        chips = page.html.select(".guide-categories a")
        assert [each.text for each in chips] == ["全部", "财务 1", "教务 1"]
        page = page.click("^教务 ")
        assert names(page) == ["调课"]
        assert page.html.select_one("[aria-current=true]").text == "教务 1"

    def test_a_word_in_the_file_is_found_and_marked_in_its_place(self, pages, add_text):
        add_text("差旅", "出差以前要先审批，回来以后再报销。" + "别的。" * 100)
        add_text("别的", "没有那个词")
        page = pages.get(GUIDES, {"search": "报销"})
        assert names(page) == ["差旅"]
        place = page.html.select_one(".guide-place")
        assert place.text.startswith("…出差以前要先审批，回来以后再报销。别的。")
        assert [each.text for each in place.select("mark")] == ["报销"]
        assert page.html.select_one("#guides-count").text == "找到 1 条"

    def test_a_word_in_the_name_is_marked_and_comes_before_one_in_a_file(self, pages, add_text):
        add_text("报销流程", "x")
        add_text("新的", "怎样报销")
        page = pages.get(GUIDES, {"search": "报销"})
        assert names(page) == ["报销流程", "新的"]
        assert page.html.select_one("#guides b mark").text == "报销"

    def test_what_only_reads_alike_is_marked_too(self, pages, add_text):
        add_text("一", "请填 ＡＢＣ 表，再交到 Office。")
        page = pages.get(GUIDES, {"search": "abc OFFICE"})
        assert [each.text for each in page.html.select(".guide-place mark")] == ["abc", "office"]

    def test_of_the_text_nothing_becomes_html(self, pages, add_text):
        add_text("一", "<script>报销</script>")
        page = pages.get(GUIDES, {"search": "报销"})
        assert page.html.select_one(".guide-place").text == "…<script>报销</script>…"

    def test_only_the_current_file_is_shown(self, pages, add_text, session, shelf):
        guide = add_text("一", "旧的词")
        library.replace(
            session, shelf, guide.id, io.BytesIO("新的".encode()), "二.txt", by_user_id=None
        )
        assert names(pages.get(GUIDES, {"search": "旧的词"})) == []

    def test_too_many_words_are_refused_in_a_sentence(self, pages, add_text):
        add_text("一", "x")
        page = pages.get(GUIDES, {"search": "a " * 11})
        assert "一次最多搜索 10 个词" in page.text
        assert names(page) == []

    def test_twenty_are_on_a_page(self, pages, add_text):
        for number in range(21):
            add_text(f"第{number}", "x")
        page = pages.get(GUIDES)
        assert len(names(page)) == 20
        assert names(page.click("下一页")) == ["第0"]

    @pytest.mark.parametrize("query", ["page=-1", "page=x", "page=" + "9" * 30, "category=x"])
    def test_an_address_with_nonsense_is_no_error(self, pages, add_text, query):
        add_text("一", "x")
        assert pages.get(f"{GUIDES}?{query}").html.h1


class TestOne:
    def test_it_is_downloaded_and_counted(self, pages, add_guide, session):
        guide = add_guide()
        answer = pages.get(page_of(guide)).click("下载")
        assert answer.content_type == "application/pdf"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert session.get_one(Guide, guide.id).downloads == 1

    def test_it_is_sent_once_however_often_the_button_is_pressed(
        self, pages, add_guide, teacher, session
    ):
        guide = add_guide()
        assert "填写邮箱" in pages.get(page_of(guide)).text
        teacher.email = "t0001@hhu.example"
        send(pages, guide)
        assert "已发送到 t0001@hhu.example" in pages.get(page_of(guide)).text
        send(pages, guide)
        assert "刚才已经发送" in pages.get(page_of(guide)).text
        assert session.scalar(sa.select(sa.func.count(Mail.id))) == 1

    def test_what_can_not_be_sent_is_said(self, pages, add_guide, teacher, app, monkeypatch):
        guide = add_guide()
        send(pages, guide)
        assert "尚未绑定邮箱" in pages.get(page_of(guide)).text
        teacher.email = "t0001@hhu.example"
        monkeypatch.setitem(app.registry, "mail.max_attachment_bytes", 10)
        send(pages, guide)
        assert "文件太大" in pages.get(page_of(guide)).text

    def test_too_many_mails_are_refused(self, pages, add_guide, teacher, app, monkeypatch):
        monkeypatch.setitem(app.registry, "mail.a_person_an_hour", 1)
        teacher.email = "t0001@hhu.example"
        send(pages, add_guide())
        other = add_guide("别的.pdf")
        send(pages, other)
        assert "您索取的邮件太多" in pages.get(page_of(other)).text

    def test_one_that_is_gone_is_not_found(self, pages, add_guide):
        gone = f"{GUIDES}{add_guide().id + 1}/"
        pages.get(gone, status=404)
        pages.get(f"{gone}file", status=404)


@pytest.fixture
def drawn(shelf, version_of):
    """``drawn(guide)``: what a worker makes of its file."""

    def draw(guide: Guide) -> previews.Preview:
        version = version_of(guide)
        previews.draw(shelf.store, version.digest, version.name)
        found = previews.find(shelf.store, version.digest)
        assert found is not None
        return found

    return draw


class TestPreviews:
    def test_the_pages_of_a_pdf_are_pictures_in_the_page(self, pages, add_guide, drawn, version_of):
        guide = add_guide(content=demo_files.pdf("差旅费", ["很长的一段话。" * 30] * 8))
        assert "预览正在生成" in pages.get(page_of(guide)).text
        preview = drawn(guide)
        assert preview.total == len(preview.sizes) > 1
        page = pages.get(page_of(guide))
        images = page.html.select("img.guide-page")
        assert [each["alt"] for each in images] == [
            f"第 {n} 页" for n in range(1, preview.total + 1)
        ]
        answer = pages.get(images[-1]["src"])
        shown = Image.open(io.BytesIO(answer.body))
        assert (shown.format, max(shown.size)) == ("JPEG", previews.SIZE)
        assert "immutable" in answer.headers["Cache-Control"]
        digest = version_of(guide).digest
        pages.get(f"{page_of(guide)}{digest}/99.jpg", status=404)
        pages.get(f"{page_of(guide)}{'0' * 64}/1.jpg", status=404)

    def test_of_a_long_one_the_first_pages_are_shown(self, pages, add_guide, drawn, monkeypatch):
        monkeypatch.setattr(previews, "MOST_PAGES", 1)
        guide = add_guide(content=demo_files.pdf("差旅费", ["很长的一段话。" * 30] * 8))
        drawn(guide)
        assert "这里是前 1 页" in pages.get(page_of(guide)).text

    def test_a_picture_is_shown_smaller(self, pages, add_guide, drawn):
        file = io.BytesIO()
        Image.new("RGB", (2000, 100), "red").save(file, "PNG")
        guide = add_guide("图.png", file.getvalue())
        assert drawn(guide) == previews.Preview(1, [(1600, 80)])
        assert pages.get(page_of(guide)).html.select_one("img.guide-page")["width"] == "1600"

    def test_what_can_not_be_drawn_is_not_tried_again(
        self, pages, add_guide, drawn, session, shelf
    ):
        guide = add_guide(content=b"%PDF-1.4 and nothing else")
        assert previews.missing(session, shelf.store)
        assert drawn(guide) == previews.Preview(0, [])
        assert "不能在这里预览" in pages.get(page_of(guide)).text
        assert previews.missing(session, shelf.store) == []

    def test_other_files_are_only_downloaded(self, pages, add_guide, session, shelf):
        guide = add_guide("一.txt", b"text")
        assert "不能在这里预览" in pages.get(page_of(guide)).text
        assert previews.missing(session, shelf.store) == []

    def test_a_file_of_two_guides_is_drawn_by_two_workers(
        self, add_guide, drawn, version_of, shelf
    ):
        first, second = add_guide(), add_guide("同样.pdf")
        assert drawn(first) == drawn(second)
        left = [each.name for each in (shelf.store.directory / "previews").iterdir()]
        assert left == [version_of(first).digest]

    def test_while_others_are_read_it_is_tried_later(
        self, add_guide, version_of, shelf, monkeypatch
    ):
        version = version_of(add_guide())

        def busy(*args):
            raise reader.Busy

        monkeypatch.setattr(reader, "read_pages", busy)
        with pytest.raises(reader.Busy):
            previews.draw(shelf.store, version.digest, version.name)
        assert previews.find(shelf.store, version.digest) is None

    def test_a_file_that_is_missing_stops_nothing(self, add_guide, version_of, shelf):
        version = version_of(add_guide())
        shelf.store.remove(version.digest)
        previews.draw(shelf.store, version.digest, version.name)
        assert previews.find(shelf.store, version.digest) is None

    def test_what_shows_nothing_any_more_is_swept(self, add_guide, drawn, version_of, shelf):
        drawn(add_guide())
        [folder] = (shelf.store.directory / "previews").iterdir()
        long_ago = time.time() - 7200
        os.utime(folder, (long_ago, long_ago))
        previews.delete_unused(shelf.store, {folder.name})
        assert folder.exists()
        previews.delete_unused(shelf.store, set())
        assert not folder.exists()

    def test_a_worker_draws_what_is_missing(self, add_guide, run_task, shelf, version_of):
        guide = add_guide()
        run_task(previews.TASK)
        assert previews.find(shelf.store, version_of(guide).digest) is not None


@pytest.mark.parametrize(
    ("text", "words", "hits"),
    [
        ("报销流程", [], []),
        ("报销流程", ["报销"], ["报销"]),
        ("Word 和 word", ["WORD"], ["Word", "word"]),
        ("aab", ["a", "aa"], ["aa"]),
        ("a.b acb", ["a.b"], ["a.b"]),
        ("", ["a"], []),
    ],
)
def test_all_words_are_marked_and_nothing_is_lost(text, words, hits):
    parts = snippets.marked(text, words)
    assert "".join(part.text for part in parts) == text
    assert [part.text for part in parts if part.is_hit] == hits
