"""预约日历: what its script asks, and what it is answered."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_base.testing.clients import AdminClient
from hhu_plugins.rooms import notifications
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Closure, OpeningHours, Reservation
from hhu_plugins.rooms.opening_hours import parse_day, store_week

PAGE = "/admin/rooms/calendar/"
EVENTS, MOVE, CANCEL = PAGE + "events.json", PAGE + "move.json", PAGE + "cancel.json"


@pytest.fixture
def reservation(room, tomorrow, add_reservation) -> Reservation:
    """Tomorrow from 10 to 11."""
    return add_reservation(room, tomorrow(10), tomorrow(11), description="<script>x</script>")


@pytest.fixture
def other(room, tomorrow, add_reservation, add_user) -> Reservation:
    """Tomorrow from 13 to 14, 张三's."""
    user = add_user("t0009", last_name="张", first_name="三", phone="13900001111")
    return add_reservation(room, tomorrow(13), tomorrow(14), user_id=user.id)


@pytest.fixture
def told(monkeypatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(
        notifications, "notify_holder", lambda session, row, what, **how: calls.append(what)
    )
    return calls


@pytest.fixture
def window(tomorrow) -> dict[str, str]:
    return {
        "start": tomorrow(0).isoformat(),
        "end": (tomorrow(0) + timedelta(days=1)).isoformat(),
    }


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def post(
    client: AdminClient, path: str, content: dict, status: int = 200, token: str | None = None
):
    if token is None:
        token = client.get("/admin/").html.select_one("[name=csrf_token]")["value"]
    answer = client._call(
        client.client.post_json, path, content, headers={"X-CSRF-Token": token}, status=status
    )
    assert answer.content_type == "application/json"
    return answer.json


def moved(row: Reservation, start: datetime, end: datetime, **values) -> dict:
    return {
        "id": row.id,
        "was_from": row.reserve_from.isoformat(),
        "was_to": row.reserve_to.isoformat(),
        "reserve_from": start.isoformat(),
        "reserve_to": end.isoformat(),
        **values,
    }


class TestPage:
    def test_its_settings(self, admin, room):
        page = admin.get(PAGE)
        text = page.html.select_one("[data-settings]")["data-settings"]
        assert '"zone": "Asia/Shanghai"' in text
        assert '"mayChange": true' in text
        assert page.html.select(f"#cal-room option[value='room:{room.id}']")
        assert not page.html.select("script:not([src])")

    def test_its_scripts_are_ours_and_its_names_are_text(self, admin, add_room):
        add_room("'\"><script>x</script>")
        page = admin.get(PAGE)
        assert "<script>x" not in page.text
        sources = [script["src"] for script in page.html.select("script[src]")]
        assert all(source.startswith("/static/") for source in sources)
        for source in sources:
            admin.get(source)

    def test_view_is_read_only(self, browser, add_staff, room):
        page = browser.as_user(add_staff("rooms.view")).get(PAGE)
        assert '"mayChange": false' in page.html.select_one("[data-settings]")["data-settings"]
        assert not page.html.select("main a[href*=add]")

    def test_opens_with_the_board_or_as_it_was_last_seen(self, browser, admin, room):
        def view(path: str = PAGE) -> tuple[str, bool]:
            page = admin.get(path)
            is_board = page.html.select_one("#board") is not None
            return json.loads(page.html.select_one("[data-settings]")["data-settings"])[
                "view"
            ], is_board

        assert view() == ("board", True)
        assert view(f"{PAGE}?view=board-week") == ("board-week", True)
        assert view(f"{PAGE}?view=week&room={room.id}") == ("week", False)
        assert view(f"{PAGE}?view=nonsense") == ("board", True)
        admin.client.set_cookie("rooms_calendar", f"view%3Dday%26room%3D{room.id}")
        assert view() == ("day", False)
        assert view(f"{PAGE}?view=board") == ("board", True)
        admin.client.set_cookie("rooms_calendar", "%ff%00=&view")
        assert view() == ("board", True)

    def test_knows_what_rooms_can_be_chosen_by(self, admin, add_room):
        add_room("101", seats_count=40, equipment=["投影", "白板", "视频会议"])
        page = admin.get(PAGE)
        (room,) = json.loads(page.html.select_one("[data-settings]")["data-settings"])["rooms"]
        assert (room["name"], room["place"], room["seats"]) == ("勤学楼 101", "勤学楼", 40)
        assert room["equipment"] == ["投影", "白板", "视频会议"]

    def test_for_nobody_else(self, browser, add_staff):
        browser.get(PAGE, status=303)
        browser.as_user(add_staff("core.change")).get(PAGE, status=403)


class TestEvents:
    def test_what_touches_the_window(
        self, admin, room, reservation, tomorrow, add_reservation, window
    ):
        night = add_reservation(room, tomorrow(23) - timedelta(days=1), tomorrow(1))
        add_reservation(room, tomorrow(0) - timedelta(hours=2), tomorrow(0) - timedelta(hours=1))
        add_reservation(room, tomorrow(12), tomorrow(13), status=CANCELLED)
        answer = admin.get(EVENTS, window).json
        assert [event["id"] for event in answer["events"]] == [night.id, reservation.id]
        event = answer["events"][1]
        assert event == {
            "id": reservation.id,
            "room": room.id,
            "person": reservation.user_id,
            "from": utc(tomorrow(10)),
            "to": utc(tomorrow(11)),
            "text": "<script>x</script>",
        }
        assert answer["people"][str(reservation.user_id)]["name"] == "褚杰"

    def test_one_room_or_one_place(
        self, admin, add_room, reservation, tomorrow, add_reservation, window
    ):
        far = add_reservation(add_room("201", location="致高楼"), tomorrow(9), tomorrow(10))

        def found(**params):
            events = admin.get(EVENTS, window | params).json["events"]
            return [event["id"] for event in events]

        assert found(room=str(far.room_id)) == [far.id]
        assert found(place="勤学楼") == [reservation.id]
        assert found() == [far.id, reservation.id]

    def test_as_many_statements_however_many_rows(
        self, admin, add_room, tomorrow, add_reservation, window, engine
    ):
        def count() -> int:
            statements: list[str] = []

            def listen(conn, cursor, statement, *rest):
                statements.append(statement)

            sa.event.listen(engine, "before_cursor_execute", listen)
            try:
                admin.get(EVENTS, window)
            finally:
                sa.event.remove(engine, "before_cursor_execute", listen)
            return sum("rooms_" in statement for statement in statements), len(statements)

        add_reservation(add_room("0"), tomorrow(9), tomorrow(10))
        first = count()
        for number in range(1, 20):
            room = add_room(str(number))
            for hour in (8, 9, 10):
                add_reservation(room, tomorrow(hour), tomorrow(hour + 1))
        assert first[0] == 2  # what is in the window, and when rooms are closed
        assert count() == first

    def test_when_rooms_are_closed_and_why(self, admin, add_room, tomorrow, window, session):
        here, far = add_room("101"), add_room("201", location="致高楼")
        session.add(Closure(room_id=here.id, starts=tomorrow(9), ends=None, reason="检修"))
        session.add(
            OpeningHours(week=store_week((parse_day("08:00-22:00"),) * 7), zone="Asia/Shanghai")
        )
        session.flush()

        def closed(**params):
            found = admin.get(EVENTS, window | params).json["closed"]
            return {
                (each["from"], each["to"], each["reason"], each["closure"]): each["rooms"]
                for each in found
            }

        assert closed(place="致高楼") == {
            (utc(tomorrow(0)), utc(tomorrow(8)), "非开放时间", False): [far.id],
            (utc(tomorrow(22)), utc(tomorrow(22) + timedelta(hours=2)), "非开放时间", False): [
                far.id
            ],
        }
        found = closed()
        assert found[utc(tomorrow(0)), utc(tomorrow(8)), "非开放时间", False] == [here.id, far.id]
        end = utc(tomorrow(0) + timedelta(days=1))
        assert found[utc(tomorrow(9)), end, "检修", True] == [here.id]
        assert closed(room=str(here.id)).keys() < found.keys()

    @pytest.mark.parametrize(
        ("params", "sentence"),
        [
            ({"start": "x"}, None),
            ({"end": "2020-01-01T00:00:00Z"}, "45 天"),
            ({"end": "2100-01-01T00:00:00Z"}, "45 天"),
            ({"room": "x"}, None),
        ],
    )
    def test_errors_are_json(self, admin, window, params, sentence):
        answer = admin.get(EVENTS, window | params, status=400)
        assert answer.content_type == "application/json"
        assert sentence is None or sentence in answer.json["detail"]

    def test_permissions_are_answered_in_json(self, browser, add_staff, window):
        answer = browser.get(EVENTS, window, status=401)
        assert "detail" in answer.json
        stranger = browser.as_user(add_staff("core.change"))
        assert "detail" in stranger.get(EVENTS, window, status=403).json
        browser.as_user(add_staff("rooms.view", username="viewer")).get(EVENTS, window)


class TestMoving:
    def test_moves_tells_and_records(self, admin, reservation, tomorrow, session, told):
        answer = post(admin, MOVE, moved(reservation, tomorrow(15), tomorrow(17)))
        assert answer["events"][0]["from"] == utc(tomorrow(15))
        assert (reservation.reserve_from, reservation.reserve_to) == (tomorrow(15), tomorrow(17))
        entry = session.scalar(sa.select(AuditEntry))
        assert (entry.action, entry.row_id) == ("改时间或会议室", reservation.id)
        assert entry.before["开始时间"].endswith("10:00:00")
        assert told == ["moved"]

    def test_nothing_is_stored_that_the_page_has_not_shown(self, admin, reservation, tomorrow):
        wanted = moved(reservation, tomorrow(15, 7), tomorrow(15, 50))
        answer = post(admin, MOVE, wanted, 400)
        assert "15:07–15:50 会存为 15:00–16:00" in answer["reserve_to"][0]
        assert (reservation.reserve_from, reservation.reserve_to) == (tomorrow(10), tomorrow(11))

    def test_refused_with_who_has_it(self, admin, reservation, other, tomorrow, told, session):
        answer = post(admin, MOVE, moved(reservation, tomorrow(12, 30), tomorrow(13, 30)), 400)
        (sentence,) = answer["non_field_errors"]
        assert "张三 13900001111" in sentence
        assert "13:00–14:00" in sentence
        assert reservation.reserve_from == tomorrow(10)
        assert told == []
        assert session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 0

    def test_beyond_the_limits_only_knowingly(self, admin, reservation, other, tomorrow):
        wanted = moved(reservation, tomorrow(5), tomorrow(12))
        assert "不得超过3小时" in post(admin, MOVE, wanted, 400)["knowingly"][0]
        assert reservation.reserve_from == tomorrow(10)
        post(admin, MOVE, wanted | {"knowingly": True})
        assert reservation.reserve_from == tomorrow(5)
        wanted = moved(reservation, tomorrow(5), tomorrow(20), knowingly=True)
        assert "张三" in post(admin, MOVE, wanted, 400)["non_field_errors"][0]

    def test_not_what_somebody_else_has_just_moved(self, admin, reservation, tomorrow):
        wanted = moved(reservation, tomorrow(15), tomorrow(16))
        post(admin, MOVE, wanted)
        assert "刚刚被别人改动" in post(admin, MOVE, wanted, 400)["non_field_errors"][0]

    def test_to_another_room(self, admin, add_room, reservation, tomorrow, session, told):
        was, far = reservation.room_id, add_room("201", location="致高楼")
        there = {"room_id": far.id, "was_room_id": was}
        answer = post(admin, MOVE, moved(reservation, tomorrow(10), tomorrow(11), **there))
        assert answer["events"][0]["room"] == far.id
        assert reservation.room_id == far.id
        assert told == ["moved"]
        entry = session.scalar(sa.select(AuditEntry))
        assert (entry.before["会议室"], entry.after["会议室"]) == ("勤学楼 101", "致高楼 201")
        # Who still sees it in the old room is told so.
        late = moved(reservation, tomorrow(15), tomorrow(16), **there)
        assert "刚刚被别人改动" in post(admin, MOVE, late, 400)["non_field_errors"][0]

    def test_not_to_a_room_that_is_taken_closed_or_not_there(
        self, admin, add_room, reservation, tomorrow, add_reservation, session
    ):
        was, taken, closed = reservation.room_id, add_room("201"), add_room("202")
        add_reservation(taken, tomorrow(10), tomorrow(12))
        session.add(
            Closure(room_id=closed.id, starts=tomorrow(8), ends=tomorrow(12), reason="检修")
        )
        session.flush()
        for room_id, sentence in (
            (taken.id, "已经被占用"),
            (closed.id, "不开放：检修"),
            (closed.id + 1, "不存在"),
        ):
            wanted = moved(reservation, tomorrow(10), tomorrow(11), room_id=room_id)
            assert sentence in json.dumps(post(admin, MOVE, wanted, 400), ensure_ascii=False)
            session.refresh(reservation)
            assert reservation.room_id == was

    def test_not_into_the_past_and_not_what_has_ended(
        self, admin, room, reservation, tomorrow, add_reservation
    ):
        past = timedelta(days=3)
        wanted = moved(reservation, tomorrow(8) - past, tomorrow(9) - past)
        assert "reserve_to" in post(admin, MOVE, wanted, 400)
        row = add_reservation(room, tomorrow(8) - past, tomorrow(9) - past)
        answer = post(admin, MOVE, moved(row, tomorrow(8), tomorrow(9)), 400)
        assert answer["non_field_errors"] == ["已经结束的预约只能查看。"]

    def test_not_what_is_cancelled_or_not_there(self, admin, room, tomorrow, add_reservation):
        row = add_reservation(room, tomorrow(8), tomorrow(9), status=CANCELLED)
        post(admin, MOVE, moved(row, tomorrow(10), tomorrow(11)), 400)
        post(admin, MOVE, moved(row, tomorrow(10), tomorrow(11), id=row.id + 1), 404)
        assert row.status == CANCELLED

    def test_needs_the_token_and_the_permission(
        self, browser, admin, add_staff, reservation, tomorrow
    ):
        wanted = moved(reservation, tomorrow(15), tomorrow(16))
        assert "页面已过期" in post(admin, MOVE, wanted, 400, token="")["detail"]
        viewer = browser.as_user(add_staff("rooms.view"))
        assert "detail" in post(viewer, MOVE, wanted, 403)
        assert reservation.reserve_from == tomorrow(10)


class TestCancelling:
    def test_with_a_reason(self, admin, reservation, session, told, superuser):
        post(admin, CANCEL, {"id": reservation.id}, 400)
        post(admin, CANCEL, {"id": reservation.id, "reason": "停电"})
        assert (reservation.status, reservation.status_reason) == (CANCELLED, "停电")
        assert reservation.status_changed_by == superuser.id
        entry = session.scalar(sa.select(AuditEntry))
        assert entry.after == {"状态": "已取消", "原因": "停电"}
        assert told == ["cancelled"]
        answer = post(admin, CANCEL, {"id": reservation.id, "reason": "停电"}, 400)
        assert "已经取消" in answer["non_field_errors"][0]

    def test_not_by_who_may_only_look(self, browser, add_staff, reservation):
        viewer = browser.as_user(add_staff("rooms.view"))
        post(viewer, CANCEL, {"id": reservation.id, "reason": "x"}, 403)
        assert reservation.status == CONFIRMED


def test_now_is_inside_what_a_running_one_allows(admin, room, add_reservation):
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    row = add_reservation(room, now - timedelta(hours=1), now + timedelta(hours=1))
    post(admin, MOVE, moved(row, row.reserve_from, now + timedelta(hours=2)))
    assert row.reserve_to == now + timedelta(hours=2)
