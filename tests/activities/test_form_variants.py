"""Fields that fill themselves in, fields with a condition, files, and the deadline."""

import io
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.documents.file_store import FileStore
from hhu_base.documents.uploads import UploadSettings
from hhu_base.models import Department
from hhu_base.values.refusal import Refusal
from hhu_plugins.activities import enrollments, form_files, tasks
from hhu_plugins.activities.answers import BadAnswers, clean
from hhu_plugins.activities.forms import FormError, parse_form
from hhu_plugins.activities.models import Enrollment, FormFile

from .conftest import HOUR

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
STAY = {"type": "radio", "required": True, "choices": ["是", "否"]}
TRIP = {
    "姓名": {"type": "text", "required": True, "fill": "fullname"},
    "住宿": STAY,
    "酒店": {"type": "text", "required": True, "when": {"field": "住宿", "is": "是"}},
    "早餐": {
        "type": "checkbox",
        "choices": ["中式", "西式"],
        "when": {"field": "住宿", "is": "是"},
    },
    "咖啡": {"type": "text", "when": {"field": "早餐", "is": "西式"}},
    "证明": {"type": "file"},
}
FORM = parse_form(TRIP)


@pytest.fixture
def files(app, tmp_path, monkeypatch) -> UploadSettings:
    settings = UploadSettings(FileStore(tmp_path / "files"), ("png", "pdf"), 1000)
    monkeypatch.setitem(app.registry, "activities.uploads", settings)
    return settings


@pytest.fixture
def send(session, files):
    """``send(activity, user, "证明", "一.png")``: the file that is kept."""

    def send(activity, user, field="证明", name="一.png", content=PNG) -> FormFile:
        return form_files.keep(
            session,
            files,
            io.BytesIO(content),
            name,
            activity_id=activity.id,
            user_id=user.id,
            field=field,
        )

    return send


@pytest.fixture
def enroll(session, now):
    """As the teachers' page does it; ``ids``: field → id of a file that was sent."""

    def enroll(activity, user, answers, **ids) -> dict:
        own = form_files.own(session, ids, activity_id=activity.id, user_id=user.id)
        outcome = enrollments.enroll(
            session, activity_id=activity.id, user_id=user.id, answers=answers, now=now, files=own
        )
        return session.get(Enrollment, outcome.enrollment_id).participating_metas

    return enroll


def test_a_form_with_all_that_is_new_is_stored_as_it_was_read():
    assert parse_form(FORM) == FORM
    assert FORM["酒店"]["when"] == {"field": "住宿", "is": "是"}
    assert FORM["姓名"]["fill"] == "fullname"


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"a": {"type": "text", "when": {"field": "b", "is": "是"}}, "b": STAY}, "前面某个单选"),
        ({"b": STAY, "a": {"type": "text", "when": {"field": "b", "is": "也许"}}}, "前面某个单选"),
        ({"b": {"type": "text"}, "a": {"type": "text", "when": {"field": "b", "is": "x"}}}, "单选"),
        ({"b": STAY, "a": {"type": "text", "when": "b"}}, "显示条件（when）应写成"),
        ({"b": STAY, "a": {"type": "text", "when": {"field": "b"}}}, "显示条件（when）应写成"),
        ({"a": {"type": "number", "fill": "phone"}}, "自动填写（fill）只用于单行文字"),
        ({"a": {"type": "text", "fill": "password_hash"}}, "自动填写（fill）只用于单行文字"),
        ({"a": {"type": "file", "default": "x"}}, "文件没有默认值"),
        ({"a": {"type": "file", "choices": ["x"]}}, "只有单选和多选才有选项"),
    ],
)
def test_what_makes_no_sense_is_refused(form, problem):
    with pytest.raises(FormError, match=problem.replace("（", "（")):
        parse_form(form)


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ({"住宿": "否", "酒店": "河海"}, {"住宿": "否"}),
        ({"住宿": "是", "酒店": "河海"}, {"住宿": "是", "酒店": "河海", "早餐": []}),
        (
            {"住宿": "是", "酒店": "河海", "早餐": ["西式"], "咖啡": "黑"},
            {"住宿": "是", "酒店": "河海", "早餐": ["西式"], "咖啡": "黑"},
        ),
        # What depends on a field that is not asked is not asked either.
        ({"住宿": "否", "早餐": ["西式"], "咖啡": "黑"}, {"住宿": "否"}),
    ],
)
def test_only_what_is_asked_is_answered(given, cleaned):
    found = clean(FORM, {"姓名": "褚杰", **given}, {})
    assert found == {"姓名": "褚杰", **cleaned, "证明": ""}


def test_what_is_asked_under_a_condition_may_be_required():
    with pytest.raises(BadAnswers, match="必填项酒店不得为空"):
        clean(FORM, {"姓名": "褚杰", "住宿": "是"})


def test_old_clients_see_the_fields_without_conditions_and_their_own_card(
    mine, teacher, session, add_activity
):
    teacher.department = Department(name="信息系")
    form = {**TRIP, "系所": {"type": "text", "fill": "department"}}
    activity = add_activity(form=form)
    shown = json.loads(mine.get(f"/activities/{activity.id}/").json["form_metas"])
    assert list(shown) == ["姓名", "住宿", "酒店", "早餐", "咖啡", "系所"]
    assert shown["姓名"] == {"type": "text", "required": True, "default": teacher.fullname}
    assert shown["系所"]["default"] == "信息系"
    # Nobody can be made to name a hotel who does not stay.
    assert shown["酒店"] == {"type": "text", "required": False, "default": ""}
    listed = mine.get("/activities/").json["results"][0]
    assert json.loads(listed["form_metas"]) == shown
    body = {"activity": activity.id, "participating_metas": json.dumps({"住宿": "否"})}
    wrong = {"activity": activity.id, "participating_metas": json.dumps({"住宿": "是"})}
    refused = mine.post("/enrollments/", wrong, status=400).json
    assert refused["non_field_errors"] == ["必填项姓名不得为空。（字段：姓名）"]
    body["participating_metas"] = json.dumps({"姓名": teacher.fullname, "住宿": "否"})
    answer = mine.post("/enrollments/", body, status=201).json
    assert json.loads(answer["participating_metas"])["系所"] == "信息系"


