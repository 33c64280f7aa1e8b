"""Each service is called: what it answers is as the document says.

The client of ``hhu_base.testing`` compares every answer, in all tests; here is what makes sure that
no service, and none of the errors that all have in common, is left out.
"""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest

from hhu_base.documents.file_store import FileStore
from hhu_base.models import Department, Group, User
from hhu_base.notifications import Link, notify
from hhu_plugins.activities.models import Activity, ClockinItem, Enrollment, WaitingEntry
from hhu_plugins.guides import library
from hhu_plugins.guides.models import GuideCategory
from hhu_plugins.repairs.models import SOLVED, RepairCategory, RepairRequest
from hhu_plugins.rooms import demo_photos, photos
from hhu_plugins.rooms.models import Equipment, Meetingroom, Reservation, Term

HOUR = timedelta(hours=1)


@pytest.fixture
def seen(truth, monkeypatch):
    """(method, path of the document, status) of every answer that was compared."""
    found = set()
    compare = truth.problems

    def problems(method, path, status, headers, body):
        found.add((method, truth.template_of(path), status))
        return compare(method, path, status, headers, body)

    monkeypatch.setattr(truth, "problems", problems)
    return found


@pytest.fixture
def mine(api, add_user, session):
    user = add_user("t0001", email="t0001@hhu.example", department=Department(name="信息系"))
    return api.as_user(user)


def test_every_success_in_the_document_is_true(
    seen, document, api, mine, add_user, session, app, tmp_path, monkeypatch, run_task
):
    _accounts(api, mine, session, add_user, monkeypatch, app)
    _contacts(mine, add_user("t0002", phone="138", post="讲师"))
    _rooms(api, mine, session, app, add_user, tmp_path, monkeypatch, run_task)
    _repairs(mine, session)
    _guides(mine, session, app, tmp_path, monkeypatch)
    _activities(app, mine, api, session, add_user)
    mine.delete("/auth/wechat-auth/", status=200)

    promised = {
        (method.upper(), path, int(status))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for status in operation["responses"]
        if int(status) < 400 or int(status) == 416
    }
    assert promised - seen == set(), "promised by the document, and not called here"


def _accounts(api, mine, session, add_user, monkeypatch, app):
    class WeChat:
        def openid_of(self, code):
            return f"openid-of-{code}"

    monkeypatch.setitem(app.registry, "wechat", WeChat())
    password = "a-Strong-pass-1"
    mine.put("/current-user/", {"first_name": "杰", "last_name": "褚", "password": password})
    api.post("/auth/get-token/", {"username": "t0001", "password": password})
    mine.put("/auth/wechat-auth/", {"code": "x"})
    api.post("/auth/wechat-code2token/", {"code": "x"})
    mine.get("/current-user/")
    mine.get("/current-user/meta/")
    mine.put("/current-user/meta/", {"post": "教授"})
    mine.get("/departments/")
    notice = notify(
        session,
        session.get(User, mine.get("/current-user/").json["id"]),
        "x.y",
        "主题",
        "正文",
        links=[Link("去看看", "/app/")],
    )
    mine.get("/notices/")
    mine.post(f"/notices/{notice.id}/read/", status=200)
    mine.post("/notices/read/", status=200)
    mine.get("/current-user/calendar/")
    mine.post("/current-user/calendar/", status=200)
    mine.put("/current-user/calendar/")


def _feed(mine, path):
    etag = mine.get(path).headers["ETag"]
    mine.get(path, headers={"If-None-Match": etag}, status=304)


def _contacts(mine, other):
    all_of_them = mine.get("/contacts/")
    mine.get("/contacts/", headers={"If-None-Match": all_of_them.headers["ETag"]}, status=304)
    mine.get(f"/contacts/{other.id}/")
    mine.get(f"/contacts/{other.id}/vcard/")
    mine.post(f"/friends/{other.id}/", status=200)
    mine.post(f"/friends/{other.id}/", status=400)
    mine.delete(f"/friends/{other.id}/", status=200)


