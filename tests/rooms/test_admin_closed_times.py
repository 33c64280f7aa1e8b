"""开放时间 and 停用时间 in the back office, and what becomes of reservations that a closure meets."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from hhu_base.mail.models import Mail
from hhu_base.models import AuditEntry
from hhu_plugins.rooms import notifications
from hhu_plugins.rooms.admin import closures as closure_pages
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    PENDING,
    Closure,
    Notice,
    OpeningHours,
    Reservation,
)
from hhu_plugins.rooms.opening_hours import day_text, read_week

HOURS, CLOSURES = "/admin/rooms/hours/", "/admin/rooms/closures/"
RESERVATIONS = "/admin/rooms/reservations/"


def local(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


class TestHours:
    def week(self, session) -> list[str]:
        row = session.scalars(sa.select(OpeningHours)).one()
        return [day_text(day) for day in read_week(row.week)]

    def test_of_all_rooms_and_of_one(self, admin, session, room):
        values = {"monday": "8:00-12:00，14:00-22:00", "saturday": "", "sunday": "22:00-2:00"}
        admin.submit(admin.get(f"{HOURS}add"), **values)
        assert self.week(session) == [*["08:00–12:00、14:00–22:00"] * 5, "", "22:00–02:00"]
        page = admin.get(HOURS)
        assert "周一至周五 08:00–12:00、14:00–22:00；周六 不开放；周日 22:00–02:00" in page.text
        assert "全部会议室" in page.html.select_one("tbody").text
        admin.submit(admin.get(f"{HOURS}add?room_id={room.id}"), tuesday="全天")
        assert "勤学楼 101" in admin.get(HOURS).html.select_one("tbody").text
        assert session.scalar(sa.select(sa.func.count()).select_from(OpeningHours)) == 2

    def test_what_is_no_time_is_told_at_its_day(self, admin, session):
        page = admin.submit(admin.get(f"{HOURS}add"), status=400, tuesday="早上八点")
        assert "请写成“08:00–12:00、14:00–22:00”" in page.html.select_one("#item-deformField3").text
        assert session.scalar(sa.select(OpeningHours)) is None

    def test_a_new_one_begins_with_what_is_usual(self, admin, session):
        admin.submit(admin.get(f"{HOURS}add"), saturday="09:00–17:00")
        assert self.week(session) == [*["08:00–22:00"] * 5, *["09:00–17:00"] * 2]

    def test_monday_is_like_no_day_before(self, admin, session):
        admin.submit(admin.get(f"{HOURS}add"), status=400, monday="同上")
        assert session.scalar(sa.select(OpeningHours)) is None

    def test_there_is_one_for_each(self, admin, session, add_hours):
        add_hours("08:00–12:00")
        page = admin.submit(admin.get(f"{HOURS}add"), status=400, monday="08:00–12:00")
        assert "已经有相同会议室的开放时间" in page.text

    def test_changed_it_says_what_is_outside_now(
        self, admin, session, room, add_hours, add_reservation, tomorrow
    ):
        add_reservation(room, tomorrow(10), tomorrow(11))
        add_reservation(room, tomorrow(18), tomorrow(19))
        row = add_hours("08:00–20:00")
        form = admin.get(f"{HOURS}{row.id}/")
        days = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday"), "08:00–18:00")
        days |= dict.fromkeys(("friday", "saturday", "sunday"), "08:00–18:00")
        admin.submit(form, **days)
        assert self.week(session) == ["08:00–18:00"] * 7
        assert row.revision == 1
        assert "有 1 个已经确认的预约在开放时间以外" in admin.get(HOURS).text
        entry = session.scalars(sa.select(AuditEntry)).one()
        assert entry.after["周日"] == "08:00–18:00"

    def test_deleted_everything_is_open(self, admin, session, add_hours):
        row = add_hours("")
        admin.submit(admin.get(f"{HOURS}delete?id={row.id}"))
        assert session.scalar(sa.select(OpeningHours)) is None

    def test_a_room_tells_its_own(self, admin, room, add_hours, add_closure, tomorrow):
        add_hours("08:00–20:00")
        add_closure(tomorrow(8), None, location="勤学楼", reason="装修")
        page = admin.get(f"/admin/rooms/meetingrooms/{room.id}/")
        facts = page.html.select_one(".facts").text
        assert "每天 08:00–20:00" in facts
        assert "装修" in facts
        form = admin.form(admin.get(page.html.find("a", string="另定")["href"]))
        assert (form["room_id"].value, form["sunday"].value) == (str(room.id), "08:00–20:00")
        form = admin.form(admin.get(page.html.find("a", string="停用这间")["href"]))
        assert form["room_id"].value == str(room.id)


class TestOutsideHours:
    @pytest.fixture(autouse=True)
    def hours(self, add_hours):
        add_hours("08:00–18:00")

    def test_reserved_for_somebody_knowingly(self, admin, session, room, teacher, tomorrow):
        values = {
            "user_id": teacher.id,
            "room_id": room.id,
            "reserve_from": local(tomorrow(18)),
            "reserve_to": local(tomorrow(19)),
            "description": "讲座",
        }
        prefilled = urlencode(values)
        page = admin.get(f"{RESERVATIONS}add?{prefilled}")
        page = admin.submit(page, status=400)
        assert "会议室在该时间段不开放。确有需要时，请勾选“我知道超出了规定”" in page.text
        admin.submit(page, knowingly="true")
        assert session.scalars(sa.select(Reservation)).one().status == CONFIRMED

    def test_moved_to_a_room_that_is_closed_then(
        self, admin, room, add_room, add_hours, add_reservation, tomorrow
    ):
        other = add_room("102")
        add_hours("", room_id=other.id)
        row = add_reservation(room, tomorrow(10), tomorrow(11))
        form = admin.form(admin.get(f"{RESERVATIONS}{row.id}/"))
        form["room_id"].force_value(str(other.id))
        page = form.submit(status=400)
        assert "我知道超出了规定" in page.text
        form = admin.form(page)
        form["knowingly"] = "true"
        form.submit(status=303)
        assert row.room_id == other.id

    def test_dragged_in_the_calendar(self, admin, room, add_reservation, tomorrow):
        row = add_reservation(room, tomorrow(10), tomorrow(11))
        page = admin.get("/admin/rooms/calendar/")
        token = page.html.select_one("[name=csrf_token]")["value"]
        wanted = {
            "id": row.id,
            "was_from": tomorrow(10).isoformat(),
            "was_to": tomorrow(11).isoformat(),
            "reserve_from": tomorrow(18).isoformat(),
            "reserve_to": tomorrow(19).isoformat(),
        }

        def drag(status: int, **more):
            return admin.client.post_json(
                "/admin/rooms/calendar/move.json",
                wanted | more,
                headers={"X-CSRF-Token": token},
                status=status,
            ).json

        assert "会议室在该时间段不开放。" in drag(400)["knowingly"][0]
        drag(200, knowingly=True)

    def test_reserved_in_place_of_another(
        self, admin, session, room, teacher, add_hours, add_reservation, add_user, tomorrow
    ):
        row = add_reservation(room, tomorrow(17), tomorrow(18), user_id=add_user("t0002").id)
        window = {"start": local(tomorrow(9)), "end": local(tomorrow(20)), "room": room.id}
        page = f"/admin/rooms/conflicts/?{urlencode(window)}"
        content = {
            "csrf_token": admin.get(page).html.select_one("[name=csrf_token]")["value"],
            "do": "replace",
            "id": str(row.id),
            "room_id": str(room.id),
            "user_id": str(teacher.id),
            "reserve_from": local(tomorrow(17)),
            "reserve_to": local(tomorrow(19)),
            "description": "院务会",
            "reason": "学院急用",
        }
        refused = admin.post(page, content, status=400)
        assert "会议室在该时间段不开放" in refused.html.select_one("#deed-knowingly-error").text
        session.expire_all()
        assert row.status == CONFIRMED
        admin.post(page, content | {"knowingly": "true"})
        session.expire_all()
        assert row.status == CANCELLED

    def test_restored_knowingly(self, admin, room, add_reservation, tomorrow):
        row = add_reservation(room, tomorrow(18), tomorrow(19), status=CANCELLED)
        path = f"{RESERVATIONS}do/restore?id={row.id}"
        page = admin.submit(admin.get(path), status=400)
        assert "我知道超出了规定" in page.text
        assert row.status == CANCELLED
        admin.submit(page, knowingly="true")
        assert row.status == CONFIRMED

    def test_no_form_asks_for_more_than_it_needs(self, admin, room, add_reservation, tomorrow):
        row = add_reservation(room, tomorrow(10), tomorrow(11), status=CANCELLED)
        page = admin.get(f"{RESERVATIONS}do/restore?id={row.id}")
        assert "我知道超出了规定" not in page.text


def test_never_into_a_closure(admin, session, room, teacher, add_closure, tomorrow):
    add_closure(tomorrow(8), None, room_id=room.id, reason="装修。")
    values = {
        "user_id": teacher.id,
        "room_id": room.id,
        "reserve_from": local(tomorrow(10)),
        "reserve_to": local(tomorrow(11)),
        "description": "讲座",
    }
    prefilled = urlencode(values)
    page = admin.submit(admin.get(f"{RESERVATIONS}add?{prefilled}"), status=400)
    assert "会议室在该时间段不开放：装修。" in page.text
    assert "我知道超出了规定" not in page.text
    assert session.scalar(sa.select(Reservation)) is None


class TestClosures:
    @pytest.fixture
    def close(self, admin, tomorrow):
        """``close(8, 12, reason=…)``: fill in the form for tomorrow and save; the answer."""

        def close(start: int, end: int | None, *, status: int = 303, page=None, **values):
            page = page or admin.get(f"{CLOSURES}add")
            ends = {} if end is None else {"ends": local(tomorrow(end))}
            values = {"starts": local(tomorrow(start)), **ends, "reason": "期末考试", **values}
            form = admin.form(page)
            for name, value in values.items():
                form[name] = str(value)
            return form.submit(status=status)

        return close

    @pytest.fixture
    def first(self, room, tomorrow, add_reservation, add_user) -> Reservation:
        """Tomorrow from 9 to 10, 张三's."""
        user = add_user("t0009", last_name="张", first_name="三", email="z3@hhu.example")
        return add_reservation(room, tomorrow(9), tomorrow(10), user_id=user.id, description="答辩")

    @pytest.fixture
    def second(self, room, tomorrow, add_reservation) -> Reservation:
        return add_reservation(room, tomorrow(10), tomorrow(11))

    def count(self, session) -> int:
        return session.scalar(sa.select(sa.func.count()).select_from(Closure))

    def test_one_that_meets_nothing(self, admin, session, close, tomorrow, room):
        close(8, 12, room_id=room.id)
        row = session.scalars(sa.select(Closure)).one()
        assert (row.room_id, row.location, row.reason) == (room.id, None, "期末考试")
        assert (row.starts, row.ends, row.revision) == (tomorrow(8), tomorrow(12), 1)
        shown = admin.get(CLOSURES).html.select_one("tbody").text
        assert "勤学楼 101" in shown
        noted = session.scalars(sa.select(AuditEntry)).one().after
        assert (noted["会议室"], noted["原因"]) == ("勤学楼 101", "期末考试")

    def test_all_rooms_of_a_place_without_an_end(self, admin, session, close, room):
        close(8, None, location="勤学楼")
        row = session.scalars(sa.select(Closure)).one()
        assert (row.room_id, row.location, row.ends) == (None, "勤学楼", None)
        shown = admin.get(CLOSURES).html.select_one("tbody").text
        assert "勤学楼（全部）" in shown
        assert "未定" in shown

    @pytest.mark.parametrize(
        ("start", "end", "more", "sentence"),
        [
            (12, 8, {}, "结束时间必须晚于开始时间"),
            (8, 12, {"location": "勤学楼", "room_id": 1}, "会议室和地点只能选一个"),
            (8, 12, {"reason": " "}, "请填写"),
        ],
    )
    def test_what_makes_no_sense(self, session, room, close, start, end, more, sentence):
        if "room_id" in more:
            more = more | {"room_id": room.id}
        assert sentence in close(start, end, status=400, **more).text
        assert self.count(session) == 0

    def test_one_that_is_over_already(self, session, admin, close, tomorrow):
        past = tomorrow(8) - timedelta(days=3)
        page = close(8, None, status=400, starts=local(past), ends=local(past + timedelta(hours=1)))
        assert "结束时间必须在现在以后" in page.text

    def test_it_asks_about_what_it_meets_and_stores_nothing(
        self, session, close, first, second, add_reservation, add_room, tomorrow, room
    ):
        add_reservation(room, tomorrow(11), tomorrow(12))
        add_reservation(add_room("102"), tomorrow(9), tomorrow(10))
        add_reservation(room, tomorrow(9), tomorrow(10), status=CANCELLED)
        page = close(8, 11, status=400, room_id=room.id)
        assert "这段时间里有 2 个预约，请选择每个怎么处理，再保存。" in page.text
        listed = page.html.select(".met-list > li")
        assert len(listed) == 2
        for part in ("勤学楼 101", "09:00–10:00", "张三", "答辩"):
            assert part in listed[0].text
        assert self.count(session) == 0

    def test_stay_move_and_cancel_at_once(
        self, admin, session, close, first, second, room, add_room, add_reservation, tomorrow
    ):
        other, small, taken = add_room("102"), add_room("103", seats_count=4), add_room("104")
        third = add_reservation(room, tomorrow(11), tomorrow(12), description="留下的会")
        add_reservation(taken, tomorrow(9), tomorrow(10))
        page = close(8, 12, status=400, room_id=room.id)
        options = [each["value"] for each in page.html.select(f"#fate-{first.id} optgroup option")]
        assert options == [str(other.id), str(small.id)]
        fates = {f"fate-{first.id}": other.id, f"fate-{second.id}": "cancel", "rest": "keep"}
        close(8, 12, page=page, **fates)
        session.expire_all()
        assert (first.room_id, first.status) == (other.id, CONFIRMED)
        assert (second.status, second.status_reason) == (CANCELLED, "会议室停用：期末考试")
        assert (third.room_id, third.status) == (room.id, CONFIRMED)
        assert self.count(session) == 1
        assert "1 个保留，1 个取消，1 个改到其他会议室" in admin.get(CLOSURES).text
        told = session.scalars(sa.select(Notice.reservation_id).order_by(Notice.reservation_id))
        assert set(told) == {first.id, second.id}
        actions = session.scalars(sa.select(AuditEntry.action)).all()
        assert sorted(actions) == ["取消预约", "改时间或会议室", "新增"]

    def test_the_holders_get_a_mail(self, session, app, close, first, room):
        page = close(8, 12, status=400, room_id=room.id)
        close(8, 12, page=page, rest="cancel")
        session.execute(sa.update(Notice).values(due_at=sa.func.now()))
        notifications.tell_what_is_due(session, app.registry.site_zone)
        mail = session.scalars(sa.select(Mail)).one()
        assert mail.to_address == "z3@hhu.example"
        assert "原因：会议室停用：期末考试" in mail.body

    def test_nothing_at_all_if_one_of_them_cannot_be(
        self, session, close, first, second, room, add_room, add_reservation, tomorrow
    ):
        other = add_room("102")
        page = close(8, 12, status=400, room_id=room.id)
        add_reservation(other, tomorrow(10), tomorrow(11), description="先来的会")
        fates = {f"fate-{first.id}": "cancel", f"fate-{second.id}": other.id}
        page = close(8, 12, page=page, status=400, **fates)
        wrong = page.html.select(".met-list > li.is-wrong")
        assert len(wrong) == 1
        assert "先来的会" in wrong[0].select_one(".field-error").text
        # What was chosen stays chosen.
        chosen = page.html.select_one(f"#fate-{first.id} option[selected]")
        assert chosen["value"] == "cancel"
        session.expire_all()
        assert (first.status, second.status, second.room_id) == (CONFIRMED, CONFIRMED, room.id)
        assert self.count(session) == 0

    @pytest.mark.parametrize("fate", ["", "999999999999", "x", "keep "])
    def test_a_fate_that_is_none(self, session, close, first, room, fate):
        page = close(8, 12, status=400, room_id=room.id)
        form = next(each for each in page.forms.values() if f"fate-{first.id}" in each.fields)
        form[f"fate-{first.id}"].force_value(fate)
        form.submit(status=400)
        assert self.count(session) == 0

    def test_changed_it_asks_only_about_what_is_new(
        self, admin, session, close, first, second, room, tomorrow
    ):
        page = close(9, 10, status=400, room_id=room.id)
        close(9, 10, page=page, rest="keep")
        row = session.scalars(sa.select(Closure)).one()
        path = f"{CLOSURES}{row.id}/"
        admin.submit(admin.get(path), reason="补考")
        page = admin.submit(admin.get(path), status=400, ends=local(tomorrow(11)))
        listed = page.html.select(".met-list > li")
        assert len(listed) == 1
        assert "10:00–11:00" in listed[0].text
        admin.submit(page, **{f"fate-{second.id}": "keep"})
        session.expire_all()
        assert (row.reason, row.ends, row.revision) == ("补考", tomorrow(11), 3)

    def test_who_asked_before_counts_as_met(self, session, close, room, add_reservation, tomorrow):
        waiting = add_reservation(room, tomorrow(9), tomorrow(10), status=PENDING)
        page = close(8, 12, status=400, room_id=room.id)
        assert page.html.select_one(f"#fate-{waiting.id}")
        close(8, 12, page=page, rest="keep")
        session.expire_all()
        assert waiting.status == CONFIRMED

    def test_more_than_a_page_shows(
        self, monkeypatch, session, close, room, add_reservation, tomorrow
    ):
        monkeypatch.setattr(closure_pages, "MOST_SHOWN", 2)
        rows = [add_reservation(room, tomorrow(h), tomorrow(h + 1)) for h in range(8, 12)]
        page = close(8, 12, status=400, room_id=room.id)
        assert len(page.html.select(".met-list > li")) == 2
        assert "另有 2 个没有列出" in page.text
        monkeypatch.setattr(closure_pages, "MOST_CHANGED", 3)
        assert "一次最多改动 3 个预约" in close(8, 12, page=page, status=400, rest="cancel").text
        monkeypatch.setattr(closure_pages, "MOST_CHANGED", 4)
        close(8, 12, page=page, rest="cancel")
        session.expire_all()
        assert [row.status for row in rows] == [CANCELLED] * 4

    def test_deleted_the_room_is_open(self, admin, session, add_closure, tomorrow):
        row = add_closure(tomorrow(8), None)
        admin.submit(admin.get(f"{CLOSURES}delete?id={row.id}"))
        assert self.count(session) == 0

    def test_lists_find_and_sort_those_without_a_room_too(
        self, admin, room, add_closure, add_hours, tomorrow
    ):
        add_closure(tomorrow(8), None, location="勤学楼", reason="装修")
        add_closure(tomorrow(9), None, room_id=room.id, reason="检修")
        add_closure(tomorrow(10), None, reason="寒假")
        add_hours("08:00–12:00")
        add_hours("08:00–12:00", room_id=room.id)

        def count(path: str, **query) -> int:
            return len(admin.get(path, query).html.select("tbody tr"))

        assert count(CLOSURES) == 3
        assert [count(CLOSURES, q=word) for word in ("勤学楼", "寒假", "没有")] == [2, 1, 0]
        assert count(HOURS, sort="room_id") == count(HOURS, sort="-room_id") == 2

    def test_view_shows_and_changes_nothing(self, browser, add_staff, add_closure, tomorrow):
        row = add_closure(tomorrow(8), None)
        viewer = browser.as_user(add_staff("rooms.view"))
        assert "检修" in viewer.get(f"{CLOSURES}{row.id}/").text
        viewer.get(f"{CLOSURES}add", status=403)