def test_a_required_file_keeps_the_form_from_old_clients_with_a_sentence(mine, add_activity):
    activity = add_activity(form={**TRIP, "证明": {"type": "file", "required": True}})
    sentence = "报名需要上传文件（证明），请用浏览器打开教师页面报名。"
    shown = json.loads(mine.get(f"/activities/{activity.id}/").json["form_metas"])
    assert shown == {sentence: {"type": "text", "required": False, "default": ""}}
    answers = json.dumps({"姓名": "褚杰", "住宿": "否", "证明": {"file": 1, "name": "x"}})
    body = {"activity": activity.id, "participating_metas": answers}
    refused = mine.post("/enrollments/", body, status=400).json
    assert refused == {"non_field_errors": [sentence]}


def test_a_file_that_was_sent_is_part_of_the_answers(
    enroll, send, add_activity, teacher, session, mine, admin, files
):
    activity = add_activity(form={"证明": {"type": "file", "required": True}})
    with pytest.raises(Refusal, match="请上传“证明”"):
        enroll(activity, teacher, {})
    file = send(activity, teacher)
    answers = enroll(activity, teacher, {}, 证明=file.id)
    assert answers == {"证明": {"file": file.id, "name": "一.png"}}
    session.expire_all()
    assert file.is_used
    listed = mine.get("/enrollments/").json["results"][0]
    assert json.loads(listed["participating_metas"]) == {"证明": "一.png"}
    page = admin.get(f"/admin/activities/enrollments/?activity={activity.id}")
    assert "一.png" in page.text
    row = session.scalars(sa.select(Enrollment)).one()
    page = admin.get(f"/admin/activities/enrollments/{row.id}/")
    answer = admin.get(page.html.select_one("a[download]")["href"])
    assert answer.body == PNG
    assert answer.content_type == "image/png"
    admin.get(f"/admin/activities/enrollments/{row.id}/files/{file.id + 1}", status=404)
    # The office saves the other answers without losing it.
    admin.submit(page)
    assert row.participating_metas == answers


def test_nobody_answers_with_the_file_of_another_or_of_another_field(
    enroll, send, add_activity, teacher, add_user
):
    form = {"证明": {"type": "file"}, "照片": {"type": "file"}}
    activity, other = add_activity(form=form), add_activity("秋游", form=form)
    foreign = send(activity, add_user("t0002"))
    elsewhere = send(other, teacher)
    answers = enroll(activity, teacher, {}, 证明=foreign.id, 照片=elsewhere.id)
    assert answers == {"证明": "", "照片": ""}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("一.exe", PNG, "不接受 .exe 文件"),
        ("一.pdf", PNG, "文件的内容与扩展名 .pdf 不符。"),
        ("一.png", b"", "文件是空的。"),
        ("一.png", PNG + b"\0" * 1000, "文件不能超过 1000 字节。"),
    ],
)
def test_files_are_checked_as_guides_are(send, add_activity, teacher, files, name, content, said):
    activity = add_activity(form=TRIP)
    with pytest.raises(Refusal, match=said):
        send(activity, teacher, name=name, content=content)
    assert not list(files.store.digests())


def test_files_are_only_taken_for_fields_of_that_kind_and_not_without_end(
    send, add_activity, teacher
):
    activity = add_activity(form=TRIP)
    for field in ("姓名", "没有"):
        with pytest.raises(Refusal, match="报名表单已经改变"):
            send(activity, teacher, field)
    for _ in range(form_files.MOST_WAITING):
        send(activity, teacher)
    with pytest.raises(Refusal, match="上传的文件太多"):
        send(activity, teacher)


def test_what_nobody_named_is_swept_away_and_what_is_needed_stays(
    send, enroll, add_activity, teacher, session, files, app
):
    activity = add_activity(form=TRIP)
    kept = send(activity, teacher, content=PNG)
    unused = send(activity, teacher, content=PNG + b"1")
    fresh = send(activity, teacher, content=PNG + b"2")
    enroll(activity, teacher, {"姓名": "褚杰", "住宿": "否"}, 证明=kept.id)
    old = sa.func.now() - timedelta(days=2)
    session.execute(
        sa.update(FormFile).where(FormFile.id.in_([kept.id, unused.id])).values(created_at=old)
    )
    sweep = type("Request", (), {"db": session, "registry": app.registry})
    tasks.sweep_files(sweep)
    assert set(session.scalars(sa.select(FormFile.id))) == {kept.id, fresh.id}
    assert set(files.store.digests()) == {kept.digest, fresh.digest}
    session.execute(sa.delete(Enrollment))
    tasks.sweep_files(sweep)
    assert set(session.scalars(sa.select(FormFile.id))) == {fresh.id}


def test_after_the_deadline_nobody_enrolls(mine, add_activity, now):
    closed = add_activity(enroll_until=now - HOUR)
    open_ = add_activity("秋游", enroll_until=now + HOUR)
    body = {"activity": closed.id, "participating_metas": "{}"}
    said = "报名已经截止。"
    assert mine.post("/enrollments/", body, status=400).json == {
        "activity": [said],
        "non_field_errors": [said],
    }
    mine.post("/enrollments/", body | {"activity": open_.id}, status=201)
