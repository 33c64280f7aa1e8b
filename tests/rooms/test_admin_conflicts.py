"""冲突查询: which rooms are free, who stands in the way, and what is done about it on the spot."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_plugins.rooms import booking, cancellation, decisions, notifications
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    PENDING,
    REJECTED,
    Equipment,
    Reservation,
)

from .conftest import ZONE

PAGE = "/admin/rooms/conflicts/"


@pytest.fixture
def told(monkeypatch) -> list[tuple]:
    calls: list[tuple] = []
    monkeypatch.setattr(
        notifications,
        "notify_holder",
        lambda session, row, what, **how: calls.append((what, row.id)),
    )
    return calls


@pytest.fixture
def first(room, tomorrow, add_reservation, add_user) -> Reservation:
    """Tomorrow from 10 to 11, 张三's."""
    user = add_user(
        "t0009", last_name="张", first_name="三", phone="13900001111", email="z3@hhu.example"
    )
    return add_reservation(room, tomorrow(10), tomorrow(11), user_id=user.id)


@pytest.fixture
def second(room, tomorrow, add_reservation) -> Reservation:
    """Tomorrow from 11 to 12."""
    return add_reservation(room, tomorrow(11), tomorrow(12))


@pytest.fixture
def asked(room, tomorrow) -> str:
    return f"{PAGE}?start={local(tomorrow(9))}&end={local(tomorrow(12))}&room={room.id}"


