"""教师 from a table: the pages before and after, and the worker between them."""

import io

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from pyramid.scripting import prepare
from webtest import Upload

from hhu_base.accounts.import_export import jobs, tasks, views
from hhu_base.models import AuditEntry, Department, PeopleImport, User
from hhu_base.values.spreadsheets import write_table

IMPORT = "/admin/core/users/import"
GOOD = "An-initial-pass-2026"
HEADER = ("工号", "姓氏", "名字", "系所", "初始密码", "职位", "星座")


def table(*rows) -> Upload:
    return Upload("教师.csv", write_table("a.csv", HEADER, rows), "text/csv")


@pytest.fixture
def work(app, sessions, session):
    """Do what the worker does."""

    def run() -> None:
        session.flush()
        with prepare(registry=app.registry) as env:
            request = env["request"]
            request.environ["hhu.sessions"] = sessions
            with request.tm:
                tasks.run_imports(request)
        session.expire_all()

    return run


def upload(browser, file: Upload):
    """The page with the plan."""
    return browser.submit(browser.get(IMPORT), file=file).follow()


def tally(page) -> list[str]:
    return [" ".join(item.text.split()) for item in page.html.select(".tally li")]


def find(session, username: str) -> User | None:
    return session.scalar(sa.select(User).where(User.username == username))


def test_from_the_file_to_the_people(admin, session, work, app, add_user):
    add_user("t1", last_name="张", first_name="三", post="讲师")
    add_user("t2", last_name="李", first_name="四")
    page = upload(
        admin,
        table(
            ("t1", "张", "三", "信息系", "not-used-2026", "教授", "狮子"),
            ("t2", "李", "四"),
            ("t3", "王", "五", "信息系", GOOD),
            ("t4", "赵", "六"),
        ),
    )
    assert tally(page) == ["0 行有误", "2 人新增", "1 人修改", "1 人不变"]
    for words in (
        "将新建系所：信息系",
        "不认识的列，不会导入：星座",
        "1 人没有初始密码",
        "1 人的初始密码不会使用",
        "<del>讲师</del>",
        "<ins>教授</ins>",
    ):
        assert words in page.text
    assert GOOD not in page.text
    assert find(session, "t3") is None

    page = admin.submit(page).follow()
    assert "正在等待后台处理" in page.text
    work()
    page = admin.get(page.request.path)
    assert "新增 <strong>2</strong> 人，修改 <strong>1</strong> 人" in page.text
    new = find(session, "t3")
    assert (new.fullname, new.department.name) == ("王五", "信息系")
    assert app.registry["passwords"].verify(new.password, GOOD)
    assert find(session, "t1").post == "教授"
    assert find(session, "t4").password == ""
    # The passwords that somebody has typed are gone.
    assert session.scalar(sa.select(PeopleImport.people)) is None


def test_each_person_tells_who_has_imported_him(admin, superuser, session, work, add_user):
    add_user("t1", last_name="张", post="讲师")
    admin.submit(
        upload(admin, table(("t1", "张", "", "信息系", "", "教授"), ("t2", "李", "", "", GOOD)))
    )
    work()
    entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert {entry.actor_id for entry in entries} == {superuser.id}
    assert [(e.action, e.row_label, e.before, e.after) for e in entries] == [
        ("导入新增", "信息系", {}, {"名称": "信息系"}),
        ("导入新增", "t2 李", {}, {"姓氏": "李", "密码": "***"}),
        ("导入修改", "t1 张杰", {"职位": "讲师"}, {"系所": "信息系", "职位": "教授"}),
    ]
    page = admin.get(f"/admin/core/users/{find(session, 't1').id}/")
    assert "导入修改" in page.text


