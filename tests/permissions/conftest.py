"""A college in which everything is there once, and somebody for each role."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from webtest import TestApp

from hhu_base.accounts import tokens
from hhu_base.accounts.password_hashes import hash_password
from hhu_base.documents.file_store import FileStore
from hhu_base.documents.uploads import UploadSettings
from hhu_base.mail.models import FAILED, Mail
from hhu_base.models import (
    AuditEntry,
    Department,
    EmailConfirmation,
    Group,
    GroupPermission,
    PasswordLink,
    PeopleImport,
    User,
)
from hhu_base.notifications.models import Notice
from hhu_base.testing.clients import PASSWORD
from hhu_base.web.security import digest_of
from hhu_plugins.activities import form_files
from hhu_plugins.activities.forms import parse_form
from hhu_plugins.activities.models import Activity, ClockinItem, Enrollment, FormFile, WaitingEntry
from hhu_plugins.contacts.models import Friend
from hhu_plugins.guides import demo_files, library, previews
from hhu_plugins.guides.models import GuideCategory
from hhu_plugins.repairs import photos as repair_photos
from hhu_plugins.repairs.models import (
    SOLVED,
    NotificationRecipient,
    RepairCategory,
    RepairPhoto,
    RepairRequest,
)
from hhu_plugins.rooms import demo_photos, photos
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    HELD,
    OFFERED,
    REQUESTED,
    Ask,
    Closure,
    Equipment,
    Meetingroom,
    OpeningHours,
    Reservation,
    Series,
    Term,
    WaitingRequest,
)

from .roles import ROLES, permissions

PDF = demo_files.pdf("差旅费", ["报销流程"])


@dataclass
class World:
    """``names`` is what stands in the paths of the tables: ``{room}`` and its like."""

    people: dict[str, User]
    names: dict[str, Any]
    tomorrow: datetime
    new_code: Callable[[], str]

    def __getitem__(self, name: str) -> Any:
        return self.names[name]


@pytest.fixture
def make_world(session, app, tmp_path, monkeypatch, add_user):
    """``make_world("rooms")``: with the staff that the table of this package is about."""
    monkeypatch.setitem(app.registry, "wechat", Anybody())
    types = app.registry["guides.shelf"].types
    shelf = library.LibrarySettings(FileStore(tmp_path / "guides"), types, max_bytes=1_000_000)
    monkeypatch.setitem(app.registry, "guides.shelf", shelf)
    monkeypatch.setitem(app.registry["mail.stores"], "guides", shelf.store.path_of)
    form_store = FileStore(tmp_path / "activities")
    uploads = dataclasses.replace(app.registry["activities.uploads"], store=form_store)
    monkeypatch.setitem(app.registry, "activities.uploads", uploads)
    photo_store = FileStore(tmp_path / "rooms")
    monkeypatch.setitem(app.registry, "rooms.photo_store", photo_store)
    repair_store = FileStore(tmp_path / "repairs")
    monkeypatch.setitem(app.registry, "repairs.photo_store", repair_store)

    def make(package: str) -> World:
        people = {role: _person(add_user, role) for role in ROLES if role != "nobody"}
        for role, user in people.items():
            if granted := permissions(role, package):
                grants = [GroupPermission(permission=each) for each in granted]
                session.add(Group(name=f"组 {role}", users=[user], grants=grants))
        person = add_user("t9999", email="t9999@hhu.example")
        gone = add_user("t9998", is_active=False)
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(
            hour=2, minute=0, second=0, microsecond=0
        )
        day = tomorrow.date()
        names = {role: user.id for role, user in people.items()} | {
            "person": person.id,
            "gone": gone.id,
            "style": f"{_folder_name(app, '')}/admin.css",
            "docs_style": f"{_folder_name(app, 'docs')}/docs.css",
            "window": f"query_from={day}T08:00&query_to={day}T18:00",
            "times": f"reserve_from={day}T00:00&reserve_to={day}T23:00",
            "days": f"start={day}T00:00&end={day}T23:00",
        }
        world = World(
            people,
            names,
            tomorrow,
            lambda: app.registry["activities.codes"].make(world["item"], datetime.now(UTC)),
        )
        for fill in (_core, _rooms, _repairs):
            fill(session, world)
        _activities(session, world, uploads)
        _guides(session, world, shelf)
        room_id, pictures = world["room"], _pictures()
        photo = photos.add(session, photo_store, room_id, pictures, by_user_id=None)
        world.names["photo"] = photo.id if photo else None
        world.names["code"] = world.new_code()
        teacher_id, repair_id = people["teacher"].id, world["repair"]
        repair_photos.add(session, repair_store, repair_id, pictures, user_id=teacher_id)
        world.names["repair_photo"] = session.scalar(sa.select(RepairPhoto.id))
        addresses = app.registry["calendars.addresses"]
        world.names |= {
            "key": addresses.key_of(session, people["teacher"].id),
            "key_of_gone": addresses.key_of(session, gone.id),
        }
        session.add(Friend(user_id=people["teacher"].id, friend_id=person.id))
        session.flush()
        return world

    return make


def _folder_name(app, owner: str) -> str:
    return app.registry["assets"][owner].rpartition("/")[2]


class Anybody:
    """Plays WeChat: each code is the openid of whoever sent it."""

    def openid_of(self, code: str) -> str:
        return f"openid-{code}"


@cache
def _password_hash() -> str:
    return hash_password(PASSWORD)  # Once: it is slow by design.


def _person(add_user, role: str) -> User:
    is_superuser = role in ("admin", "off")
    return add_user(
        f"r-{role}",
        password=_password_hash(),
        email=f"{role}@hhu.example",
        is_staff=is_superuser or role in ("elsewhere", "view", "change"),
        is_superuser=is_superuser,
        wechat_openid=f"openid-{role}",
    )


def _add(session, world: World, **rows: Any) -> None:
    """Store the rows, each under its name."""
    session.add_all(rows.values())
    session.flush()
    world.names |= {name: row.id for name, row in rows.items()}


def _core(session, world: World) -> None:
    now = datetime.now(UTC)
    teacher = world.people["teacher"]
    session.add(
        EmailConfirmation(
            user_id=teacher.id,
            address=teacher.email or "",
            digest=digest_of("the key in a mail"),
            expires_at=now + timedelta(days=1),
        )
    )
    notice = Notice(user_id=world.people["teacher"].id, kind="x.y", subject="主题", body="正文")
    session.add_all(
        [
            notice,
            PasswordLink(
                user_id=world.people["other"].id,
                digest=digest_of("the key of a link"),
                expires_at=sa.func.now() + timedelta(minutes=30),
            ),
        ]
    )
    session.flush()
    world.names["notice"] = notice.id
    world.names["password_key"] = "the+key+of+a+link"
    world.names["mailed_key"] = "the+key+in+a+mail"
    _add(
        session,
        world,
        department=Department(name="信息系"),
        group=Group(name="秘书"),
        mail=Mail(
            key=uuid.uuid4(), to_address="a@hhu.example", subject="主题", body="正文", status=FAILED
        ),
        entry=AuditEntry(actor="系统", action="修改", table_name="core_users", at=now),
        upload=PeopleImport(
            user_id=world.people["change"].id,
            file_name="教师.csv",
            people={"rows": [], "ignored": []},
        ),
    )


@cache
def _pictures() -> photos.Pictures:
    return photos.read(demo_photos.drawn(0))  # Once: it starts a process.


def _rooms(session, world: World) -> None:
    teacher = world.people["teacher"]
    room = Meetingroom(name="101", location="勤学楼", seats_count=10)
    _add(session, world, room=room, equipment=Equipment(name="投影"))

    def reservation(hours: int, status: str) -> Reservation:
        start = world.tomorrow + timedelta(hours=hours)
        return Reservation(
            room_id=world["room"],
            user_id=teacher.id,
            reserve_from=start,
            reserve_to=start + timedelta(hours=1),
            description="例会",
            status=status,
        )

    _add(
        session,
        world,
        reservation=reservation(0, CONFIRMED),
        cancelled=reservation(2, CANCELLED),
        hours=OpeningHours(
            room_id=world["room"], week="00:00-24:00" + "|00:00-24:00" * 6, zone="UTC"
        ),
        # Long ago, so that nothing is closed.
        closure=Closure(
            location="勤学楼",
            starts=datetime(2001, 1, 1, tzinfo=UTC),
            ends=datetime(2001, 1, 2, tzinfo=UTC),
            reason="检修",
        ),
        term=Term(name="本学期", first_monday=date(2026, 9, 7), weeks_count=18),
        series=Series(
            user_id=teacher.id, description="高等数学", rule={}, dates_count=1, fingerprint=""
        ),
    )
    checkin_room = Meetingroom(
        name="103",
        location="勤学楼",
        seats_count=10,
        checkin_since=datetime(2001, 1, 1, tzinfo=UTC),
    )
    _add(session, world, checkin_room=checkin_room)
    begun, held = reservation(0, CONFIRMED), reservation(9, HELD)
    begun.room_id, begun.reserve_from = checkin_room.id, datetime.now(UTC)
    begun.reserve_to = begun.reserve_from + timedelta(hours=1)
    held.hold_until = held.reserve_from
    _add(session, world, begun=begun, held=held)
    _add(
        session,
        world,
        waiting_request=_waiting(teacher, reservation(0, CONFIRMED)),
        offered=_waiting(teacher, held, status=OFFERED, reservation_id=held.id),
    )
    approved_room = Meetingroom(
        name="104",
        location="勤学楼",
        seats_count=10,
        approvers=Group(name="审批", users=[world.people["keeper"]]),
    )
    _add(session, world, approved_room=approved_room, asked=reservation(11, CONFIRMED))
    requested = reservation(0, REQUESTED)
    requested.room_id = approved_room.id
    asked = session.get_one(Reservation, world["asked"])
    _add(
        session,
        world,
        requested=requested,
        ask=Ask(
            reservation_id=asked.id,
            user_id=world.people["other"].id,
            room_id=asked.room_id,
            held_from=asked.reserve_from,
            held_to=asked.reserve_to,
            reserve_from=asked.reserve_from,
            reserve_to=asked.reserve_to,
            description="招生会",
            reason="急",
            answer_before=datetime.now(UTC) + timedelta(hours=1),
        ),
    )
    of_series = reservation(7, CONFIRMED)
    of_series.series_id, of_series.series_index = world["series"], 1
    session.add(of_series)


def _waiting(user: User, at: Reservation, **values: Any) -> WaitingRequest:
    return WaitingRequest(
        user_id=user.id,
        room_id=at.room_id,
        reserve_from=at.reserve_from,
        reserve_to=at.reserve_to,
        wait_until=at.reserve_from,
        description="组会",
        **values,
    )


def _repairs(session, world: World) -> None:
    teacher = world.people["teacher"]
    _add(
        session,
        world,
        category=RepairCategory(name="网络"),
        unused_category=RepairCategory(name="空调"),
        recipient=NotificationRecipient(name="王", address="wang@hhu.example"),
        repair=RepairRequest(user_id=teacher.id, location="勤学楼 301", description="不亮"),
        solved=RepairRequest(user_id=teacher.id, location="302", description="不亮", status=SOLVED),
    )


def _activities(session, world: World, uploads: UploadSettings) -> None:
    now, teacher = datetime.now(UTC), world.people["teacher"]
    hour = timedelta(hours=1)

    def activity(name: str, form: Any = None, **values: Any) -> Activity:
        form = parse_form(form or {"姓名": {"type": "text", "required": False, "default": ""}})
        times = {"time_start": now - hour, "time_end": now + 9 * hour}
        return Activity(name=name, form_metas=form, **times, **values)

    _add(
        session,
        world,
        activity=activity("春游", open_for_enrollment=True),
        empty_activity=activity("讲座"),
        full=activity("参观", participants_total_limit=0, has_waiting_list=True),
    )
    item = ClockinItem(
        activity_id=world["activity"], label="签到", from_time=now - hour, to_time=now + hour
    )
    item.staff = [world.people["keeper"]]
    answers: dict[str, Any] = {"participating_metas": {"姓名": "褚杰"}, "user_id": teacher.id}
    _add(
        session,
        world,
        item=item,
        enrollment=Enrollment(activity_id=world["activity"], **answers),
        waiting=WaitingEntry(activity_id=world["full"], **answers),
        with_file=activity("报告会", form={"证明": {"type": "file"}}),
    )
    file = FormFile(
        activity_id=world["with_file"],
        user_id=teacher.id,
        field="证明",
        name="证明.pdf",
        digest=hashlib.sha256(PDF).hexdigest(),
        size=len(PDF),
        type="application/pdf",
        is_used=True,
    )
    path = uploads.store.path_of(file.digest)
    path.parent.mkdir(parents=True)
    path.write_bytes(PDF)
    _add(session, world, form_file=file)
    filled = {"证明": form_files.answer(file)}
    _add(
        session,
        world,
        file_enrollment=Enrollment(
            activity_id=world["with_file"], user_id=teacher.id, participating_metas=filled
        ),
    )


def _guides(session, world: World, shelf: library.LibrarySettings) -> None:
    _add(
        session,
        world,
        guide_category=GuideCategory(name="财务"),
        unused_guide_category=GuideCategory(name="教务"),
    )
    guide = library.add(
        session,
        shelf,
        io.BytesIO(PDF),
        "报销.pdf",
        category_id=world["guide_category"],
        by_user_id=None,
    )
    version = library.current_version(session, guide.id)
    assert version is not None
    preview = previews.path_of(shelf.store, version.digest, 1)
    preview.parent.mkdir(parents=True)
    preview.write_bytes(b"a picture")
    world.names |= {
        "guide": guide.id,
        "version": version.id,
        "digest": version.digest,
        "guide_page": 1,
    }


class Client:
    """Somebody with a token for the API and a browser at the administrators' pages."""

    def __init__(self, app, sessions, headers: dict[str, str], csrf: str):
        self._app, self._sessions = app, sessions
        self._headers, self._csrf = headers, csrf

    def ask(self, method: str, path: str, data: Any = None) -> str:
        """The status; ``in`` where somebody is asked to sign in first."""
        # A client without a memory: each question is asked as if it were the first.
        client = TestApp(self._app, extra_environ={"hhu.sessions": self._sessions})
        is_form = path.startswith(("/admin/", "/app/", "/confirm-email")) and not path.endswith(
            ".json"
        )
        headers = self._headers | ({"X-CSRF-Token": self._csrf} if method != "GET" else {})
        if method in ("GET", "DELETE"):
            answer = client.request(path, method=method, headers=headers, status="*")
        elif is_form:
            answer = client.post(path, data or {}, headers=headers, status="*")
        else:
            send = getattr(client, f"{method.lower()}_json")
            answer = send(path, data or {}, headers=headers, status="*")
        location = answer.headers.get("Location", "")
        return "in" if re.search("/(admin|app)/sign-in", location) else str(answer.status_code)


@pytest.fixture
def client_of(app, browser, session, sessions):
    """``client_of(world, "teacher")``"""

    def make(world: World, role: str) -> Client:
        if role == "nobody":
            page = browser.get("/admin/sign-in")
            headers: dict[str, str] = {}
            signed_in = browser
        else:
            user = world.people[role]
            signed_in = browser.as_user(user)
            page = signed_in.get("/admin/password")
            token = tokens.issue(session, user.id, app.registry["token_lifetime"])
            headers = {"Authorization": f"Token {token}"}
            if role == "off":
                user.is_active = False  # by somebody who forgot the tokens
        session.flush()
        cookie = signed_in.client.cookies["hhu_session"].strip('"')
        csrf = page.html.select_one("input[name=csrf_token]")["value"]
        return Client(app, sessions, headers | {"Cookie": f"hhu_session={cookie}"}, csrf)

    return make