def _rooms(api, mine, session, app, add_user, tmp_path, monkeypatch, run_task):
    room = Meetingroom(name="301", location="勤学楼", seats_count=60)
    session.add(room)
    session.flush()
    mine.get("/meetingrooms/")
    mine.get(f"/meetingrooms/{room.id}/")
    store = FileStore(tmp_path / "rooms")
    monkeypatch.setitem(app.registry, "rooms.photo_store", store)
    session.add(Equipment(name="投影"))
    room.equipment, room.departments = ["投影"], [Department(name="水利系")]
    pictures = photos.read(demo_photos.drawn(1))
    photo = photos.add(session, store, room.id, pictures, by_user_id=None)
    assert mine.get("/meetingrooms/equipment/").json == ["投影"]
    mine.get("/meetingrooms/details/")
    mine.get(f"/meetingrooms/{room.id}/details/")
    room.departments = []
    path = f"/meetingrooms/photos/{photo.id}/"
    etag = mine.get(path).headers["ETag"]
    mine.get(path, headers={"Range": "bytes=0-3"}, status=206)
    mine.get(path, headers={"If-None-Match": etag}, status=304)
    mine.get(path, headers={"Range": "bytes=9999999-"}, status=416)
    start = (datetime.now(UTC) + 24 * HOUR).replace(minute=0, second=0, microsecond=0)
    wish = {
        "meetingroom": room.id,
        "reserve_from": start.isoformat(),
        "reserve_to": (start + HOUR).isoformat(),
        "description": "例会",
    }
    reserved = mine.post("/reservations/", wish).json
    longer = wish | {"reserve_to": (start + 2 * HOUR).isoformat()}
    assert "alternatives" in mine.post("/reservations/", longer, status=400).json
    mine.post("/reservations/", {}, status=400)
    window = {"from": start.isoformat(), "to": (start + 3 * HOUR).isoformat()}
    first = {f"time_{name}": value for name, value in window.items()}
    assert mine.get("/meetingrooms/available/", {**first, "length": 60}).json
    second = {f"query_{name}": value for name, value in window.items()}
    assert mine.get("/meetingrooms/available/", second).json[0]["reservations"]
    mine.get("/reservations/")
    mine.get(f"/reservations/{reserved['id']}/")
    mine.patch(f"/reservations/{reserved['id']}/", {"description": "教研室例会", "revision": 0})
    _waiting(mine, session, longer, run_task)
    holder = add_user("holder")
    theirs = api.as_user(holder)
    _asks(mine, theirs, session, _later(wish, 24))
    _approvals(mine, theirs, session, _later(wish, 48), holder)
    _series(mine, session, wish)
    _feed(mine, "/reservations/calendar.ics/")
    _feed(mine, f"/meetingrooms/{room.id}/calendar.ics/")
    mine.post(f"/reservations/{reserved['id']}/end/", status=200)
    other = mine.post("/reservations/", wish).json
    mine.delete(f"/reservations/{other['id']}/")
    mine.post("/reservations/", wish, headers={"Prefer": "respond-async"}, status=202)


def _waiting(mine, session, wish, run_task):
    asked = mine.post("/reservations/waiting/", wish).json
    mine.get("/reservations/waiting/")
    mine.delete(f"/reservations/waiting/{asked['id']}/")
    free = {"reserve_from": wish["reserve_to"], "people_count": 1, "description": "组会"}
    end = datetime.fromisoformat(wish["reserve_to"]) + HOUR
    mine.post("/reservations/waiting/", free | {"reserve_to": end.isoformat()})
    run_task("rooms.due")
    [offered, _] = mine.get("/reservations/waiting/").json["results"]
    held = offered["reservation"]["id"]
    mine.post(f"/reservations/{held}/confirm/", status=200)
    row = session.get_one(Reservation, held)
    row.reserve_from, row.reserve_to = datetime.now(UTC), datetime.now(UTC) + HOUR
    row.room.checkin_since = row.reserve_from - HOUR
    session.flush()
    mine.post(f"/reservations/{held}/checkin/", status=200)
    mine.delete(f"/reservations/{held}/")


def _asks(mine, theirs, session, wish):
    held = theirs.post("/reservations/", wish).json
    window = {name: wish[name] for name in ("reserve_from", "reserve_to")}
    room_id = wish["meetingroom"]
    assert mine.get(f"/meetingrooms/{room_id}/reservations/", window).json[0]["can_ask"]
    asking = window | {"description": "招生会", "reason": "急", "offer": None}
    path = f"/reservations/{held['id']}/asks/"
    theirs.post(path, asking, status=400)
    asked = mine.post(path, asking).json
    mine.post(path, asking, status=400)
    assert theirs.get("/asks/").json["waiting"] == [asked]
    theirs.post(f"/asks/{asked['id']}/no/", {"reason": "不行"}, status=200)
    theirs.post(f"/asks/{asked['id']}/no/", {}, status=400)
    mine.delete(f"/asks/{asked['id']}/", status=400)
    again = _later(wish, 3)
    held = theirs.post("/reservations/", again).json
    asking |= {name: again[name] for name in window}
    asked = mine.post(f"/reservations/{held['id']}/asks/", asking).json
    mine.get(f"/asks/{asked['id']}/")
    made = theirs.post(f"/asks/{asked['id']}/yes/", {"give_up": True}, status=200).json["made"]
    theirs.post(f"/asks/{asked['id']}/yes/", {}, status=400)
    mine.delete(f"/reservations/{made}/")
    last = _later(wish, 6)
    held = theirs.post("/reservations/", last).json
    asking |= {name: last[name] for name in window}
    asked = mine.post(f"/reservations/{held['id']}/asks/", asking).json
    mine.delete(f"/asks/{asked['id']}/")


