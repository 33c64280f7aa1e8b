"""The administrators' pages: uploads, versions, counts."""

import errno

import pytest
import sqlalchemy as sa
from webob.request import BaseRequest

from hhu_base.documents import file_store
from hhu_base.models import AuditEntry
from hhu_plugins.guides.models import Guide, GuideCategory, GuideVersion
from tests.guides.conftest import PDF, png

GUIDES = "/admin/guides/guides/"
CATEGORIES = "/admin/guides/categories/"


@pytest.fixture
def keeper(browser, add_staff, shelf):
    """A browser of somebody who may change guides and nothing else."""
    return browser.as_user(add_staff("guides.change"))


def entries(session) -> list[AuditEntry]:
    return list(session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))


def send(keeper, category, *files, status=303, **kw):
    """Send these files with the page's form."""
    form = keeper.form(keeper.get(GUIDES + "add"))
    values = {"csrf_token": form["csrf_token"].value, "category_id": str(category.id)}
    uploads = [("file", name, content) for name, content in files]
    return keeper.post(GUIDES + "add", values, upload_files=uploads, status=status, **kw)


class TestUploading:
    def test_several_at_once_become_guides(self, keeper, category, session, version_of):
        answer = send(keeper, category, ("报销流程.pdf", PDF), ("图.png", png()))
        page = keeper.get(answer.location)
        assert "已上传“报销流程”。" in page.text
        guides = session.scalars(sa.select(Guide).order_by(Guide.id)).all()
        assert [guide.name for guide in guides] == ["报销流程", "图"]
        assert version_of(guides[0]).uploader.username == "staff"
        assert "报销流程.pdf，" in page.text
        first = entries(session)[0]
        assert (first.action, first.row_label) == ("上传", "报销流程")
        assert first.after == {"名称": "报销流程", "指南分类": "财务", "文件": "报销流程.pdf"}

    def test_one_that_is_refused_does_not_stop_the_others(self, keeper, category, session):
        answer = send(
            keeper,
            category,
            ("坏.exe", b"MZ"),
            ("假.pdf", b"no pdf"),
            ("大.txt", b"x" * 1_000_001),
            ("好.pdf", PDF),
        )
        text = keeper.get(answer.location).text
        assert "没有上传“坏.exe”：不接受 .exe 文件" in text
        assert "没有上传“假.pdf”：文件的内容与扩展名 .pdf 不符。" in text
        assert "没有上传“大.txt”：文件不能超过" in text
        assert session.scalars(sa.select(Guide.name)).all() == ["好"]
        assert len(entries(session)) == 1

    def test_without_a_category_or_a_file_it_is_said(self, keeper, category):
        page = keeper.get(GUIDES + "add")
        assert "请选择指南分类。" in keeper.submit(page, status=400).text
        page = keeper.submit(page, status=400, category_id=str(category.id))
        assert "请选择文件。" in page.text
        assert page.html.select_one("option[selected]").text == "财务"

    def test_a_script_is_answered_for_each_file(self, keeper, category, session):
        answer = send(keeper, category, ("报销.pdf", PDF), status=200, xhr=True)
        guide = session.scalar(sa.select(Guide))
        assert answer.json == {"name": "报销", "url": f"{GUIDES}{guide.id}/"}
        answer = send(keeper, category, ("空.txt", b""), status=400, xhr=True)
        assert answer.json == {"error": "文件是空的。"}

    def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(
        self, keeper, category, session, shelf, monkeypatch
    ):
        def fail(descriptor):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(file_store.os, "fsync", fail)
        sentence = "服务器的存储空间不足，没有保存。请联系系统管理员。"
        assert sentence in send(keeper, category, ("报销.pdf", PDF), status=507).text
        answer = send(keeper, category, ("报销.pdf", PDF), status=507, xhr=True)
        assert answer.json == {"error": sentence}
        assert session.scalars(sa.select(Guide)).all() == []
        assert entries(session) == []
        assert [path for path in shelf.store.directory.rglob("*") if path.is_file()] == []

    def test_a_disk_that_is_full_before_the_form_is_read_is_told_too(
        self, keeper, category, monkeypatch
    ):
        def fail(request):
            raise OSError(errno.EDQUOT, "Disk quota exceeded")

        form = keeper.form(keeper.get(GUIDES + "add"))
        monkeypatch.setattr(BaseRequest, "POST", property(fail))
        keeper.post(GUIDES + "add", {"csrf_token": form["csrf_token"].value}, status=507)

    def test_without_categories_one_is_asked_for(self, keeper):
        assert "还没有指南分类" in keeper.get(GUIDES + "add").text

    def test_nothing_goes_without_the_token_of_the_form(self, keeper, category):
        values = {"category_id": str(category.id)}
        files = [("file", "a.pdf", PDF)]
        keeper.post(GUIDES + "add", values, upload_files=files, status=400)