def test_bad_rows_are_named_and_nothing_can_be_applied(admin, session, work):
    page = upload(admin, table(("", "张"), ("t2", "李", "四", "", "123"), ("t3", "王")))
    assert tally(page)[0] == "2 行有误"
    rows = [
        [cell.text for cell in row.select("td")]
        for row in page.html.select_one("section[aria-labelledby=bad]").select("tbody tr")
    ]
    assert rows[0] == ["第 2 行", "—", "没有工号"]
    assert rows[1][:2] == ["第 3 行", "t2"]
    assert rows[1][2].startswith("初始密码：密码长度太短")
    assert not page.html.select("button[type=submit].btn-primary")
    # And not by hand, either.
    job = session.scalars(sa.select(PeopleImport)).one()
    plan = jobs.make_plan(session, jobs.people_of(job), job.user_id, True)
    agreed = {"csrf_token": admin.form(page)["csrf_token"].value, "agreed": jobs.digest(plan)}
    admin.post(page.request.path, agreed)
    work()
    assert find(session, "t3") is None
    assert session.scalar(sa.select(PeopleImport.state)) == "shown"


def test_bad_rows_are_mended_in_a_file_while_the_others_come_in(admin, session, work):
    page = upload(admin, table(("t1", "张", "三", "信息系"), ("t2", "李", "四", "", "123")))
    link = page.html.select_one("a[href$='bad.xlsx']")["href"]
    content = admin.get(link).body
    header, *rows = load_workbook(io.BytesIO(content)).active.values
    assert header[:4] == ("有误的原因", "工号", "姓氏", "名字")
    assert [row[1:4] for row in rows] == [("t2", "李", "四")]
    assert rows[0][0].startswith("初始密码：密码长度太短")
    assert "123" not in rows[0]
    admin.submit(page)
    work()
    assert find(session, "t1") is not None
    assert find(session, "t2") is None
    mended = [header, *([*row[:6], GOOD, *row[7:]] for row in rows)]
    file = write_table(
        "a.xlsx", mended[0], [["" if c is None else c for c in r] for r in mended[1:]]
    )
    page = upload(admin, Upload("a.xlsx", file))
    assert tally(page)[:2] == ["0 行有误", "1 人新增"]
    assert "不认识的列" not in page.text
    admin.submit(page)
    work()
    assert find(session, "t2").password


def test_what_was_shown_is_what_is_done_or_nothing(admin, session, work, add_user):
    user = add_user("t1", post="讲师")
    page = admin.submit(upload(admin, table(("t1", "", "", "", "", "教授"), ("t2", "李")))).follow()
    user.post = "副教授"
    work()
    page = admin.get(page.request.path)
    assert "预演之后有人改动了用户" in page.text
    assert "<del>副教授</del>" in page.text
    assert find(session, "t2") is None
    admin.submit(page)
    work()
    assert find(session, "t2").last_name == "李"
    assert find(session, "t1").post == "教授"


def test_done_once_however_often_it_is_asked_for(admin, session, work):
    page = upload(admin, table(("t1", "张")))
    admin.submit(page)
    admin.submit(page)
    work()
    work()
    admin.submit(page)  # from an old tab
    work()
    assert session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 1


def test_an_import_whose_worker_died_is_taken_up_again(admin, session, work):
    admin.submit(upload(admin, table(("t1", "张"))))
    session.execute(sa.update(PeopleImport).values(beat_at=sa.func.now()))
    work()
    assert find(session, "t1") is None  # somebody is at it
    late = sa.func.now() - sa.text("interval '2 minutes'")
    session.execute(sa.update(PeopleImport).values(beat_at=late))
    work()
    assert find(session, "t1") is not None


def test_no_initial_password_is_kept_until_somebody_agrees(admin, session, work, app, add_user):
    """What is kept is in backups."""
    add_user("t1")
    page = upload(
        admin,
        table(
            ("t1", "张", "", "", "Not-used-2026"),
            ("t2", "李", "", "", GOOD),
            ("t3", "王", "", "", GOOD),
        ),
    )
    kept = session.scalar(sa.select(sa.cast(PeopleImport.people, sa.Text)))
    assert GOOD not in kept
    assert "Not-used-2026" not in kept
    assert "1 人的初始密码不会使用" in page.text
    admin.submit(page)
    work()
    hashes = [find(session, username).password for username in ("t2", "t3")]
    assert hashes[0] != hashes[1]
    assert all(app.registry["passwords"].verify(each, GOOD) for each in hashes)
    assert find(session, "t1").password == ""


