"""Who sees and changes what: every page for every role."""

import pytest
import sqlalchemy as sa

from hhu_plugins.rooms.models import Meetingroom

ROOMS = "/admin/rooms/meetingrooms/"
USERS = "/admin/core/users/"
GROUPS = "/admin/core/groups/"
MAILS = "/admin/core/mails/"
AUDIT = "/admin/core/audit/"

# The roles: what the groups of a member of the staff allow; None: no member of the staff.
ROLES = {
    "nobody": None,
    "teacher": None,
    "staff": (),
    "rooms.view": ("rooms.view",),
    "rooms.change": ("rooms.change",),
    "core.view": ("core.view",),
    "core.change": ("core.change",),
    "superuser": None,
}
ALL = set(ROLES)
SIGNED_IN = ALL - {"nobody"}
SEE_ROOMS = {"rooms.view", "rooms.change", "superuser"}
CHANGE_ROOMS = {"rooms.change", "superuser"}
SEE_CORE = {"core.view", "core.change", "superuser"}
CHANGE_CORE = {"core.change", "superuser"}
SUPERUSER = {"superuser"}

PAGES = {
    "/admin/sign-in": ALL,
    "/admin/": SIGNED_IN,
    "/admin/password": SIGNED_IN,
    ROOMS: SEE_ROOMS,
    ROOMS + "{room}/": SEE_ROOMS,
    ROOMS + "export.csv": SEE_ROOMS,
    ROOMS + "export.xlsx": SEE_ROOMS,
    ROOMS + "options": SEE_ROOMS,
    ROOMS + "add": CHANGE_ROOMS,
    ROOMS + "delete?id={room}": CHANGE_ROOMS,
    USERS: SEE_CORE,
    USERS + "{user}/": SEE_CORE,
    USERS + "add": CHANGE_CORE,
    USERS + "delete?id={user}": CHANGE_CORE,
    USERS + "do/reset-password?id={user}": CHANGE_CORE,
    "/admin/core/departments/": SEE_CORE,
    "/admin/core/departments/add": CHANGE_CORE,
    # Whoever says of a room which departments may book it looks for them there.
    "/admin/core/departments/options": SEE_CORE | CHANGE_ROOMS,
    GROUPS: SUPERUSER,
    GROUPS + "add": SUPERUSER,
    # Whoever says of a room who approves its reservations looks for the group there.
    GROUPS + "options": SUPERUSER | CHANGE_ROOMS,
    AUDIT: SEE_CORE,
}


@pytest.fixture
def become(browser, add_user, add_staff, superuser, teacher):
    def become(role: str):
        if role == "nobody":
            return browser
        if role in ("teacher", "superuser"):
            return browser.as_user(teacher if role == "teacher" else superuser)
        return browser.as_user(add_staff(*ROLES[role]))

    return become


@pytest.mark.parametrize("role", ROLES)
def test_every_page(become, role, add_room, add_user):
    ids = {"room": add_room().id, "user": add_user("t7").id}
    client = become(role)
    for path, allowed in PAGES.items():
        if role in allowed:
            expected = 303 if path == "/admin/sign-in" and role != "nobody" else 200
        else:
            expected = 303 if role == "nobody" else 403
        answer = client.get(path.format(**ids), status="*")
        assert answer.status_code == expected, (role, path)


@pytest.mark.parametrize("role", ROLES)
def test_every_change(become, role, add_room, add_user, session):
    room, user = add_room(), add_user("t7")
    client = become(role)
    token = client.form(client.get("/admin/sign-in" if role == "nobody" else "/admin/password"))
    csrf = {"csrf_token": token["csrf_token"].value}
    room_id = str(room.id)
    changes = {
        f"{ROOMS}{room.id}/": CHANGE_ROOMS,
        f"{ROOMS}add": CHANGE_ROOMS,
        f"{USERS}{user.id}/": CHANGE_CORE,
        f"{GROUPS}add": SUPERUSER,
    }
    for path, allowed in changes.items():
        answer = client.post(path, csrf, status="*")
        # What is missing is said to who may change it.
        expected = 400 if role in allowed else 303 if role == "nobody" else 403
        assert answer.status_code == expected, (role, path)
    deleted = client.post(f"{ROOMS}delete", csrf | {"id": room_id}, status="*")
    assert deleted.status_code == (303 if role in CHANGE_ROOMS | {"nobody"} else 403)
    left = session.scalar(sa.select(sa.func.count(Meetingroom.id)))
    assert left == (0 if role in CHANGE_ROOMS else 1)


BOOK = "/admin/rooms/book/"
ROOM_PAGES = [
    "/admin/rooms/calendar/",
    "/admin/rooms/conflicts/",
    "/admin/rooms/reservations/",
    "/admin/rooms/asks/",
    ROOMS,
    "/admin/rooms/equipment/",
    "/admin/rooms/hours/",
    "/admin/rooms/closures/",
    "/admin/rooms/terms/",
]


@pytest.mark.parametrize(
    ("role", "lines"),
    [
        ("teacher", []),
        ("staff", []),
        ("rooms.view", ROOM_PAGES),
        ("core.view", [USERS, "/admin/core/departments/", MAILS, AUDIT]),
        # To look at, there is nothing in 预约会议室.
        (
            "superuser",
            [
                ROOM_PAGES[0],
                BOOK,
                *ROOM_PAGES[1:],
                USERS,
                "/admin/core/departments/",
                GROUPS,
                "/admin/core/rights/",
                MAILS,
                AUDIT,
            ],
        ),
    ],
)
def test_the_menu_shows_what_may_be_seen(become, role, lines):
    page = become(role).get("/admin/")
    shown = [a["href"] for a in page.html.select("#side .menu ul a")]
    # Of the plugins, the rooms stand for all.
    assert [path for path in shown if path.startswith(("/admin/core/", "/admin/rooms/"))] == lines


def test_who_may_only_look_has_nothing_to_press(become, add_room):
    room = add_room()
    client = become("rooms.view")
    page = client.get(f"{ROOMS}{room.id}/")
    assert page.html.select_one("fieldset[disabled]")
    assert not page.html.select("main button[type=submit]")
    assert not client.get(ROOMS).html.select("main input[name=id], a[href$=add]")


def test_groups_mean_nothing_without_the_door(browser, add_staff, session):
    user = add_staff("rooms.change")
    client = browser.as_user(user)
    client.get(ROOMS)
    user.is_staff = False
    client.get(ROOMS, status=403)


def test_nobody_makes_himself_a_superuser(become, add_user):
    user = add_user("t7")
    client = become("core.change")
    page = client.get(f"{USERS}{user.id}/")
    assert "is_superuser" not in client.form(page).fields
    form = client.form(page)
    client.post(
        f"{USERS}{user.id}/",
        {**dict(form.submit_fields()), "is_superuser": "true", "is_staff": "true"},
    )
    assert not user.is_superuser
    assert not user.is_staff


def test_only_superusers_touch_the_accounts_of_the_staff(become, superuser, session):
    client = become("core.change")
    page = client.get(f"{USERS}{superuser.id}/")
    assert "只有超级管理员可以修改" in page.text
    csrf = client.form(page)["csrf_token"].value
    before = superuser.password
    for path in (f"{USERS}{superuser.id}/", f"{USERS}delete", f"{USERS}do/reset-password"):
        client.post(
            path,
            {"csrf_token": csrf, "id": str(superuser.id), "new_password": "taken-over-1"},
            status="*",
        )
    session.expire_all()
    assert superuser.password == before
