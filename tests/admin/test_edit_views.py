"""Forms: nothing is lost, nothing is overwritten unknowingly, times stay what they are."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hhu_base.admin.edit_conflicts import digest
from hhu_base.models import AuditEntry, Department, Group, User

ROOMS = "/admin/rooms/meetingrooms/"
USERS = "/admin/core/users/"


def audited(session) -> int:
    return session.scalar(sa.select(sa.func.count(AuditEntry.id)))


@pytest.mark.parametrize(
    "joined",
    [
        datetime(2020, 2, 22, 9, 2, tzinfo=UTC),
        datetime(2020, 2, 22, 9, 2, 3, tzinfo=UTC),
        datetime(2020, 2, 22, 9, 2, 3, 456789, tzinfo=UTC),
        datetime(2020, 2, 22, 16, 0, tzinfo=UTC),
        datetime(2020, 2, 22, 17, 0, 0, 1, tzinfo=UTC),
        # The clock of Shanghai had these hours twice.
        datetime(1990, 9, 15, 16, 30, tzinfo=UTC),
        datetime(1990, 9, 15, 17, 30, tzinfo=UTC),
    ],
)
def test_saving_an_untouched_form_changes_nothing(admin, add_user, session, joined):
    user = add_user(
        "t1",
        date_joined=joined,
        email=None,
        description=" 一行\r\n\n又一行 \n",
        post="\n",
        department_id=None,
    )
    before = {column.name: getattr(user, column.name) for column in User.__table__.columns}
    admin.submit(admin.get(f"{USERS}{user.id}/"))
    assert {name: getattr(user, name) for name in before} == before
    assert audited(session) == 0


def test_a_time_is_shown_and_read_in_the_zone_of_the_site(admin, add_user):
    user = add_user("t1", date_joined=datetime(2020, 2, 22, 9, 2, tzinfo=UTC))
    page = admin.get(f"{USERS}{user.id}/")
    assert admin.form(page)["date_joined"].value == "2020-02-22T17:02"
    admin.submit(page, date_joined="2020-02-23T08:30")
    assert user.date_joined == datetime(2020, 2, 23, 0, 30, tzinfo=UTC)


def test_two_people_do_not_overwrite_each_other(admin, browser, add_staff, add_room):
    room = add_room(label="投影")
    other = browser.as_user(add_staff("rooms.change"))
    mine, theirs = admin.get(f"{ROOMS}{room.id}/"), other.get(f"{ROOMS}{room.id}/")
    other.submit(theirs, seats_count="30", label="视频")

    page = admin.submit(mine, status=409, seats_count="40", name="102")
    assert (room.seats_count, room.label, room.name) == (30, "视频", "101")
    rows = [[c.text for c in tr.select("th, td")] for tr in page.html.select(".clash tbody tr")]
    assert rows == [
        ["座位数", "30", "40"],
        ["标签", "视频", "（没有改动，表单里已换成现在的内容）"],
    ]
    assert "staff 褚杰" in page.html.select_one(".clash").text
    form = admin.form(page)
    assert (form["seats_count"].value, form["label"].value) == ("40", "视频")

    admin.submit(page)
    assert (room.seats_count, room.label, room.name) == (40, "视频", "102")


def test_a_form_with_an_error_still_knows_what_it_has_seen(admin, add_room, session):
    room = add_room()
    page = admin.get(f"{ROOMS}{room.id}/")
    room.label = "新标签"
    page = admin.submit(page, status=400, seats_count="x")
    admin.submit(page, status=409, seats_count="11")
    assert room.label == "新标签"


def test_the_same_change_twice_is_no_clash(admin, add_room):
    room = add_room()
    first, second = admin.get(f"{ROOMS}{room.id}/"), admin.get(f"{ROOMS}{room.id}/")
    admin.submit(first, seats_count="30")
    admin.submit(second, seats_count="30")
    assert room.seats_count == 30


def test_digests_know_neither_line_ends_nor_order():
    assert digest("a\r\nb ", UTC) == digest("a\nb", UTC)
    assert digest([2, 1], UTC) == digest([1, 2], UTC)
    assert digest(None, UTC) == digest("", UTC)
    assert digest(True, UTC) != digest(False, UTC)


class TestUsers:
    def test_everything_is_saved(self, admin, session):
        department = Department(name="信息系")
        group = Group(name="会议室管理员")
        session.add_all([department, group])
        session.flush()
        page = admin.get(USERS + "add")
        form = admin.form(page)
        form["username"] = "t0300"
        form["last_name"] = "褚"
        form["email"] = "t0300@hhu.example"
        form["is_staff"] = True
        form["department_id"].force_value(str(department.id))
        form["groups"].force_value([str(group.id)])
        admin._call(form.submit, status=303)
        user = session.scalar(sa.select(User).where(User.username == "t0300"))
        assert (user.department_id, user.email) == (department.id, "t0300@hhu.example")
        assert (user.is_active, user.is_staff, user.is_superuser) == (True, True, False)
        assert [each.id for each in group.users] == [user.id]
        entry = session.scalar(sa.select(AuditEntry))
        assert entry.after["系所"] == "信息系"
        assert entry.after["用户组"] == "会议室管理员"

    def test_a_department_that_is_gone_is_said(self, admin):
        form = admin.form(admin.get(USERS + "add"))
        form["username"] = "t1"
        form["department_id"].force_value("999")
        page = admin._call(form.submit, status=400)
        assert "可能刚刚被删除" in page.text

    def test_the_staff_number_is_unique(self, admin, add_user):
        add_user("t1")
        page = admin.submit(admin.get(USERS + "add"), status=400, username="t1")
        assert "工号已经有人使用。" in page.text

    def test_no_hash_is_ever_shown_or_recorded(self, admin, add_user, session):
        user = add_user("t1", password="$argon2id$secret")
        page = admin.get(f"{USERS}do/reset-password?id={user.id}")
        admin.submit(page, new_password="a-new-password-1")
        admin.submit(admin.get(f"{USERS}delete?id={user.id}"))
        texts = [str((e.before, e.after)) for e in session.scalars(sa.select(AuditEntry))]
        assert len(texts) == 2
        assert not [text for text in texts if "argon2" in text or "a-new-password" in text]

    def test_an_action_for_several(self, admin, api, add_user, session):
        users = [add_user("t1"), add_user("t2"), add_user("t3", is_active=False)]
        client = api.as_user(users[0])
        query = "&".join(f"id={user.id}" for user in users)
        page = admin.get(f"{USERS}do/switch-off?{query}")
        assert "另有 1 位不适用" in page.text
        admin.submit(page)
        assert [user.is_active for user in users] == [False] * 3
        client.get("/current-user/", status=401)
        entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(e.action, e.row_id, e.after) for e in entries] == [
            ("停用", users[0].id, {"启用": "否"}),
            ("停用", users[1].id, {"启用": "否"}),
        ]

    def test_a_short_password_is_refused(self, admin, add_user):
        user = add_user("t1")
        page = admin.get(f"{USERS}do/reset-password?id={user.id}")
        admin.submit(page, status=400, new_password="short")
        assert user.password == ""


def choose(form, permission: str) -> None:
    """Choose this level in the row of its service."""
    rows = [field for name, (field, *_) in form.fields.items() if name and name[:4] == "row-"]
    (row,) = (row for row in rows if permission in [value for value, *_ in row.options])
    row.value = permission


def test_a_group_with_permissions_and_members(admin, add_user, session):
    users = [add_user("t1", is_staff=True), add_user("t2", is_staff=True)]
    form = admin.form(admin.get("/admin/core/groups/add"))
    form["name"] = "会议室管理员"
    choose(form, "rooms.change")
    form["users"].force_value([str(user.id) for user in users])
    admin._call(form.submit, status=303)
    group = session.scalar(sa.select(Group))
    assert [grant.permission for grant in group.grants] == ["rooms.change"]
    assert {user.id for user in group.users} == {user.id for user in users}

    form = admin.form(admin.get(f"/admin/core/groups/{group.id}/"))
    form["users"].force_value([str(users[1].id)])
    admin._call(form.submit, status=303)
    assert [user.id for user in group.users] == [users[1].id]
    assert [grant.permission for grant in group.grants] == ["rooms.change"]
    about_groups = sa.select(AuditEntry).where(AuditEntry.table_name == Group.__tablename__)
    entry = session.scalars(about_groups.order_by(AuditEntry.id.desc())).first()
    assert entry.before == {"成员": "t1 褚杰、t2 褚杰"}
    assert entry.after == {"成员": "t2 褚杰"}


def history_of(session, user):
    about = (AuditEntry.table_name == "core_users") & (AuditEntry.row_id == user.id)
    entries = session.scalars(sa.select(AuditEntry).where(about).order_by(AuditEntry.id))
    return [(entry.before, entry.after) for entry in entries]


def test_a_member_who_can_not_come_in_is_named_and_let_in_on_demand(admin, add_user, session):
    user = add_user("t1")
    form = admin.form(admin.get("/admin/core/groups/add"))
    form["name"] = "会议室管理员"
    choose(form, "rooms.change")
    form["users"].force_value([str(user.id)])
    page = admin._call(form.submit, status=400)
    assert "t1 褚杰还不是“工作人员”，进不了后台" in page.text
    assert not user.is_staff
    form = admin.form(page)
    form["make_staff"] = True
    admin._call(form.submit, status=303)
    assert user.is_staff
    assert history_of(session, user) == [
        ({"用户组": "", "工作人员": "否"}, {"用户组": "会议室管理员", "工作人员": "是"})
    ]


def test_a_change_of_groups_stands_in_the_history_of_the_person(admin, add_user, session):
    users = [add_user("t1", is_staff=True), add_user("t2", is_staff=True)]
    group = Group(name="会议室管理员", users=[users[0]])
    session.add(group)
    session.flush()
    form = admin.form(admin.get(f"/admin/core/groups/{group.id}/"))
    form["users"].force_value([str(users[1].id)])
    admin._call(form.submit, status=303)
    assert history_of(session, users[0]) == [({"用户组": "会议室管理员"}, {"用户组": ""})]
    assert history_of(session, users[1]) == [({"用户组": ""}, {"用户组": "会议室管理员"})]
    admin.submit(admin.get(f"/admin/core/groups/delete?id={group.id}"))
    assert history_of(session, users[1])[1] == ({"用户组": "会议室管理员"}, {"用户组": ""})


def test_a_member_of_a_group_stays_inside_the_door(admin, add_user, session):
    user = add_user("t1", is_staff=True)
    session.add(Group(name="会议室管理员", users=[user]))
    session.flush()
    page = admin.get(f"{USERS}{user.id}/")
    form = admin.form(page)
    form["is_staff"] = False
    page = admin._call(form.submit, status=400)
    assert "或者清空“用户组”" in page.text
    form = admin.form(page)
    form["groups"].force_value([])
    admin._call(form.submit, status=303)
    assert not user.is_staff


def test_no_field_takes_the_focus_by_a_word_that_means_no(admin, add_user, session, app):
    add_user("t1")
    for table in app.registry["admin.tables"].values():
        page = admin.get(table.path + "add", status="*")
        assert 'autofocus="False"' not in page.text
        assert len(page.html.select("main [autofocus]") if page.status_int == 200 else []) <= 1


def test_what_a_form_is_given_for_one_page_stays_out_of_all_others(admin, app, add_room):
    """Colander gives all forms of a class the same fields, also of those made at the same time."""

    def declared() -> dict[str, dict]:
        return {
            f"{each.table}.{node.name}": dict(vars(node))
            for each in app.registry["admin.tables"].values()
            for node in each.schema().children
            if each.schema()[node.name] is node
        }

    add_room()
    before = declared()
    for plugin, table in app.registry["admin.tables"]:
        admin.get(f"/admin/{plugin}/{table}/add/", status="*")
    assert declared() == before