def _approvals(mine, theirs, session, wish, approver):
    group = Group(name="审批", users=[approver])
    session.add(group)
    session.flush()
    room = Meetingroom(name="报告厅", location="勤学楼", seats_count=99, approvers_id=group.id)
    session.add(room)
    session.flush()
    wish = wish | {"meetingroom": room.id}
    mine.post("/reservations/", wish, status=400)
    mine.get(f"/meetingrooms/{room.id}/details/")
    wish["approval"] = True
    one, other, third = (
        mine.post("/reservations/", _later(wish, hours), status=202).json for hours in (0, 2, 4)
    )
    assert len(theirs.get("/reservations/requests/").json) == 3
    theirs.post(f"/reservations/{one['id']}/approve/", status=200)
    theirs.post(f"/reservations/{one['id']}/approve/", status=400)
    theirs.post(f"/reservations/{other['id']}/refuse/", {"reason": "不行"}, status=200)
    theirs.post(f"/reservations/{other['id']}/refuse/", {"reason": "不行"}, status=400)
    mine.delete(f"/reservations/{third['id']}/")


def _later(wish, hours):
    moved = {
        name: (datetime.fromisoformat(wish[name]) + hours * HOUR).isoformat()
        for name in ("reserve_from", "reserve_to")
    }
    return wish | moved


def _series(mine, session, wish):
    session.add(Term(name="本学期", first_monday=date(2026, 9, 7), weeks_count=18))
    mine.get("/reservations/terms/")
    asked = wish | {"rule": {"every": 1, "count": 2}}
    plan = mine.post("/reservations/series/plan/", asked, status=200).json
    assert plan["dates"][0]["alternatives"]
    asked["dates"] = [{"index": 1, "skip": True}]
    made = mine.post("/reservations/series/", asked | {"digest": plan["digest"]}).json
    mine.post("/reservations/series/", asked | {"digest": "another"}, status=409)
    assert mine.get("/reservations/series/").json["results"] == [made]
    path = f"/reservations/series/{made['id']}/"
    mine.get(path)
    change = {"description": "线性代数"}
    change["digest"] = mine.patch(path, change).json["digest"]
    mine.patch(path, change)
    [last] = made["reservations"]
    mine.post(
        path + "dates/",
        {
            "reserve_from": last["reserve_to"],
            "reserve_to": (datetime.fromisoformat(last["reserve_to"]) + HOUR).isoformat(),
        },
    )
    mine.delete(path)


def _repairs(mine, session):
    category = RepairCategory(name="网络")
    session.add(category)
    session.flush()
    mine.get("/repairs/categories/")
    wish = {"location": "301", "description": "坏了", "category": category.id}
    new = mine.post("/repairs/", wish).json
    mine.get("/repairs/")
    mine.get(f"/repairs/{new['id']}/")
    mine.delete(f"/repairs/{new['id']}/")
    solved = mine.post("/repairs/", wish).json
    session.get_one(RepairRequest, solved["id"]).status = SOLVED
    mine.delete(f"/repairs/{solved['id']}/", status=400)
    mine.post(f"/repairs/{solved['id']}/confirm/", {"rating": 5, "remark": "快"}, status=200)
    mine.post(f"/repairs/{solved['id']}/confirm/", {"rating": 5}, status=400)
    mine.post(f"/repairs/{solved['id']}/reopen/", {"reason": "又坏了"}, status=200)


def _guides(mine, session, app, tmp_path, monkeypatch):
    types = app.registry["guides.shelf"].types
    shelf = library.LibrarySettings(FileStore(tmp_path / "guides"), types, max_bytes=1000)
    monkeypatch.setitem(app.registry, "guides.shelf", shelf)
    monkeypatch.setitem(app.registry["mail.stores"], "guides", shelf.store.path_of)
    category = GuideCategory(name="财务")
    session.add(category)
    session.flush()
    file = io.BytesIO("报销流程".encode())
    guide = library.add(session, shelf, file, "报销.txt", category_id=category.id, by_user_id=None)
    mine.get("/guides/")
    whole = mine.get(f"/guides/{guide.id}/")
    etag = whole.headers["ETag"]
    mine.get(f"/guides/{guide.id}/", headers={"Range": "bytes=0-3"}, status=206)
    mine.get(f"/guides/{guide.id}/", headers={"If-None-Match": etag}, status=304)
    mine.get(f"/guides/{guide.id}/", headers={"Range": "bytes=999-"}, status=416)
    mine.post(f"/guides/{guide.id}/email/", status=200)
    mine.get(f"/guides/{guide.id}/email/")


