"""Series in the back office: planned and made in 预约会议室, changed and cancelled on their page."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_plugins.rooms import holidays, series
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, PENDING, Reservation, Series, Term

from .test_admin_reservation_form import local, press

BOOK = "/admin/rooms/book/"
WEEK = timedelta(weeks=1)


@pytest.fixture
def plan(admin, room, teacher, tomorrow):
    """``plan(repeat="week", count="3")``: the page with the plan; for the teacher, 10 to 11."""

    def plan(status: int = 200, weekdays=(), **values):
        asked = {
            "start": local(tomorrow(10)),
            "end": local(tomorrow(11)),
            "room": room.id,
            "user": teacher.id,
            "description": "高等数学",
            **{name: values.pop(name) for name in ("start", "end", "user") if name in values},
        }
        if not asked["user"]:
            del asked["user"]  # the administrator
        form = admin.form(admin.get(BOOK, asked))
        for name, text in {"repeat": "week", "count": "3", **values}.items():
            form[name] = text
        for box in form.fields.get("weekdays", ()):
            box.checked = box._value in weekdays
        return admin._call(form.submit, "do", value="plan", status=status)

    return plan


@pytest.fixture
def made(admin, plan, session) -> list[Reservation]:
    """Three dates of the teacher's, a week from each other."""
    press(admin, plan(), "do", "book", status=303)
    return rows(session)


def add(admin, page, status: int, **values):
    """Send the form of another date."""
    form = page.forms["series-add"]
    for field, text in values.items():
        form[field] = text
    return admin._call(form.submit, "do", value="add", status=status)


def rows(session, status: str = CONFIRMED) -> list[Reservation]:
    found = sa.select(Reservation).where(Reservation.status == status)
    return list(session.scalars(found.order_by(Reservation.reserve_from)))


def states(page) -> list[str]:
    return [each.text for each in page.html.select(".plan-list .badge-tone:not(.is-warn)")]


def options(page, index: int) -> list[str]:
    return [each.text for each in page.html.select(f"#choice-{index} option")]


class TestPlanning:
    def test_each_date_is_shown_and_nothing_is_stored(self, plan, session, tomorrow):
        page = plan()
        assert states(page) == ["空闲"] * 3
        days = [each.text for each in page.html.select(".plan-when")]
        for number, day in enumerate(days):
            assert day.startswith(f"{tomorrow(10) + number * WEEK:%Y-%m-%d} 周")
        assert options(page, 1) == ["按计划", "跳过"]
        assert rows(session) == []
        assert session.scalar(sa.select(Series)) is None

    def test_a_taken_date_says_by_whom_and_what_there_is_instead(
        self, plan, room, add_room, add_reservation, add_user, tomorrow
    ):
        add_room("103", location="博学楼")
        user = add_user("t0009", last_name="张", first_name="三")
        add_reservation(room, tomorrow(10) + WEEK, tomorrow(11) + WEEK, user_id=user.id)
        page = plan()
        assert states(page) == ["空闲", "已被占用", "空闲"]
        assert "t0009-张三" in page.html.select(".plan-list > li")[1].text
        offered = options(page, 2)
        assert offered[0] == "请选择"
        assert "换到 博学楼 103（10 座）" in offered
        assert "改到 11:00–12:00" in offered
        assert "1 次不能按计划" in page.text

    def test_closed_past_and_distant_dates_are_told(self, plan, add_closure, tomorrow):
        add_closure(tomorrow(0) + WEEK, tomorrow(0) + WEEK + timedelta(days=1))
        assert states(plan()) == ["空闲", "不开放", "空闲"]
        page = plan(repeat="week", every="30")
        assert page.html.select(".plan-list > li")[2].select_one(".is-warn").text == "太远"
        assert options(page, 3) == ["跳过"]

    def test_teaching_weeks_of_a_term(self, plan, session, tomorrow, admin):
        monday = (tomorrow(10) + timedelta(days=7 - tomorrow(10).weekday())).date()
        term = Term(name="本学期", first_monday=monday, weeks_count=18)
        session.add(term)
        session.flush()
        page = plan(
            repeat="weeks", weeks="1-8 单周", term=str(term.id), weekdays=("2", "4"), count=""
        )
        days = [each.text[:10] for each in page.html.select(".plan-when")]
        assert days[:2] == [f"{monday + timedelta(days=d):%Y-%m-%d}" for d in (1, 3)]
        assert len(days) == 8

    @pytest.mark.parametrize(
        ("values", "name"),
        [
            ({"count": ""}, "count"),
            ({"count": "61"}, "count"),
            ({"every": "0"}, "every"),
            ({"count": "", "until": "x"}, "until"),
            ({"repeat": "weeks", "weeks": ""}, "weeks"),
            ({"repeat": "weeks", "weeks": "单"}, "term"),
        ],
    )
    def test_a_rule_that_is_none_is_told_beside_its_field(self, plan, values, name):
        page = plan(status=400, **values)
        assert page.html.select_one(f"#book-{name}-error"), page.text

    def test_too_many_dates_are_told(self, plan):
        page = plan(status=400, repeat="day", count="", until="2090-01-01")
        assert page.html.select_one(".alert-danger")

    def test_a_holiday_is_marked(self, plan, tomorrow, monkeypatch):
        monkeypatch.setattr(
            holidays, "mark", lambda day: "元旦" if day == tomorrow(0).date() else None
        )
        marks = [each.text for each in plan().html.select(".plan-list .badge-tone.is-warn")]
        assert marks == ["元旦"]