def test_a_bad_password_stays_bad_though_nobody_keeps_it(admin, session):
    page = upload(admin, table(("t2", "李", "四", "", "123"), ("t3", "王")))
    for page_again in (page, admin.get(page.request.path)):
        assert tally(page_again)[0] == "1 行有误"
        assert "初始密码：密码长度太短" in page_again.text
    assert "123" not in session.scalar(sa.select(sa.cast(PeopleImport.people, sa.Text)))


def test_who_vanished_meanwhile_comes_back_without_a_password(admin, session, work, add_user):
    user = add_user("t1", last_name="张")
    page = upload(admin, table(("t1", "张", "三", "", GOOD)))
    session.delete(user)
    page = admin.get(page.request.path)
    assert "1 人没有初始密码" in page.text
    admin.submit(page)
    work()
    assert find(session, "t1").password == ""


def test_so_many_initial_passwords_at_once_and_no_more(admin, session, monkeypatch):
    monkeypatch.setattr(views, "MAX_PASSWORDS", 1)
    file = table(("t1", "张", "", "", GOOD), ("t2", "李", "", "", GOOD))
    page = admin.submit(admin.get(IMPORT), status=400, file=file)
    assert "一次最多为 1 名新用户设置初始密码" in page.text
    assert session.scalar(sa.select(sa.func.count(PeopleImport.id))) == 0


def test_a_number_that_has_lost_its_zeros_is_told_before_it_comes_in(admin, add_user):
    add_user("00123", phone="02583780000")
    add_user("00456", phone="02583780000")
    rows = [("工号", "手机"), ("123", ""), ("00456", "2583780000")]
    page = upload(admin, Upload("a.csv", write_table("a.csv", rows[0], rows[1:])))
    assert tally(page)[:3] == ["0 行有误", "1 人新增", "1 人修改"]
    assert "第 2 行：工号 123 与 00123 只差开头的 0" in page.text
    assert "第 3 行：手机 2583780000 与现有的 02583780000 只差开头的 0" in page.text


def test_an_unexpected_error_is_told_and_can_be_tried_again(admin, session, work, monkeypatch):
    page = admin.submit(upload(admin, table(("t1", "张")))).follow()
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "apply", lambda *_: 1 / 0)
        work()
    page = admin.get(page.request.path)
    assert "意外错误" in page.text
    admin.submit(page)
    work()
    assert find(session, "t1") is not None


def test_nothing_to_do(admin, add_user):
    add_user("t1", last_name="张", first_name="三")
    page = upload(admin, table(("t1", "张", "三")))
    assert "没有需要导入的" in page.text
    assert not page.html.select("button[type=submit].btn-primary")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("", "请先选择一个文件。"),
        (Upload("a.csv", b"", "text/csv"), "文件是空的。"),
        (Upload("a.xlsx", b"PK\3\4 no archive"), "这不是 XLSX 文件，或者已经损坏。"),
        (Upload("a.xls", b"\xd0\xcf\x11\xe0 old"), "另存为 .xlsx"),
        (Upload("a.csv", "姓名,电话\n张三,1".encode()), "没有名为“工号”的列"),
        (Upload("a.csv", "工号,姓氏\n".encode()), "只有标题行"),
        (Upload("a.csv", "工号,工号\n1,2".encode()), "出现了 2 次"),
    ],
    ids=["none", "empty", "broken", "xls", "no header", "nobody", "twice"],
)
def test_what_is_no_table_is_refused_in_a_sentence(admin, session, file, sentence):
    page = admin.submit(admin.get(IMPORT), status=400, file=file)
    assert sentence in page.html.select_one("#file-error").text
    assert session.scalar(sa.select(sa.func.count(PeopleImport.id))) == 0


def test_a_file_that_is_too_large(admin, monkeypatch):
    monkeypatch.setattr(views, "MAX_BYTES", 50)
    page = admin.submit(admin.get(IMPORT), status=400, file=table(*[("t1", "张")] * 9))
    assert "文件超过" in page.html.select_one("#file-error").text


