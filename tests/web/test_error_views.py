"""What people see when even the page about an error fails."""

import pytest

from hhu_base.web import error_views


@pytest.fixture
def _nothing_can_be_drawn(app, monkeypatch):
    def fail(answer, request):
        raise RuntimeError("no template, no disk, no memory")

    monkeypatch.setattr(error_views, "as_page", fail)


@pytest.mark.usefixtures("_nothing_can_be_drawn")
def test_the_last_resort_is_a_page_for_people(admin):
    answer = admin.get("/admin/nothing/here", status=500)
    assert answer.content_type == "text/html"
    assert "出错了" in answer.text
    assert answer.html.find("a")["href"] == "/admin/"
    assert "RuntimeError" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/admin/%ff", "/admin/rooms/%c0%af/1/", "/admin/%00", "/admin/x%0a"]
)
def test_a_path_that_cannot_be_read_has_a_page_too(browser, path):
    page = browser.get(path, status=404)
    assert "没有这一页" in page.text
    assert page.headers["X-Frame-Options"] == "DENY"