class TestMaking:
    def test_all_dates_for_a_teacher_who_is_told(
        self, admin, plan, session, teacher, room, tomorrow, told
    ):
        answer = press(admin, plan(), "do", "book", status=303)
        found = rows(session)
        assert [row.reserve_from for row in found] == [tomorrow(10) + n * WEEK for n in range(3)]
        assert {(row.user_id, row.room_id, row.description) for row in found} == {
            (teacher.id, room.id, "高等数学")
        }
        assert [row.series_index for row in found] == [1, 2, 3]
        assert told == [("reserved", teacher.id)] * 3
        entries = session.scalars(sa.select(AuditEntry)).all()
        assert {entry.row_id for entry in entries} == {row.id for row in found}
        page = admin.get(answer.location)
        assert "已预约 3 次" in page.text
        assert len(page.html.select(".series-dates > li")) == 3

    def test_other_rooms_other_times_and_skipped_dates(
        self, admin, plan, session, room, add_room, add_reservation, tomorrow
    ):
        other = add_room("103", location="博学楼")
        for number in (0, 1):
            day = number * WEEK
            add_reservation(room, tomorrow(10) + day, tomorrow(11) + day)
        page = plan(count="4")
        before = {row.id for row in rows(session)}
        later = f"time:{local(tomorrow(11) + WEEK)}/{local(tomorrow(12) + WEEK)}"
        choices = {"choice-1": f"room:{other.id}", "choice-2": later, "choice-4": "skip"}
        press(admin, page, "do", "book", status=303, **choices)
        made = [row for row in rows(session) if row.id not in before]
        assert [(row.room_id, row.reserve_from) for row in made] == [
            (other.id, tomorrow(10)),
            (room.id, tomorrow(11) + WEEK),
            (room.id, tomorrow(10) + 2 * WEEK),
        ]

    def test_a_date_about_which_nothing_was_said_stores_nothing(
        self, admin, plan, session, room, add_reservation, tomorrow
    ):
        add_reservation(room, tomorrow(10) + WEEK, tomorrow(11) + WEEK)
        page = press(admin, plan(), "do", "book", status=400, **{"choice-3": "skip"})
        assert "第2次" in page.html.select_one(".alert-danger").text
        assert page.html.select_one("#choice-3 option[selected]")["value"] == "skip"
        assert len(rows(session)) == 1

    def test_a_plan_that_has_changed_is_shown_anew_and_nothing_is_stored(
        self, admin, plan, session, room, add_reservation, tomorrow
    ):
        page = plan()
        add_reservation(room, tomorrow(10) + WEEK, tomorrow(11) + WEEK)
        again = press(admin, page, "do", "book", status=409)
        assert series.CHANGED in again.text
        assert states(again) == ["空闲", "已被占用", "空闲"]
        assert len(rows(session)) == 1
        assert session.scalar(sa.select(AuditEntry)) is None
        press(admin, again, "do", "book", status=303, **{"choice-2": "skip"})
        assert len(rows(session)) == 3

    def test_who_asked_before_comes_before(
        self, admin, plan, session, room, add_reservation, tomorrow
    ):
        page = plan()
        add_reservation(room, tomorrow(10) + WEEK, tomorrow(11) + WEEK, status=PENDING)
        again = press(admin, page, "do", "book", status=409)
        assert states(again) == ["空闲", "已被占用", "空闲"]

    def test_what_is_taken_elsewhere_meanwhile_stores_nothing(
        self, admin, plan, session, room, add_room, add_reservation, tomorrow
    ):
        other = add_room("103", location="博学楼")
        add_reservation(room, tomorrow(10), tomorrow(11))
        page = plan()
        add_reservation(other, tomorrow(10), tomorrow(11))
        refused = press(admin, page, "do", "book", status=400, **{"choice-1": f"room:{other.id}"})
        assert "已经被占用" in refused.text
        assert len(rows(session)) == 2

    def test_what_is_missing_is_told_and_the_choices_stay(self, admin, plan, session):
        values = {"description": "", "choice-2": "skip"}
        page = press(admin, plan(), "do", "book", status=400, **values)
        assert page.html.select_one("#book-description-error")
        assert page.html.select_one("#choice-2 option[selected]")["value"] == "skip"
        assert rows(session) == []

    def test_without_having_seen_the_plan_it_is_shown_first(self, admin, plan, session, room):
        form = admin.form(plan())
        form["digest"] = ""
        page = admin._call(form.submit, "do", value="book", status=400)
        assert "请先看过各次的日期" in page.text
        assert states(page) == ["空闲"] * 3
        assert rows(session) == []

    @pytest.mark.parametrize("who", ["teacher", "oneself"])
    def test_outside_opening_hours_only_knowingly(
        self, admin, plan, session, add_hours, teacher, who
    ):
        add_hours("12:00–14:00")
        page = plan(**({"user": ""} if who == "oneself" else {}))
        assert states(page) == ["不开放"] * 3
        knowing = press(admin, page, "do", "plan", knowingly=True)
        assert states(knowing) == ["空闲"] * 3
        press(admin, knowing, "do", "book", status=303)
        assert len(rows(session)) == 3

    def test_too_long_only_knowingly(self, admin, plan, session, tomorrow):
        page = plan(status=400, end=local(tomorrow(18)))
        assert "我知道超出了规定" in page.html.select_one("#book-knowingly-error").text
        knowing = press(admin, page, "do", "plan", knowingly=True)
        press(admin, knowing, "do", "book", status=303)
        assert {row.reserve_to - row.reserve_from for row in rows(session)} == {timedelta(hours=8)}

    def test_never_into_a_closure(self, admin, plan, session, add_closure, tomorrow):
        page = plan()
        add_closure(tomorrow(8), tomorrow(12))
        refused = press(admin, page, "do", "book", status=409)
        assert states(refused)[0] == "不开放"
        assert rows(session) == []

    def test_a_choice_that_was_never_offered_is_told(self, admin, plan, session):
        for choice in ("room:x", "time:a/b", "time:", "nothing", "room:999"):
            form = admin.form(plan())
            form["choice-1"].force_value(choice)
            admin._call(form.submit, "do", value="book", status=400)
        assert rows(session) == []