def local(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def asked_for(start: datetime, end: datetime) -> str:
    return f"{PAGE}?start={local(start)}&end={local(end)}"


def deed(admin, path: str, what: str, rows, status: int = 303, **values):
    token = admin.get(path).html.select_one("[name=csrf_token]")["value"]
    content = {"csrf_token": token, "do": what, "id": [str(row.id) for row in rows], **values}
    return admin.post(path, content, status=status)


def replacement(room, user, start: datetime, end: datetime, **values) -> dict:
    return {
        "room_id": str(room.id),
        "user_id": str(user.id),
        "reserve_from": local(start),
        "reserve_to": local(end),
        "description": "院务会",
        "reason": "学院急用",
        **values,
    }


class TestFinding:
    def test_whatever_touches_the_range_with_its_person(
        self, admin, first, second, asked, room, tomorrow, add_reservation, add_room
    ):
        add_reservation(room, tomorrow(12), tomorrow(13))
        add_reservation(room, tomorrow(8), tomorrow(9))
        add_reservation(room, tomorrow(9), tomorrow(10), status=CANCELLED)
        add_reservation(add_room("102"), tomorrow(10), tomorrow(11))
        page = admin.get(asked)
        found = page.html.select(".found > li")
        assert [each["id"] for each in found] == [f"r{first.id}", f"r{second.id}"]
        text = found[0].text
        for part in ("张三", "13900001111", "z3@hhu.example", "10:00–11:00", "周"):
            assert part in text
        every = admin.get(asked.partition("&room")[0])
        assert len(every.html.select(".found > li")) == 3

    def test_without_a_range_it_is_a_meeting_that_begins_now(self, admin, policy):
        before = policy.down(datetime.now(ZONE))
        page = admin.get(PAGE)
        start, end = (
            datetime.fromisoformat(page.html.select_one(f"#{name}")["value"]).replace(tzinfo=ZONE)
            for name in ("ask-from", "ask-to")
        )
        assert before <= start <= datetime.now(UTC)
        assert end - start == timedelta(hours=2)

    def test_they_are_grouped_by_place_and_room(self, admin, tomorrow, add_room, add_reservation):
        rooms = [
            add_room("201", location="博学楼"),
            add_room("101"),
            add_room("102"),
        ]
        for room in rooms:
            for hour in (11, 9):
                add_reservation(room, tomorrow(hour), tomorrow(hour + 1))
        page = admin.get(f"{PAGE}?start={local(tomorrow(9))}&end={local(tomorrow(12))}")
        places = [each.text for each in page.html.select(".found-place")]
        assert places == ["博学楼 1 间被占用", "勤学楼 2 间被占用"]
        assert [each["id"] for each in page.html.select(".taken")] == [f"room{r.id}" for r in rooms]
        times = [
            each.text.split()[-1] for each in page.html.select(f"#room{rooms[0].id} .found-when")
        ]
        assert times == ["09:00–10:00", "11:00–12:00"]

    @pytest.mark.parametrize("query", ["start=x&end=y", "room=x", "start=%00&end="])
    def test_nonsense_is_told(self, admin, query):
        admin.get(f"{PAGE}?{query}")

    def test_a_range_that_is_reversed_or_endless(self, admin, tomorrow):
        page = admin.get(PAGE, {"start": local(tomorrow(9)), "end": local(tomorrow(8))})
        assert "结束时间必须晚于开始时间" in page.text
        year = tomorrow(9) + timedelta(days=365)
        assert "31 天" in admin.get(PAGE, {"start": local(tomorrow(9)), "end": local(year)}).text

    def test_a_free_room_offers_the_form(self, admin, asked, room, tomorrow):
        page = admin.get(asked)
        assert "没有预约" in page.text
        form = admin.form(admin.get(page.html.select_one(".found-head a")["href"]))
        assert form["reserve_from"].value == local(tomorrow(9))
        assert form["room_id"].value == str(room.id)

    def test_a_description_stays_text(self, admin, asked, room, tomorrow, add_reservation):
        add_reservation(room, tomorrow(10), tomorrow(11), description="<script>x</script>")
        assert "<script>x" not in admin.get(asked).text

    def test_view_shows_and_changes_nothing(self, browser, add_staff, first, asked):
        viewer = browser.as_user(add_staff("rooms.view"))
        page = viewer.get(asked)
        assert "13900001111" in page.text
        assert not page.html.select(".deeds a, form[data-open]")
        token = page.html.select_one("[name=csrf_token]")["value"]
        content = {"csrf_token": token, "do": "cancel", "id": str(first.id), "reason": "x"}
        viewer.post(asked, content, status=403)
        assert first.status == CONFIRMED
        browser.as_user(add_staff("core.change", username="other")).get(asked, status=403)

    def test_what_has_ended_has_no_forms(self, admin, room, tomorrow, add_reservation):
        past = timedelta(days=2)
        add_reservation(room, tomorrow(9) - past, tomorrow(10) - past)
        path = f"{PAGE}?start={local(tomorrow(8) - past)}&end={local(tomorrow(12) - past)}"
        page = admin.get(path)
        assert "已经结束" in page.text
        assert not page.html.select(".deeds a, form[data-open]")


class TestFreeRooms:
    def free(self, page) -> list[str]:
        return [each["id"] for each in page.html.select(".free > li")]

    def test_the_smallest_first_with_seats_and_place(self, admin, tomorrow, add_room):
        large, small = add_room("201", seats_count=60), add_room("102", seats_count=6)
        page = admin.get(asked_for(tomorrow(9), tomorrow(10)))
        assert page.html.select_one("#free").text.strip() == "2 间会议室空闲"
        assert self.free(page) == [f"free{small.id}", f"free{large.id}"]
        line = page.html.select_one(f"#free{small.id}").text
        for part in ("勤学楼 102", "6 座"):
            assert part in line

    def test_only_what_is_free_for_all_of_the_time(
        self, admin, tomorrow, add_room, add_reservation, add_closure
    ):
        free, taken, closed = add_room("101"), add_room("102"), add_room("103")
        add_reservation(taken, tomorrow(11), tomorrow(12))
        add_reservation(free, tomorrow(12), tomorrow(13))
        add_closure(tomorrow(8), tomorrow(10), room_id=closed.id)
        page = admin.get(asked_for(tomorrow(9), tomorrow(12)))
        assert self.free(page) == [f"free{free.id}"]

    def test_those_outside_opening_hours_come_last_and_say_so(
        self, admin, tomorrow, add_room, add_hours
    ):
        shut, open_ = add_room("101", seats_count=5), add_room("102", seats_count=50)
        add_hours("08:00–18:00", room_id=shut.id)
        page = admin.get(asked_for(tomorrow(19), tomorrow(20)))
        assert self.free(page) == [f"free{open_.id}", f"free{shut.id}"]
        assert page.html.select_one("#free").text.strip() == "1 间会议室空闲"
        assert "另有 1 间没有人用，但不在开放时间" in page.text
        assert "不在开放时间" in page.html.select_one(f"#free{shut.id}").text

    def test_people_and_equipment_choose_among_the_free_and_the_taken(
        self, admin, session, tomorrow, add_room, add_reservation
    ):
        session.add_all([Equipment(name="投影"), Equipment(name="白板")])
        small = add_room("101", seats_count=10, equipment=["投影", "白板"])
        fits = add_room("102", seats_count=30, equipment=["投影", "白板"])
        bare = add_room("103", seats_count=30, equipment=["投影"])
        taken = add_room("104", seats_count=40, equipment=["白板", "投影"])
        for room in (add_room("105", seats_count=5), taken):
            add_reservation(room, tomorrow(9), tomorrow(10))
        question = asked_for(tomorrow(9), tomorrow(10)) + "&people=20"
        page = admin.get(question)
        assert self.free(page) == [f"free{fits.id}", f"free{bare.id}"]
        assert [each["id"] for each in page.html.select(".taken")] == [f"room{taken.id}"]
        page = admin.get(question + "&" + urlencode([("equipment", "投影"), ("equipment", "白板")]))
        assert self.free(page) == [f"free{fits.id}"]
        assert [each["id"] for each in page.html.select(".taken")] == [f"room{taken.id}"]
        # They stay in the form, and in the links that open one.
        assert [each["value"] for each in page.html.select("[name=equipment][checked]")] == [
            "白板",
            "投影",
        ]
        assert "people=20&equipment=" in page.html.select_one(".taken-head .btn")["href"]
        assert small.name not in [each.text for each in page.html.select(".free strong")]

    def test_each_has_a_button_that_books_it(self, admin, teacher, tomorrow, room, session):
        page = admin.get(asked_for(tomorrow(9, 10), tomorrow(9, 50)))
        address = page.html.select_one(f"#free{room.id} .btn")["href"]
        form = admin.form(admin.get(address))
        assert form["reserve_from"].value == local(tomorrow(9))
        assert form["reserve_to"].value == local(tomorrow(10))
        form["user_id"].force_value(str(teacher.id))
        form["description"] = "院务会"
        answer = form.submit("do", value="book")
        assert answer.status_code == 303
        # And back it leads to the question.
        assert answer.location.endswith(
            f"start={local(tomorrow(9, 10))}&end={local(tomorrow(9, 50))}"
        )
        made = session.scalars(sa.select(Reservation)).one()
        assert (made.room_id, made.reserve_from) == (room.id, tomorrow(9))

    def test_of_what_has_begun_only_the_rest_is_asked_for(
        self, admin, room, add_reservation, policy
    ):
        now = policy.down(datetime.now(ZONE))
        add_reservation(room, now - timedelta(hours=2), now - timedelta(hours=1))
        page = admin.get(asked_for(now - timedelta(hours=2), now + timedelta(hours=2)))
        assert self.free(page) == [f"free{room.id}"]
        form = admin.form(admin.get(page.html.select_one(f"#free{room.id} .btn")["href"]))
        assert datetime.fromisoformat(form["reserve_from"].value) >= now.replace(tzinfo=None)

    def test_what_is_past_or_longer_than_a_day_can_not_be_booked(self, admin, room, tomorrow):
        past = timedelta(days=3)
        page = admin.get(asked_for(tomorrow(8) - past, tomorrow(9) - past))
        assert page.html.select_one("#free").text.strip() == "这段时间已经过去"
        assert self.free(page) == []
        page = admin.get(asked_for(tomorrow(8), tomorrow(9) + past))
        assert self.free(page) == [f"free{room.id}"]
        assert "一次预约最长 24 小时" in page.text
        assert not page.html.select(".free .btn")

    def test_who_may_only_look_sees_them_without_buttons(self, browser, add_staff, room, tomorrow):
        page = browser.as_user(add_staff("rooms.view")).get(asked_for(tomorrow(9), tomorrow(10)))
        assert self.free(page) == [f"free{room.id}"]
        assert not page.html.select(".free .btn")

    @pytest.mark.parametrize("query", ["people=x", "people=-1", "people=9e9", "equipment=%00"])
    def test_nonsense_is_told(self, admin, tomorrow, query):
        admin.get(f"{asked_for(tomorrow(9), tomorrow(10))}&{query}")


class TestResolving:
    def test_move(self, admin, first, asked, tomorrow, add_room, told, session):
        elsewhere = add_room("102")
        values = {
            "room_id": str(elsewhere.id),
            "reserve_from": local(tomorrow(10)),
            "reserve_to": local(tomorrow(11)),
        }
        answer = deed(admin, asked, "move", [first], **values)
        assert answer.location.endswith(asked)
        assert first.room_id == elsewhere.id
        assert told == [("moved", first.id)]
        entry = session.scalar(sa.select(AuditEntry))
        assert set(entry.before) == {"会议室"}
        assert "已改为 勤学楼 102" in admin.get(asked).text

    def test_move_refused_with_who_has_it(self, admin, first, second, asked, room, tomorrow):
        values = {
            "room_id": str(room.id),
            "reserve_from": local(tomorrow(9, 30)),
            "reserve_to": local(tomorrow(10, 30)),
        }
        page = deed(admin, asked, "move", [second], 400, **values)
        form = page.html.select_one(f"#r{second.id} form[data-open]")
        assert "张三 13900001111" in form.select_one(".alert-danger").text
        assert form.select_one("[name=reserve_from]")["value"] == local(tomorrow(9, 30))
        assert second.reserve_from == tomorrow(11)

    def test_move_beyond_the_limits_only_knowingly(self, admin, first, asked, room, tomorrow):
        values = {
            "room_id": str(room.id),
            "reserve_from": local(tomorrow(6)),
            "reserve_to": local(tomorrow(12)),
        }
        opened = admin.get(f"{asked}&do=move&id={first.id}")
        assert opened.html.select(f"#r{first.id} form[data-open]")
        assert not opened.html.select("[name=knowingly]")
        page = deed(admin, asked, "move", [first], 400, **values)
        assert page.html.select("form[data-open] [name=knowingly]")
        deed(admin, asked, "move", [first], **values, knowingly="true")
        assert first.reserve_from == tomorrow(6)

    def test_cancel_with_a_reason(self, admin, first, asked, told):
        page = deed(admin, asked, "cancel", [first], 400, reason="")
        assert page.html.select(f"#r{first.id} form[data-open] .field-error")
        deed(admin, asked, "cancel", [first], reason="停电")
        assert (first.status, first.status_reason) == (CANCELLED, "停电")
        assert told == [("cancelled", first.id)]

    @pytest.mark.parametrize("what", ["", "explode", "cancel"])
    def test_nonsense_does_nothing(self, admin, first, asked, what):
        deed(admin, asked, what, [], 400, reason="x")
        assert first.status == CONFIRMED


class TestReplacing:
    def test_several_by_one(
        self, admin, first, second, asked, room, teacher, tomorrow, session, told
    ):
        page = admin.get(asked)
        page = admin.get(page.html.select_one(".taken-head .btn")["href"].partition("#")[0])
        shown = {each["value"] for each in page.html.select("form[data-open] [name=id]")}
        assert shown == {str(first.id), str(second.id)}
        values = replacement(room, teacher, tomorrow(9), tomorrow(12))
        deed(admin, asked, "replace", [first, second], **values)
        assert (first.status, second.status) == (CANCELLED, CANCELLED)
        assert first.status_reason == "学院急用"
        made = session.scalar(sa.select(Reservation).where(Reservation.status == CONFIRMED))
        assert (made.reserve_from, made.reserve_to) == (tomorrow(9), tomorrow(12))
        assert made.user_id == teacher.id
        assert told == [
            ("cancelled", first.id),
            ("cancelled", second.id),
            ("reserved", made.id),
        ]
        actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions == ["取消预约", "取消预约", "代为预约"]

    def test_more_than_anybody_ticks_is_refused_before_anything_is_locked(
        self, admin, first, asked
    ):
        many = [SimpleNamespace(id=number) for number in range(1, 502)]
        page = deed(admin, asked, "replace", [first, *many], status=400)
        assert "一次最多处理 500 个预约。" in page.text
        assert first.status == CONFIRMED

    def test_all_or_nothing(self, admin, first, second, asked, room, teacher, tomorrow, session):
        """The second one is in the way and was not to be cancelled: the first one stays, too."""
        values = replacement(room, teacher, tomorrow(10), tomorrow(12))
        page = deed(admin, asked, "replace", [first], 400, **values)
        assert "已经被占用：褚杰" in page.html.select_one("form[data-open] .alert-danger").text
        assert (first.status, second.status) == (CONFIRMED, CONFIRMED)
        assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 2
        assert session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 0

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"user_id": "999999"}, "对象不存在"),
            ({"user_id": ""}, "请选择新的预约人。"),
            ({"reason": ""}, "不能为空"),
            ({"reserve_to": "x"}, "日期时间格式错误"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_done(
        self, admin, first, asked, room, teacher, tomorrow, wrong, sentence
    ):
        values = replacement(room, teacher, tomorrow(10), tomorrow(11)) | wrong
        page = deed(admin, asked, "replace", [first], 400, **values)
        assert sentence in page.html.select_one("form[data-open] .field-error").text
        assert page.html.select_one("form[data-open] [name=description]")["value"] == "院务会"
        assert first.status == CONFIRMED

    def test_who_waits_for_the_room_does_not_get_what_is_set_free(
        self,
        admin,
        first,
        asked,
        room,
        teacher,
        tomorrow,
        session,
        add_reservation,
        add_user,
        monkeypatch,
    ):
        """Neither who asked before nor who asks while it is being replaced."""
        status, user = {"status": PENDING}, add_user("t0008")
        times = tomorrow(10), tomorrow(11)
        before = add_reservation(room, *times, user_id=user.id, **status)
        meanwhile = []
        cancel = cancellation.cancel

        def ask_and_cancel(*args, **kw):
            meanwhile.append(add_reservation(room, *times, user_id=user.id, **status).id)
            return cancel(*args, **kw)

        monkeypatch.setattr(cancellation, "cancel", ask_and_cancel)
        deed(admin, asked, "replace", [first], **replacement(room, teacher, *times))
        assert (first.status, before.status) == (CANCELLED, REJECTED)
        assert session.get_one(Reservation, meanwhile[0]).status == PENDING
        decisions.decide_pending(session)
        session.expire_all()
        assert session.get_one(Reservation, meanwhile[0]).status == REJECTED

    def test_it_is_filled_in_with_the_time_that_was_asked_for(self, admin, first, asked, tomorrow):
        form = admin.get(f"{asked}&do=replace&id={first.id}").html.select_one("form.deed-form")
        times = [
            form.select_one(f"[name={name}]")["value"] for name in ("reserve_from", "reserve_to")
        ]
        assert times == [local(tomorrow(9)), local(tomorrow(12))]

    def test_no_such_room(self, admin, first, asked, room, teacher, tomorrow):
        values = replacement(room, teacher, tomorrow(10), tomorrow(11), room_id="999999")
        page = deed(admin, asked, "replace", [first], 400, **values)
        assert "对象不存在" in page.html.select_one("form[data-open] .alert-danger").text
        assert first.status == CONFIRMED

    def test_what_somebody_cancelled_meanwhile(
        self, admin, first, asked, room, teacher, tomorrow, session
    ):
        admin.get(asked)
        first.status = CANCELLED
        values = replacement(room, teacher, tomorrow(10), tomorrow(11))
        page = deed(admin, asked, "replace", [first], 400, **values)
        assert "已经取消" in page.text
        assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 1


class TestMovingWhoGivesWay:
    """The displaced teacher gets another room in the same step."""

    @pytest.fixture
    def elsewhere(self, add_room):
        """The room that is offered first: it is as large, and the smallest of those."""
        add_room("201", seats_count=40)
        add_room("202", seats_count=4)
        return add_room("102", seats_count=12)

    def choice(self, page, row):
        return page.html.select_one(f"form[data-open] [name=to-{row.id}]")

    def test_a_room_for_their_time_is_offered(
        self, admin, first, asked, elsewhere, add_room, add_reservation, tomorrow, add_closure
    ):
        add_reservation(add_room("103"), tomorrow(10, 30), tomorrow(12))
        add_closure(tomorrow(8), tomorrow(10, 30), room_id=add_room("104").id)
        add_reservation(elsewhere, tomorrow(11), tomorrow(12))
        choice = self.choice(admin.get(f"{asked}&do=replace&id={first.id}"), first)
        texts = [each.text for each in choice.select("option")]
        assert texts == [
            "改到 勤学楼 102（12 座）",
            "改到 勤学楼 201（40 座）",
            "改到 勤学楼 202（4 座）",
            "取消，并通知预约人",
        ]
        assert choice.select_one("[selected]")["value"] == str(elsewhere.id)

    def test_where_there_is_no_such_room_it_is_cancelled(self, admin, first, asked, add_room):
        add_room("202", seats_count=4)
        choice = self.choice(admin.get(f"{asked}&do=replace&id={first.id}"), first)
        assert choice.select_one("[selected]")["value"] == ""

    def test_both_in_one_step(
        self, admin, first, asked, elsewhere, room, teacher, tomorrow, told, session
    ):
        values = replacement(room, teacher, tomorrow(9), tomorrow(12), reason="")
        page = admin.get(f"{asked}&do=replace&id={first.id}")
        chosen = self.choice(page, first).select_one("[selected]")["value"]
        deed(admin, asked, "replace", [first], **values, **{f"to-{first.id}": chosen})
        made = session.scalar(sa.select(Reservation).where(Reservation.room_id == room.id))
        assert (first.room_id, first.status) == (elsewhere.id, CONFIRMED)
        assert (first.reserve_from, first.reserve_to) == (tomorrow(10), tomorrow(11))
        assert (made.user_id, made.reserve_from, made.status) == (
            teacher.id,
            tomorrow(9),
            CONFIRMED,
        )
        assert told == [("moved", first.id), ("reserved", made.id)]
        entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [each.action for each in entries] == ["改时间或会议室", "代为预约"]
        assert entries[0].after == {"会议室": "勤学楼 102"}
        assert "原来的预约：1 个改到其他会议室。" in admin.get(asked).text

    def test_one_moves_and_one_is_cancelled(
        self, admin, first, second, asked, elsewhere, room, teacher, tomorrow, told
    ):
        values = replacement(room, teacher, tomorrow(9), tomorrow(12))
        chosen = {f"to-{first.id}": str(elsewhere.id), f"to-{second.id}": ""}
        page = deed(
            admin, asked, "replace", [first, second], 400, **values | chosen | {"reason": ""}
        )
        assert "不能为空" in page.html.select_one("#deed-reason-error").text
        deed(admin, asked, "replace", [first, second], **values, **chosen)
        assert (first.room_id, first.status) == (elsewhere.id, CONFIRMED)
        assert (second.status, second.status_reason) == (CANCELLED, "学院急用")
        assert [what for what, _ in told] == ["moved", "cancelled", "reserved"]
        assert "原来的预约：1 个改到其他会议室，1 个取消。" in admin.get(asked).text

    def test_a_room_that_was_taken_meanwhile_is_said_and_nothing_stored(
        self,
        admin,
        first,
        second,
        asked,
        elsewhere,
        room,
        teacher,
        tomorrow,
        add_reservation,
        session,
        told,
    ):
        add_reservation(elsewhere, tomorrow(11), tomorrow(12))
        values = replacement(room, teacher, tomorrow(9), tomorrow(12))
        chosen = {f"to-{first.id}": "", f"to-{second.id}": str(elsewhere.id)}
        page = deed(admin, asked, "replace", [first, second], 400, **values, **chosen)
        field = self.choice(page, second)
        problem = page.html.select_one(f"#deed-to-{second.id}-error").text
        assert "勤学楼 102 在该时间段已经被占用：褚杰" in problem
        assert (first.status, second.status, second.room_id) == (CONFIRMED, CONFIRMED, room.id)
        assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 3
        assert session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 0
        # It is not offered again, and sending the form as it stands is no choice.
        assert str(elsewhere.id) not in [each["value"] for each in field.select("option")]
        chosen[f"to-{second.id}"] = field.select_one("[selected]")["value"]
        page = deed(admin, asked, "replace", [first, second], 400, **values, **chosen)
        assert "请选择一间会议室，或者取消" in page.html.select_one(".field-error").text
        assert second.status == CONFIRMED

    @pytest.mark.parametrize("chosen", ["999999", "-1", "x", "99999999999999999999"])
    def test_no_such_room(self, admin, first, asked, room, teacher, tomorrow, chosen):
        values = replacement(room, teacher, tomorrow(10), tomorrow(11))
        page = deed(admin, asked, "replace", [first], 400, **values, **{f"to-{first.id}": chosen})
        assert page.html.select_one(f"#deed-to-{first.id}-error")
        assert (first.status, first.room_id) == (CONFIRMED, room.id)

    def test_if_the_meeting_can_not_be_had_nobody_moves(
        self, admin, first, second, asked, elsewhere, room, teacher, tomorrow, told
    ):
        """The second one is in the way, and was not to go."""
        values = replacement(room, teacher, tomorrow(9), tomorrow(12))
        deed(
            admin, asked, "replace", [first], 400, **values, **{f"to-{first.id}": str(elsewhere.id)}
        )
        assert first.room_id == room.id

    def test_who_waits_for_either_room_gets_neither(
        self,
        admin,
        first,
        second,
        asked,
        elsewhere,
        room,
        teacher,
        tomorrow,
        add_user,
        add_reservation,
        session,
        monkeypatch,
    ):
        """Neither what is set free, nor the offered room once somebody has moved there."""
        user = add_user("t0008")
        asks = {"user_id": user.id, "status": PENDING}
        meanwhile = []
        move = booking.move

        def ask_and_move(*args, **kw):
            for where in (room, elsewhere):
                row = add_reservation(where, tomorrow(10), tomorrow(11), **asks)
                meanwhile.append(row.id)
            return move(*args, **kw)

        monkeypatch.setattr(booking, "move", ask_and_move)
        values = replacement(room, teacher, tomorrow(9), tomorrow(12))
        chosen = {f"to-{row.id}": str(elsewhere.id) for row in (first, second)}
        deed(admin, asked, "replace", [first, second], **values, **chosen)
        decisions.decide_pending(session)
        session.expire_all()
        assert (first.room_id, second.room_id) == (elsewhere.id, elsewhere.id)
        found = [session.get_one(Reservation, id_).status for id_ in meanwhile]
        assert found == [REJECTED] * 4


@pytest.mark.parametrize("what", ["move", "replace"])
def test_it_is_shown_first_what_would_be_stored(
    admin, asked, room, first, teacher, tomorrow, told, session, what
):
    values = replacement(room, teacher, tomorrow(14, 10), tomorrow(15, 25))
    page = deed(admin, asked, what, [first], 400, **values)
    form = page.html.select_one("form.deed-form")
    assert "14:10–15:25 会存为 14:00–15:30" in form.text
    shown = {
        name: form.select_one(f"[name={name}]")["value"] for name in ("reserve_from", "reserve_to")
    }
    assert shown == {"reserve_from": local(tomorrow(14)), "reserve_to": local(tomorrow(15, 30))}
    assert (first.reserve_from, first.status) == (tomorrow(10), CONFIRMED)
    deed(admin, asked, what, [first], **values | shown)
    stored = session.scalars(sa.select(Reservation).where(Reservation.status == CONFIRMED)).one()
    assert (stored.reserve_from, stored.reserve_to) == (tomorrow(14), tomorrow(15, 30))


def test_what_would_be_reserved_instead_lies_on_the_grid(admin, room, tomorrow):
    asked = f"{PAGE}?start={local(tomorrow(9, 10))}&end={local(tomorrow(9, 50))}&room={room.id}"
    link = admin.get(asked).html.select_one("main a[href*='rooms/book/']")
    form = admin.form(admin.get(link["href"]))
    assert form["reserve_from"].value == local(tomorrow(9))
    assert form["reserve_to"].value == local(tomorrow(10))