def test_texts_that_would_like_to_be_code(admin):
    evil = "<script>alert(1)</script>"
    file = Upload(f"../{evil}\0.csv", f"工号,姓氏,{evil}\nt1,{evil},x\n{evil} x,y\n".encode())
    page = upload(admin, file)
    assert evil not in page.text
    assert "&lt;script&gt;" in page.text


def test_only_for_those_who_may_change_people(browser, add_staff):
    viewer = browser.as_user(add_staff("core.view"))
    viewer.get(IMPORT, status=403)
    viewer.get(IMPORT + "/template.xlsx", status=403)
    assert "import" not in viewer.get("/admin/core/users/").text
    viewer.get("/admin/core/users/everybody.xlsx")
    stranger = browser.as_user(add_staff("rooms.change", username="rooms"))
    stranger.get(IMPORT, status=403)
    stranger.get("/admin/core/users/everybody.csv", status=403)


def test_an_upload_belongs_to_who_has_made_it(admin, browser, add_staff):
    path = upload(admin, table(("t1", "张"))).request.path
    other = browser.as_user(add_staff("core.change"))
    assert other.get(path, status=303).location.endswith(IMPORT)
    page = other.get(IMPORT)
    assert "已经过期" in page.text
    token = browser.form(page)["csrf_token"].value
    other.post(path, {"csrf_token": token, "agreed": "x"})
    other.get(f"{IMPORT}/{'9' * 30}/", status=303)


def test_staff_is_protected_from_who_is_no_superuser(browser, add_staff, superuser, session):
    page = upload(
        browser.as_user(add_staff("core.change")),
        table(("root", "冒", "名"), ("staff", "我", "自己"), ("t1", "张")),
    )
    assert tally(page)[:3] == ["1 行有误", "1 人新增", "1 人修改"]
    assert "只有超级管理员可以修改" in page.text


def test_forgotten_uploads_vanish(admin, session, work):
    page = upload(admin, table(("t1", "张", "", "", GOOD)))
    late = sa.func.now() - sa.text("interval '61 minutes'")
    session.execute(sa.update(PeopleImport).values(created_at=late))
    work()
    assert session.scalar(sa.select(sa.func.count(PeopleImport.id))) == 0
    assert admin.get(page.request.path, status=303).location.endswith(IMPORT)


def test_the_template_is_a_table_whose_example_comes_in_by_no_mistake(admin, session):
    answer = admin.get(IMPORT + "/template.xlsx")
    sheet = load_workbook(io.BytesIO(answer.body)).active
    assert [cell.value for cell in sheet[1]][:2] == ["工号", "姓氏"]
    page = upload(admin, Upload("t.xlsx", answer.body))
    assert "示例 请删除这一行" in page.text
    assert tally(page)[:2] == ["1 行有误", "0 人新增"]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_is_exported_changes_nothing_when_it_comes_back(admin, session, add_user, kind):
    department = Department(name="=信息系")
    session.add(department)
    add_user("007", last_name="-欧阳", phone="+86 154", department=department, description="a\nb")
    answer = admin.get(f"/admin/core/users/everybody.{kind}")
    assert "attachment" in answer.headers["Content-Disposition"]
    page = upload(admin, Upload(f"t.{kind}", answer.body))
    assert tally(page) == ["0 行有误", "0 人新增", "0 人修改", "2 人不变"]


@pytest.mark.parametrize("loss", ["is_active", "is_staff", "is_superuser"])
def test_who_has_lost_the_right_since_brings_nobody_in(admin, superuser, session, work, loss):
    page = upload(admin, table(("t9", "张", "三")))
    admin.submit(page)
    setattr(superuser, loss, False)
    work()
    assert find(session, "t9") is None
    job = session.scalar(sa.select(PeopleImport))
    assert (job.state, job.problem) == ("shown", tasks._NOT_ALLOWED)


def test_who_is_in_a_group_that_may_brings_them_in(browser, add_staff, session, work):
    staff = browser.as_user(add_staff("core.change"))
    staff.submit(upload(staff, table(("t9", "张", "三"))))
    work()
    assert find(session, "t9") is not None