def test_uploads_and_new_files_lead_back_to_the_list_as_it_was(keeper, category, add_guide):
    add_guide("报销.pdf")
    here = f"{GUIDES}?q=%E6%8A%A5%E9%94%80"
    page = keeper.get(here).html
    add = keeper.get(page.select_one("a.btn-primary")["href"]).html
    assert {each["href"] for each in add.select(".breadcrumb a, .form-foot a")} == {here}
    row = keeper.get(page.select_one("td.first a")["href"])
    form = row.forms[next(name for name, each in row.forms.items() if each.action.endswith("file"))]
    answer = form.submit(status=303)
    assert keeper.get(answer.location).html.select_one(".breadcrumb a")["href"] == here


class TestVersions:
    def replace(self, keeper, guide, name: str, content: bytes):
        page = keeper.get(f"{GUIDES}{guide.id}/")
        token = keeper.form(page)["csrf_token"].value
        return keeper.post(
            f"{GUIDES}{guide.id}/file",
            {"csrf_token": token},
            upload_files=[("file", name, content)],
        )

    def test_a_replaced_file_keeps_the_id_and_the_earlier_version(
        self, keeper, add_guide, session, version_of
    ):
        guide = add_guide("旧.pdf")
        old = version_of(guide)
        answer = self.replace(keeper, guide, "新.txt", "新的内容".encode())
        page = keeper.get(answer.location)
        assert "以前的版本仍然保留" in page.text
        names = [each.text for each in page.html.select("section td.first a")]
        assert names == ["新.txt", "旧.pdf"]
        assert version_of(guide).name == "新.txt"
        assert (entries(session)[0].before, entries(session)[0].after) == (
            {"文件": "旧.pdf"},
            {"文件": "新.txt"},
        )
        download = keeper.get(f"{GUIDES}{guide.id}/versions/{old.id}")
        assert download.body == PDF
        assert download.headers["Content-Disposition"].startswith("attachment")
        assert download.headers["X-Content-Type-Options"] == "nosniff"
        assert guide.downloads == 0

    def test_a_file_that_is_not_taken_changes_nothing(self, keeper, add_guide, versions, session):
        guide = add_guide()
        answer = self.replace(keeper, guide, "假.pdf", b"no pdf")
        assert "没有替换：文件的内容与扩展名 .pdf 不符。" in keeper.get(answer.location).text
        assert versions() == 1
        assert entries(session) == []

    def test_a_version_of_another_guide_is_not_found(self, keeper, add_guide, version_of):
        one, two = add_guide("a.pdf"), add_guide("b.pdf")
        keeper.get(f"{GUIDES}{one.id}/versions/{version_of(two).id}", status=404)

    def test_who_may_only_look_downloads_but_does_not_replace(
        self, browser, add_staff, add_guide, version_of
    ):
        guide = add_guide()
        viewer = browser.as_user(add_staff("guides.view"))
        page = viewer.get(f"{GUIDES}{guide.id}/")
        assert "替换文件" not in page.text
        viewer.get(f"{GUIDES}{guide.id}/versions/{version_of(guide).id}")
        token = page.html.select_one("input[name=csrf_token]")["value"]
        viewer.post(f"{GUIDES}{guide.id}/file", {"csrf_token": token}, status=403)
        stranger = browser.as_user(add_staff("rooms.change", username="other"))
        stranger.get(f"{GUIDES}{guide.id}/versions/{version_of(guide).id}", status=403)


def test_name_and_category_are_edited_and_counts_shown(keeper, add_guide, session):
    guide = add_guide()
    guide.downloads, guide.mails = 71, 32
    other = GuideCategory(name="教务")
    session.add(other)
    session.flush()
    page = keeper.get(f"{GUIDES}{guide.id}/")
    facts = page.html.select_one(".facts").text
    assert "71" in facts
    assert "32" in facts
    form = keeper.form(page)
    form["name"] = "新名称"
    form["category_id"].force_value(str(other.id))
    keeper._call(form.submit, status=303)
    assert (guide.name, guide.category_id) == ("新名称", other.id)


def test_the_list_is_searched_filtered_and_exported(keeper, add_guide, category):
    add_guide("报销.pdf")
    add_guide("调课.pdf")
    page = keeper.get(f"{GUIDES}?f.category_id={category.id}", {"q": "报销"})
    assert [cell.text for cell in page.html.select("td.first")] == ["报销"]
    assert "调课.pdf，" in keeper.get(GUIDES + "export.csv").body.decode("utf-8-sig")


def test_one_is_deleted_with_its_versions(keeper, add_guide, session):
    guide = add_guide()
    keeper.get(f"{GUIDES}{guide.id}/")
    page = keeper.get(f"{GUIDES}delete?id={guide.id}")
    assert "文件版本" in page.text
    keeper.submit(page)
    assert session.scalar(sa.select(sa.func.count(GuideVersion.id))) == 0
    assert [entry.action for entry in entries(session)] == ["删除"]


def test_a_category_in_use_stays(keeper, add_guide, category, session):
    add_guide()
    assert "不能删除" in keeper.get(f"{CATEGORIES}delete?id={category.id}").text
    keeper.submit(keeper.get(CATEGORIES + "add"), name="教务")
    assert session.scalar(sa.select(sa.func.count(GuideCategory.id))) == 2
