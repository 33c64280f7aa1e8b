"""Who fuzzes, and what there is to be fuzzed: a small college with one of everything."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from hhu_base.accounts import tokens
from hhu_base.accounts.password_hashes import hash_password
from hhu_base.models import Department, Group, GroupPermission, User
from hhu_plugins.activities.forms import parse_form
from hhu_plugins.activities.models import Activity, ClockinItem, Enrollment, WaitingEntry
from hhu_plugins.repairs.models import RepairCategory, RepairRequest
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Reservation

from .wire import HOST

ROLES = ("anonymous", "teacher", "staff", "administrator")
PASSWORD = "a-password-of-the-fuzzer"
LIFETIME = timedelta(days=1)
PERMISSIONS = ("rooms.change", "activities.change", "repairs.view", "core.view")


@dataclass
class Person:
    """Somebody with what proves who he is: a token for the API, a cookie for the pages."""

    role: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    cookie: str = ""


@dataclass(frozen=True)
class Setting:
    """Those who fuzz, and by the beginning of a path an id with which it leads to something."""

    people: dict[str, Person]
    ids: dict[str, int]

    def id_for(self, path: str) -> int:
        return next((number for start, number in self.ids.items() if path.startswith(start)), 1)


def populate(session: Session, name: str) -> Setting:
    """Store them; ``name`` tells the users of one round from those of the next."""
    users = {
        "teacher": User(username=f"t-{name}", last_name="褚", first_name="杰"),
        "staff": User(username=f"s-{name}", last_name="单", is_staff=True),
        "administrator": User(username=f"a-{name}", is_staff=True, is_superuser=True),
    }
    hashed = hash_password(PASSWORD)
    for user in users.values():
        user.password = hashed
    users["teacher"].email = "teacher@hhu.example"
    users["teacher"].department = Department(name=f"系 {name}")
    grants = [GroupPermission(permission=permission) for permission in PERMISSIONS]
    session.add_all(users.values())
    session.add(Group(name=f"组 {name}", users=[users["staff"]], grants=grants))
    session.flush()
    ids = _things(session, name, users["teacher"], users["staff"])
    people = {"anonymous": Person("anonymous")}
    for role, user in users.items():
        token = tokens.issue(session, user.id, LIFETIME)
        people[role] = Person(role, [("Authorization", f"Token {token}")])
    return Setting(people, ids)


def _things(session: Session, name: str, teacher: User, staff: User) -> dict[str, int]:
    hour = timedelta(hours=1)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    room = Meetingroom(name=f"室 {name}", location="勤学楼", seats_count=60, label="投影")
    category = RepairCategory(name=f"类 {name}")
    form = {
        "姓名": {"type": "text", "required": True, "default": ""},
        "人数": {"type": "number", "required": False, "default": "1"},
        "性别": {"type": "radio", "required": False, "default": "", "choices": ["男", "女"]},
        "爱好": {"type": "checkbox", "required": False, "default": [], "choices": ["棋", "书"]},
    }
    activity = Activity(
        name=f"活动 {name}",
        location="操场",
        time_start=now - hour,
        time_end=now + 100 * hour,
        open_for_enrollment=True,
        participants_total_limit=3,
        has_waiting_list=True,
        form_metas=parse_form(form),
    )
    session.add_all((room, category, activity))
    session.flush()
    reservation = Reservation(
        room_id=room.id,
        user_id=teacher.id,
        reserve_from=now + 30 * hour,
        reserve_to=now + 31 * hour,
        description="例会",
        status=CONFIRMED,
    )
    request = RepairRequest(
        user_id=teacher.id, location="301", description="坏了", category_id=category.id
    )
    item = ClockinItem(
        activity_id=activity.id, label="签到", from_time=now - hour, to_time=now + 99 * hour
    )
    item.staff = [teacher, staff]
    enrollment = Enrollment(activity_id=activity.id, user_id=teacher.id, participating_metas={})
    waiting = WaitingEntry(activity_id=activity.id, user_id=staff.id, participating_metas={})
    session.add_all((reservation, request, item, enrollment, waiting))
    session.flush()
    return {
        "/activities/clockin-duties/": item.id,
        "/activities/": activity.id,
        "/enrollments/waiting/": waiting.id,
        "/enrollments/": enrollment.id,
        "/meetingrooms/": room.id,
        "/reservations/": reservation.id,
        "/repairs/": request.id,
        "/contacts/": staff.id,
        "/friends/": staff.id,
    }


def sign_in(port: int, person: Person, username: str) -> None:
    """Into the administrators' pages, as a browser does."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.request("GET", "/admin/sign-in")
    response = connection.getresponse()
    page = response.read().decode()
    cookie = _cookie(response)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token, page[:500]
    form = {"csrf_token": token[1], "username": username, "password": PASSWORD, "next": ""}
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/admin/sign-in", urlencode(form), headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    if response.status == 303:
        person.cookie = _cookie(response)
        person.headers.append(("Cookie", person.cookie))


def sign_all_in(port: int, setting: Setting, name: str) -> None:
    for role, person in setting.people.items():
        if role != "anonymous":
            sign_in(port, person, f"{role[0]}-{name}")


def _cookie(response: http.client.HTTPResponse) -> str:
    """All that were set, as a browser sends them back."""
    cookies = response.headers.get_all("Set-Cookie") or []
    return "; ".join(cookie.partition(";")[0] for cookie in cookies)