def _activities(app, mine, api, session, add_user):
    now = datetime.now(UTC)
    activity = Activity(
        name="春游",
        location="操场",
        time_start=now - HOUR,
        time_end=now + 9 * HOUR,
        open_for_enrollment=True,
        participants_total_limit=1,
        has_waiting_list=True,
        form_metas={},
    )
    session.add(activity)
    session.flush()
    item = ClockinItem(
        activity_id=activity.id, label="签到", from_time=now - HOUR, to_time=now + HOUR
    )
    staff = add_user("t0003")
    item.staff = [staff]
    session.add(item)
    session.flush()
    mine.get("/activities/")
    mine.get(f"/activities/{activity.id}/")
    _feed(mine, f"/activities/{activity.id}/calendar.ics/")
    wish = {"activity": activity.id, "participating_metas": "{}", "waitlist": True}
    enrolled = mine.post("/enrollments/", wish).json
    mine.post("/enrollments/", wish, status=400)
    mine.get("/enrollments/")
    mine.get(f"/enrollments/{enrolled['id']}/")
    theirs = api.as_user(staff)
    theirs.post("/enrollments/", wish, status=202)
    waiting = theirs.get("/enrollments/waiting/").json["results"][0]
    theirs.delete(f"/enrollments/waiting/{waiting['id']}/")
    theirs.get("/activities/clockin-duties/")
    code = theirs.get(f"/activities/clockin-duties/{item.id}/").json
    mine.get(f"/activities/clockins/{activity.id}/")
    for number, path in enumerate(("clockins/", f"clockins/{activity.id}/", "clockin/")):
        someone = add_user(f"t1{number}")
        session.add(Enrollment(activity_id=activity.id, user_id=someone.id, participating_metas={}))
        api.as_user(someone).post(f"/activities/{path}", {"key": code["key"]}, status=200)
    mine.delete(f"/enrollments/{enrolled['id']}/")
    assert session.query(WaitingEntry).count() == 0


def _calls(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path.replace("{id}", "999999999"), operation


def test_who_is_not_signed_in_gets_the_401_of_the_document(document, api):
    for method, path, operation in _calls(document):
        if operation["security"]:
            answer = getattr(api, method)(path, status=401)
            assert answer.headers["WWW-Authenticate"] == "Token"


def test_what_no_object_has_gets_the_404_of_the_document(document, mine):
    for method, path, operation in _calls(document):
        if "999999999" in path and "requestBody" not in operation and "clockins" not in path:
            getattr(mine, method)(path, status=404)


def test_other_methods_get_the_405_of_the_document(document, mine, truth):
    for path, methods in document["paths"].items():
        other = next(each for each in ("PATCH", "PUT") if each.lower() not in methods)
        answer = mine.client.request(path.replace("{id}", "1"), method=other, status=405)
        assert set(answer.headers["Allow"].lower().split(", ")) == {*methods, "head"} - (
            set() if "get" in methods else {"head"}
        )
        for method in methods:
            facts = (answer.status_code, answer.headers, answer.body)
            assert truth.problems(method.upper(), path.replace("{id}", "1"), *facts) == []


def test_who_takes_no_json_gets_the_406_of_the_document(document, mine):
    for method, path, operation in _calls(document):
        if "406" in operation["responses"]:
            getattr(mine, method)(path, headers={"Accept": "text/html"}, status=406)


def test_bad_bodies_get_the_errors_of_the_document(document, mine):
    for method, path, operation in _calls(document):
        if "requestBody" not in operation:
            continue
        client = getattr(mine.client, method)
        for body, kind, status in (
            (b"{", "application/json", 400),
            (b"[]", "application/json", 400),
            (b"x", "text/plain", 415),
            (b" " * 1_048_577, "application/json", 413),
        ):
            mine.call(client, path, body, content_type=kind, status=status)
        if operation["requestBody"]["required"]:
            getattr(mine, method)(path, {}, status=400)


def test_a_query_string_that_is_no_utf8_gets_the_400_of_the_document(document, mine):
    for method, path, _operation in _calls(document):
        getattr(mine, method)(f"{path}?x=%ff", status=400)
