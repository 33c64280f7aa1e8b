"""新增: what somebody tells by telephone is theirs, as if they had told it themselves."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from PIL import Image
from webtest import Upload

from hhu_base.documents.file_store import FileStore
from hhu_base.models import AuditEntry
from hhu_plugins.repairs.models import OPEN, RepairPhoto, RepairRequest

ADD = "/admin/repairs/requests/add"


@pytest.fixture
def fill(manager, teacher, category):
    """The form, filled in."""

    def fill(**values):
        form = manager.form(manager.get(ADD))
        told = {"location": "勤学楼 301", "description": "漏水", "category_id": str(category.id)}
        for name, value in ({"user_id": str(teacher.id)} | told | values).items():
            form[name].force_value(value)
        return form

    return fill


@pytest.fixture
def store(app, tmp_path, monkeypatch) -> FileStore:
    store = FileStore(tmp_path / "repairs")
    monkeypatch.setitem(app.registry, "repairs.photo_store", store)
    return store


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (900, 600), "red").save(file, "JPEG")
    return file.getvalue()


def test_it_is_its_reporters_and_all_are_told(
    manager, fill, session, teacher, category, add_recipient, mails, mine
):
    teacher.email = "t0001@hhu.example"
    add_recipient("net@hhu.example", category)
    answer = manager._call(fill().submit, status=303)
    [request] = session.scalars(sa.select(RepairRequest))
    assert answer.location.endswith(f"/admin/repairs/requests/{request.id}/")
    assert (request.user_id, request.category_id, request.status, request.location) == (
        teacher.id,
        category.id,
        OPEN,
        "勤学楼 301",
    )
    subjects = [(mail.to_address, mail.subject) for mail in mails()]
    assert subjects == [
        ("net@hhu.example", "【新报修】网络：勤学楼 301"),
        ("t0001@hhu.example", "【报修已登记】勤学楼 301"),
    ]
    page = manager.get(answer.location)
    assert "已登记报修" in page.text
    step = page.html.select_one("#course ~ .timeline li").text
    assert "电话报修，代为登记" in step
    assert "王师傅" in step
    [own] = mine.get("/repairs/").json["results"]
    assert (own["id"], own["user"]) == (request.id, teacher.id)
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert entry.after == {
        "报修人": "t0001 褚杰",
        "地点": "勤学楼 301",
        "故障分类": "网络",
        "描述": "漏水",
    }


def test_photos_come_along_and_one_that_is_no_good_stops_nothing(
    manager, fill, session, store, browser, teacher
):
    form = fill()
    form["file"] = [Upload("a.jpg", jpeg()), Upload("b.jpg", b"no picture")]
    answer = manager._call(form.submit, status=303)
    page = manager.get(answer.location)
    assert "没有上传“b.jpg”" in page.text
    [photo] = session.scalars(sa.select(RepairPhoto))
    assert len(page.html.select(".repair-photos img")) == 1
    pages = browser.as_user(teacher)
    pages.get(f"/app/repairs/{photo.request_id}/photos/{photo.id}/small.jpg", status=200)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"user_id": ""}, "请选择报修人。"),
        ({"user_id": "999999999"}, "所选的记录不存在"),
        ({"location": " "}, "请填写地点。"),
        ({"location": "长" * 256}, "255"),
        ({"description": ""}, "请填写描述。"),
        ({"category_id": "999999999"}, "所选的记录不存在"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_stored(manager, fill, session, values, sentence):
    refused = manager._call(fill(**values).submit, status=400)
    assert sentence in refused.text
    assert session.scalar(sa.select(sa.func.count(RepairRequest.id))) == 0
    if "description" not in values:
        assert "漏水" in refused.text


def test_sent_twice_it_is_one(manager, fill, session, mails):
    form = fill()
    answers = [manager._call(form.submit, status=303).location for _ in range(2)]
    assert answers[0] == answers[1]
    assert session.scalar(sa.select(sa.func.count(RepairRequest.id))) == 1


def test_a_category_is_not_needed(manager, fill, session):
    manager._call(fill(category_id="").submit, status=303)
    assert session.scalars(sa.select(RepairRequest.category_id)).all() == [None]


def test_who_may_only_look_enters_nothing(browser, add_staff):
    viewer = browser.as_user(add_staff("repairs.view"))
    viewer.get(ADD, status=403)
    assert not viewer.get("/admin/repairs/requests/").html.select("a[data-key=n]")
