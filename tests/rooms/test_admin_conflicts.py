"""冲突查询: who stands in the way, and what is done about it on the spot."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_plugins.rooms import booking, decisions, notifications
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, PENDING, REJECTED, Reservation

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

    def test_without_a_range_it_is_today(self, admin):
        page = admin.get(PAGE)
        assert page.html.select_one("#ask-from")["value"].endswith("T08:00")

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
        page = admin.get(page.html.select_one(".found-head a")["href"].partition("#")[0])
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
            ({"user_id": ""}, "不能为空"),
            ({"reason": ""}, "不能为空"),
            ({"reserve_to": "x"}, "日期时间格式错误"),
            ({"room_id": "999999"}, "对象不存在"),
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
        cancel = booking.cancel

        def ask_and_cancel(*args, **kw):
            meanwhile.append(add_reservation(room, *times, user_id=user.id, **status).id)
            return cancel(*args, **kw)

        monkeypatch.setattr(booking, "cancel", ask_and_cancel)
        deed(admin, asked, "replace", [first], **replacement(room, teacher, *times))
        assert (first.status, before.status) == (CANCELLED, REJECTED)
        assert session.get_one(Reservation, meanwhile[0]).status == PENDING
        decisions.decide_pending(session)
        session.expire_all()
        assert session.get_one(Reservation, meanwhile[0]).status == REJECTED

    def test_what_somebody_cancelled_meanwhile(
        self, admin, first, asked, room, teacher, tomorrow, session
    ):
        admin.get(asked)
        first.status = CANCELLED
        values = replacement(room, teacher, tomorrow(10), tomorrow(11))
        page = deed(admin, asked, "replace", [first], 400, **values)
        assert "已经取消" in page.text
        assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 1


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
    link = admin.get(asked).html.select_one("a[href*='reservations/add']")
    form = admin.form(admin.get(link["href"]))
    assert form["reserve_from"].value == local(tomorrow(9))
    assert form["reserve_to"].value == local(tomorrow(10))