class TestPage:
    def url(self, made) -> str:
        return f"/admin/rooms/series/{made[0].series_id}/"

    def test_a_reservation_tells_its_place_and_leads_there(self, admin, made):
        page = admin.get(f"/admin/rooms/reservations/{made[1].id}/")
        assert "第 2 次，共 3 次" in page.text
        links = [each["href"] for each in page.html.select(".facts a")]
        assert links == [
            f"{self.url(made)}?from={made[1].id}",
            f"/admin/rooms/reservations/{made[0].id}/",
            f"/admin/rooms/reservations/{made[2].id}/",
        ]

    def test_all_ahead_are_moved_alike(self, admin, made, session, tomorrow, told, teacher):
        told.clear()
        times = {"reserve_from": local(tomorrow(14)), "reserve_to": local(tomorrow(15, 30))}
        page = press(admin, admin.get(self.url(made)), "do", "plan", **times)
        assert states(page) == ["空闲"] * 3
        assert rows(session)[0].reserve_from == tomorrow(10)
        press(admin, page, "do", "save", status=303)
        assert [(row.reserve_from, row.reserve_to) for row in rows(session)] == [
            (tomorrow(14) + n * WEEK, tomorrow(15, 30) + n * WEEK) for n in range(3)
        ]
        assert told == [("moved", teacher.id)] * 3
        entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert {"开始时间", "结束时间"} <= set(entry.after)

    def test_from_a_date_on_to_another_room(self, admin, made, session, add_room, room):
        other = add_room("102")
        page = admin.get(f"{self.url(made)}?from={made[1].id}")
        assert "修改第 2 次起的 2 次" in page.text
        page = press(admin, page, "do", "plan", room_id=str(other.id))
        press(admin, page, "do", "save", status=303)
        assert [row.room_id for row in rows(session)] == [room.id, other.id, other.id]

    def test_each_may_get_the_time_that_another_gives_up(self, admin, made, session, tomorrow):
        times = {
            "reserve_from": local(tomorrow(10) + WEEK),
            "reserve_to": local(tomorrow(11) + WEEK),
        }
        page = press(admin, admin.get(self.url(made)), "do", "plan", **times)
        press(admin, page, "do", "save", status=303)
        assert [row.reserve_from for row in rows(session)] == [
            tomorrow(10) + n * WEEK for n in (1, 2, 3)
        ]

    def test_only_the_description(self, admin, made, session):
        page = press(admin, admin.get(self.url(made)), "do", "plan", description="线性代数")
        press(admin, page, "do", "save", status=303)
        assert {row.description for row in rows(session)} == {"线性代数"}

    def test_a_date_that_can_not_move_stays_if_that_is_chosen(
        self, admin, made, session, room, add_reservation, tomorrow
    ):
        add_reservation(room, tomorrow(14) + WEEK, tomorrow(15) + WEEK, description="别的会")
        times = {"reserve_from": local(tomorrow(14)), "reserve_to": local(tomorrow(15))}
        page = press(admin, admin.get(self.url(made)), "do", "plan", **times)
        assert states(page) == ["空闲", "已被占用", "空闲"]
        assert options(page, 2)[-1] == "保持不变"
        press(admin, page, "do", "save", status=400)
        press(admin, page, "do", "save", status=303, **{"choice-2": "skip"})
        mine = [row.reserve_from for row in rows(session) if row.series_id]
        assert mine == [tomorrow(14), tomorrow(10) + WEEK, tomorrow(14) + 2 * WEEK]

    def test_a_plan_that_has_changed_changes_nothing(
        self, admin, made, session, room, add_reservation, tomorrow
    ):
        times = {"reserve_from": local(tomorrow(14)), "reserve_to": local(tomorrow(15))}
        page = press(admin, admin.get(self.url(made)), "do", "plan", **times)
        add_reservation(room, tomorrow(14) + WEEK, tomorrow(15) + WEEK)
        again = press(admin, page, "do", "save", status=409)
        assert states(again) == ["空闲", "已被占用", "空闲"]
        mine = [row.reserve_from for row in rows(session) if row.series_id]
        assert mine == [tomorrow(10) + n * WEEK for n in range(3)]

    def test_outside_opening_hours_only_knowingly(self, admin, made, session, add_hours, tomorrow):
        add_hours("08:00–12:00")
        times = {"reserve_from": local(tomorrow(14)), "reserve_to": local(tomorrow(15))}
        page = press(admin, admin.get(self.url(made)), "do", "plan", **times)
        assert states(page) == ["不开放"] * 3
        page = press(admin, page, "do", "plan", knowingly=True)
        press(admin, page, "do", "save", status=303)
        assert rows(session)[0].reserve_from == tomorrow(14)

    def test_without_a_change_it_says_so(self, admin, made):
        page = press(admin, admin.get(self.url(made)), "do", "plan", status=400)
        assert "没有改动" in page.text

    def test_another_date_is_added_with_what_the_last_one_has(
        self, admin, made, session, tomorrow, told, teacher
    ):
        told.clear()
        day = tomorrow(16) + timedelta(days=1)
        times = {"reserve_from": local(day), "reserve_to": local(day + timedelta(hours=1))}
        add(admin, admin.get(self.url(made)), 303, **times)
        found = rows(session)
        assert [row.series_index for row in found] == [1, 2, 3, 4]
        assert (found[1].reserve_from, found[1].description) == (day, "高等数学")
        assert (found[1].room_id, found[1].user_id) == (made[0].room_id, teacher.id)
        assert session.get(Series, made[0].series_id).dates_count == 4
        assert told == [("reserved", teacher.id)]

    def test_a_date_that_can_not_be_added_is_told_beside_its_field(
        self, admin, made, session, tomorrow, add_hours
    ):
        taken = {"reserve_from": local(tomorrow(10)), "reserve_to": local(tomorrow(11))}
        page = add(admin, admin.get(self.url(made)), 400, **taken)
        assert "已经被占用" in page.html.select_one(".alert-danger").text
        assert page.html.select_one("#added-reserve_from")["value"] == local(tomorrow(10))
        backwards = {"reserve_from": local(tomorrow(15)), "reserve_to": local(tomorrow(14))}
        page = add(admin, page, 400, **backwards)
        assert "晚于" in page.html.select_one("#added-reserve_to-error").text
        add_hours("08:00–12:00")
        late = {"reserve_from": local(tomorrow(15)), "reserve_to": local(tomorrow(16))}
        page = add(admin, page, 400, **late)
        assert len(rows(session)) == 3
        add(admin, page, 303, knowingly=True, **late)
        assert len(rows(session)) == 4

    def test_those_ahead_are_cancelled_with_a_reason(self, admin, made, session, told, teacher):
        told.clear()
        page = admin.get(self.url(made))
        form = [form for form in page.forms.values() if "reason" in form.fields][0]
        admin._call(form.submit, "do", value="cancel", status=400)
        assert rows(session, CANCELLED) == []
        form["reason"] = "教师调课"
        admin._call(form.submit, "do", value="cancel", status=303)
        assert {row.status_reason for row in rows(session, CANCELLED)} == {"教师调课"}
        assert told == [("cancelled", teacher.id)] * 3
        entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "取消预约"))
        assert len(entries.all()) == 3
        assert "尚未开始的" not in [h.text for h in admin.get(self.url(made)).html.select("h2")]

    def test_what_has_begun_stays(self, admin, made, session, tomorrow):
        first = made[0]
        first.reserve_from = tomorrow(10) - timedelta(days=2)
        first.reserve_to = tomorrow(11) - timedelta(days=2)
        session.flush()
        page = admin.get(self.url(made))
        assert "修改第 2 次起的 2 次" in page.text
        form = [form for form in page.forms.values() if "reason" in form.fields][0]
        form["reason"] = "教师调课"
        admin._call(form.submit, "do", value="cancel", status=303)
        assert [row.id for row in rows(session)] == [first.id]

    def test_a_change_from_a_date_that_has_gone_is_refused(self, admin, made, session, add_room):
        other = add_room("102")
        page = admin.get(f"{self.url(made)}?from={made[1].id}")
        made[1].status = CANCELLED
        session.flush()
        refused = press(admin, page, "do", "plan", status=400, room_id=str(other.id))
        assert "已经开始或者取消" in refused.text

    def test_one_that_keeps_its_time_keeps_it_from_the_others(self, admin, made, session, tomorrow):
        times = {
            "reserve_from": local(tomorrow(10) + WEEK),
            "reserve_to": local(tomorrow(11) + WEEK),
        }
        page = press(admin, admin.get(self.url(made)), "do", "plan", **times)
        press(admin, page, "do", "save", status=400, **{"choice-2": "skip"})
        assert [row.reserve_from for row in rows(session)] == [
            tomorrow(10) + n * WEEK for n in range(3)
        ]

    def test_view_shows_and_changes_nothing(self, browser, add_staff, made):
        viewer = browser.as_user(add_staff("rooms.view"))
        page = viewer.get(self.url(made))
        assert not page.html.select("#series-change, [name=reason]")
        token = page.html.select_one("[name=csrf_token]")["value"]
        viewer.post(self.url(made), {"csrf_token": token, "do": "cancel"}, status=403)

    def test_one_that_is_none_is_not_found(self, admin, made):
        admin.get("/admin/rooms/series/99999/", status=404)
