"""The teachers' pages of guides: found while one types, looked at, downloaded."""

from __future__ import annotations

import io
import re

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from hhu_base.documents.file_store import FileStore
from hhu_plugins.guides import demo_files, library, previews
from hhu_plugins.guides.models import TEXT_READ, Guide

from .watching import findings, visit


@pytest.fixture(scope="session")
def guide(site) -> str:
    """The name of a guide of two pages that has been read and drawn."""
    name = site.new_name("出国")
    content = demo_files.pdf(name, ["先填写申请表，再由学院审批。" * 20] * 9)
    store = FileStore(site.college.folder / "var" / "guides")
    shelf = library.LibrarySettings(store, ("pdf",), 1_000_000)
    with Session(site.college.engine) as session, session.begin():
        category_id = session.get_one(Guide, site.guide_id).category_id
        row = library.add(
            session,
            shelf,
            io.BytesIO(content),
            f"{name}.pdf",
            category_id=category_id,
            by_user_id=None,
        )
        version = library.current_version(session, row.id)
        assert version is not None
        version.text, version.text_status = f"{name}须知：公示期七天。", TEXT_READ
        previews.draw(store, version.digest, version.name)
    return name


def test_a_guide_is_found_by_what_is_in_it_looked_at_and_downloaded(desk, guide):
    visit(desk, "/app/guides/")
    wrong = findings(desk)
    desk.get_by_role("searchbox", name="在名称和内容里查找").press_sequentially("公示期")
    mark = desk.locator("mark", has_text="公示期")
    expect(mark).to_be_visible()
    expect(desk).to_have_url(re.compile("search="))
    wrong += findings(desk)
    desk.get_by_role("link", name=guide).click()
    page = desk.get_by_role("img", name="第 1 页")
    expect(page).to_be_visible()
    assert page.evaluate("(image) => image.decode().then(() => image.naturalHeight)") == 1600
    wrong += findings(desk)
    with desk.expect_download() as downloading:
        desk.get_by_role("link", name="下载").click()
    assert downloading.value.suggested_filename == f"{guide}.pdf"
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_by_keyboard_alone_a_guide_is_found(desk, guide):
    desk.goto("/app/guides/")
    desk.get_by_role("searchbox", name="在名称和内容里查找").focus()
    desk.keyboard.type(guide)
    desk.keyboard.press("Enter")
    expect(desk.locator("mark", has_text=guide).first).to_be_visible()
    desk.get_by_role("link", name=guide).focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name=guide)).to_be_visible()
