"""预约记录: what administrators do with reservations, and what stays as their history."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_plugins.rooms import notifications
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, PENDING, REJECTED, Reservation

LIST = "/admin/rooms/reservations/"
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def told(monkeypatch) -> list[tuple]:
    """What holders were told: kind, reservation, where it was, reason."""
    calls: list[tuple] = []

    def tell(session, reservation, what, *, was=None, **how):
        calls.append((what, reservation.id, was, reservation.status_reason))

    monkeypatch.setattr(notifications, "notify_holder", tell)
    return calls


@pytest.fixture
def reservation(room, tomorrow, add_reservation) -> Reservation:
    """Tomorrow from 10 to 11."""
    return add_reservation(room, tomorrow(10), tomorrow(11))


@pytest.fixture
def other(room, tomorrow, add_reservation, add_user) -> Reservation:
    """Tomorrow from 13 to 14, 张三's."""
    user = add_user("t0009", last_name="张", first_name="三", phone="13900001111")
    return add_reservation(room, tomorrow(13), tomorrow(14), user_id=user.id, description="答辩")


def local(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def fields(page) -> set[str]:
    return {each["name"] for each in page.html.select("form.form [name]")}


def times(row: Reservation) -> tuple[datetime, datetime]:
    return row.reserve_from, row.reserve_to


class TestList:
    def test_opens_with_what_is_ahead_next_one_first(
        self, admin, room, tomorrow, add_reservation, reservation, other
    ):
        add_reservation(room, tomorrow(8), tomorrow(9), status=CANCELLED)
        past = timedelta(days=3)
        add_reservation(room, tomorrow(8) - past, tomorrow(9) - past, description="旧的")
        page = admin.get(LIST)
        first, second = page.html.select("tbody tr")
        assert f"{tomorrow(10):%Y-%m-%d} 周" in first.text
        assert "10:00–11:00" in first.text
        assert "张三 13900001111" in second.text
        assert first.select_one(".badge-tone.is-good").text == "已预约"
        texts = {
            tab: admin.get(LIST, {"tab": tab}).html.select_one("main").text
            for tab in ("past", "cancelled", "all")
        }
        assert "旧的" in texts["past"]
        assert "已取消" in texts["cancelled"]
        assert "4 条预约记录" in texts["all"]

    def test_filters_and_search(
        self, admin, add_room, reservation, other, tomorrow, add_reservation
    ):
        far = add_room("201", location="致高楼")
        add_reservation(far, tomorrow(9), tomorrow(10), description="远处")

        def found(**params):
            return len(admin.get(LIST, {"tab": "all", **params}).html.select("tbody tr"))

        assert found(**{"f.room.location": "致高楼"}) == 1
        assert found(**{"f.room_id": str(far.id)}) == 1
        assert found(**{"f.status": CANCELLED}) == 0
        day = f"{tomorrow(0):%Y-%m-%d}"
        assert found(**{"f.reserve_from.from": day, "f.reserve_from.to": day}) == 3
        assert found(**{"f.reserve_from.to": f"{tomorrow(0) - timedelta(days=1):%Y-%m-%d}"}) == 0
        assert found(q="张三") == 1
        assert found(q="勤学楼 答辩") == 1
        empty = admin.get(LIST, {"tab": "past", "q": "张三"})
        assert "在“全部”中查找" in empty.text

    def test_export_has_the_words_and_not_the_codes(self, admin, other):
        text = admin.get(LIST + "export.csv").body.decode("utf-8-sig")
        assert "已预约" in text
        assert "13:00–14:00" in text

    def test_a_description_stays_text(self, admin, room, tomorrow, add_reservation):
        add_reservation(room, tomorrow(10), tomorrow(11), description="<script>x</script>")
        assert "<script>x" not in admin.get(LIST).text


class TestPermissions:
    def test_view_shows_and_changes_nothing(self, browser, add_staff, reservation):
        viewer = browser.as_user(add_staff("rooms.view"))
        page = viewer.get(f"{LIST}{reservation.id}/")
        assert "保存" not in page.html.select_one("form.form").text
        assert not page.html.select(".head-actions a")
        csrf = {"csrf_token": page.html.select_one("[name=csrf_token]")["value"]}
        viewer.post(f"{LIST}{reservation.id}/", csrf, status=403)
        viewer.post(LIST + "do/cancel", csrf | {"id": str(reservation.id)}, status=403)
        viewer.get(LIST + "add", status=403)

    def test_nobody_else_sees_it(self, browser, add_staff, reservation):
        stranger = browser.as_user(add_staff("core.change"))
        stranger.get(LIST, status=403)
        stranger.get(f"{LIST}{reservation.id}/", status=403)
        browser.get(LIST, status=303)

    def test_change_reserves_for_somebody_without_the_right_to_see_people(
        self, browser, add_staff, teacher
    ):
        changer = browser.as_user(add_staff("rooms.change"))
        found = changer.get("/admin/core/users/options", {"q": "褚杰"}).json["results"]
        assert {"id": str(teacher.id), "text": "t0001 褚杰", "note": ""} in found

    def test_there_is_no_delete(self, admin, reservation, session):
        page = admin.get(f"{LIST}{reservation.id}/")
        assert "删除" not in page.html.select_one("main").text
        csrf = admin.form(page)["csrf_token"].value
        admin.post(LIST + "delete", {"id": str(reservation.id), "csrf_token": csrf})
        assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 1


class TestAdding:
    def add(self, admin, status=303, path=LIST + "add", **values):
        return admin.submit(admin.get(path), status=status, **values)

    @pytest.fixture
    def path(self, room, teacher):
        """The form with room and holder chosen, as the calendar opens it."""
        return f"{LIST}add?room_id={room.id}&user_id={teacher.id}&back=/admin/rooms/calendar/"

    def test_for_somebody_on_the_grid(
        self, admin, path, teacher, tomorrow, session, told, superuser
    ):
        answer = self.add(
            admin,
            path=path,
            reserve_from=local(tomorrow(9)),
            reserve_to=local(tomorrow(10, 30)),
            description="院务会",
        )
        assert answer.location.endswith("/admin/rooms/calendar/")
        row = session.scalar(sa.select(Reservation))
        assert times(row) == (tomorrow(9), tomorrow(10, 30))
        assert (row.user_id, row.status) == (teacher.id, CONFIRMED)
        assert row.status_changed_by == superuser.id
        entry = session.scalar(sa.select(AuditEntry))
        assert (entry.action, entry.row_id, entry.after["预约人"]) == ("新增", row.id, "t0001 褚杰")
        assert told == [("reserved", row.id, None, "")]

    def test_between_the_times_of_the_grid_it_is_shown_first_what_would_be_stored(
        self, admin, path, tomorrow, session, told
    ):
        page = self.add(
            admin,
            400,
            path=path,
            reserve_from=local(tomorrow(14, 10)),
            reserve_to=local(tomorrow(15, 25)),
            description="院务会",
        )
        assert "预约以30分钟为单位：14:10–15:25 会存为 14:00–15:30" in page.text
        assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 0
        form = admin.form(page)
        assert form["reserve_from"].value == local(tomorrow(14))
        assert form["reserve_to"].value == local(tomorrow(15, 30))
        assert form["description"].value == "院务会"
        admin.submit(page)
        assert times(session.scalar(sa.select(Reservation))) == (tomorrow(14), tomorrow(15, 30))
        assert len(told) == 1

    def test_all_that_needs_another_look_is_asked_at_once(self, admin, path, tomorrow, session):
        page = self.add(
            admin,
            400,
            path=path,
            reserve_from=local(tomorrow(9, 10)),
            reserve_to=local(tomorrow(15, 20)),
            description="院务会",
        )
        assert "不得超过3小时" in page.text
        assert "会存为 09:00–15:30" in page.text
        admin.form(page)["knowingly"].checked = True
        admin.submit(page)
        assert times(session.scalar(sa.select(Reservation))) == (tomorrow(9), tomorrow(15, 30))

    def test_a_taken_room_is_refused_with_who_has_it(self, admin, path, other, tomorrow, session):
        page = self.add(
            admin,
            400,
            path,
            reserve_from=local(tomorrow(12)),
            reserve_to=local(tomorrow(13, 30)),
            description="院务会",
        )
        said = page.html.select_one(".alert-danger").text
        assert "张三 13900001111" in said
        assert "13:00–14:00“答辩”" in said
        assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 1
        assert session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 0

    def test_beyond_the_limits_only_knowingly(self, admin, path, tomorrow, session):
        assert "knowingly" not in fields(admin.get(path))
        page = self.add(
            admin,
            400,
            path,
            reserve_from=local(tomorrow(8)),
            reserve_to=local(tomorrow(18)),
            description="院务会",
        )
        assert "不得超过3小时" in page.text
        assert "knowingly" in fields(page)
        admin.submit(page, knowingly=True)
        row = session.scalar(sa.select(Reservation))
        assert times(row) == (tomorrow(8), tomorrow(18))
        entry = session.scalar(sa.select(AuditEntry))
        assert entry.after["我知道超出了规定"] == "是"

    def test_beyond_the_horizon_and_beyond_what_can_be_stored(self, admin, path, tomorrow, session):
        year = timedelta(days=400)
        page = self.add(
            admin,
            400,
            path,
            reserve_from=local(tomorrow(8) + year),
            reserve_to=local(tomorrow(9) + year),
            description="院务会",
        )
        assert "只能预约365天以内" in page.text
        page = admin.submit(
            page, status=400, knowingly=True, reserve_to=local(tomorrow(9) + year * 2)
        )
        assert "最长 24 小时" in page.text
        page = admin.submit(
            page,
            status=400,
            reserve_from=local(tomorrow(8) - year),
            reserve_to=local(tomorrow(9) - year),
        )
        assert "结束时间必须在现在以后" in page.text
        assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 0

    def test_knowingly_never_overlaps(self, admin, path, other, tomorrow, session):
        page = self.add(
            admin,
            400,
            path,
            reserve_from=local(tomorrow(8)),
            reserve_to=local(tomorrow(18)),
            description="院务会",
        )
        page = admin.submit(page, status=400, knowingly=True)
        assert "已经被占用：张三" in page.text
        assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 1

    def test_a_link_fills_in_site_time_and_nonsense_nothing(self, admin, room):
        page = admin.get(
            LIST + "add",
            {
                "room_id": str(room.id),
                "reserve_from": "2030-01-01T02:00:00.000Z",
                "reserve_to": "x",
            },
        )
        form = admin.form(page)
        assert form["reserve_from"].value == "2030-01-01T10:00"
        assert form["reserve_to"].value == ""
        page = admin.get(LIST + "add", {"back": "//evil.example/"})
        assert "evil" not in page.html.select_one("main").text
        assert not page.html.select("main a[href*=evil]")


class TestChanging:
    def test_saving_an_untouched_form_changes_nothing(
        self, admin, room, tomorrow, add_reservation, session, told
    ):
        # Off the grid and beyond the limits, as a takeover may bring it.
        row = add_reservation(
            room,
            tomorrow(8, 7) + timedelta(seconds=5, microseconds=3),
            tomorrow(19),
            description="一行\n又一行",
        )
        before = (times(row), row.description, row.status_changed_at)
        admin.submit(admin.get(f"{LIST}{row.id}/"))
        session.refresh(row)
        assert (times(row), row.description, row.status_changed_at) == before
        assert session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 0
        assert told == []

    def test_times_are_the_sites(self, admin, reservation, tomorrow):
        form = admin.form(admin.get(f"{LIST}{reservation.id}/"))
        assert form["reserve_from"].value == local(tomorrow(10))
        assert form["reserve_to"].value == local(tomorrow(11))

    def test_another_time(self, admin, reservation, tomorrow, session, told):
        page = admin.get(f"{LIST}{reservation.id}/")
        admin.submit(page, reserve_from=local(tomorrow(15)), reserve_to=local(tomorrow(16)))
        assert times(reservation) == (tomorrow(15), tomorrow(16))
        entry = session.scalar(sa.select(AuditEntry))
        assert set(entry.before) == {"开始时间", "结束时间"}
        ((what, _, was, _),) = told
        assert (what, was.reserve_from) == ("moved", tomorrow(10))

    def test_another_room_is_told_too(self, admin, reservation, add_room, told):
        elsewhere = add_room("102")
        page = admin.get(f"{LIST}{reservation.id}/")
        form = admin.form(page)
        form["room_id"].force_value(str(elsewhere.id))
        admin._call(form.submit, status=303)
        assert reservation.room_id == elsewhere.id
        assert [call[0] for call in told] == ["moved"]

    def test_only_the_description_tells_nobody(self, admin, reservation, told):
        admin.submit(admin.get(f"{LIST}{reservation.id}/"), description="改名")
        assert reservation.description == "改名"
        assert told == []

    def test_not_into_somebody_elses_time(self, admin, reservation, other, tomorrow, told):
        page = admin.get(f"{LIST}{reservation.id}/")
        page = admin.submit(
            page, status=400, reserve_from=local(tomorrow(12)), reserve_to=local(tomorrow(13, 30))
        )
        assert "张三 13900001111" in page.text
        assert times(reservation) == (tomorrow(10), tomorrow(11))
        assert told == []

    def test_an_end_before_the_start(self, admin, reservation, tomorrow):
        page = admin.get(f"{LIST}{reservation.id}/")
        page = admin.submit(page, status=400, reserve_to=local(tomorrow(9)))
        assert "结束时间必须晚于开始时间" in page.text

    def test_one_that_is_running_can_be_corrected(self, admin, room, add_reservation):
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        row = add_reservation(room, now - timedelta(hours=1), now + timedelta(hours=1))
        later = (now + timedelta(hours=2)).astimezone(ZONE)
        admin.submit(admin.get(f"{LIST}{row.id}/"), reserve_to=local(later))
        assert row.reserve_to == later

    @pytest.mark.parametrize("action", ["", "do/cancel"])
    def test_what_has_ended_is_only_to_be_seen(
        self, admin, room, tomorrow, add_reservation, action, session
    ):
        past = timedelta(days=2)
        row = add_reservation(room, tomorrow(8) - past, tomorrow(9) - past)
        page = admin.get(f"{LIST}{row.id}/")
        assert "已经结束的预约只能查看" in page.text
        csrf = {"csrf_token": page.html.select_one("[name=csrf_token]")["value"]}
        if action:
            values = csrf | {"id": str(row.id), "reason": "x"}
            admin.post(LIST + action, values, status=303)
        else:
            admin.post(f"{LIST}{row.id}/", csrf | {"description": "x"})
        session.refresh(row)
        assert (row.status, row.description) == (CONFIRMED, "例会")

    @pytest.mark.parametrize("status", [PENDING, CANCELLED, REJECTED])
    def test_only_a_confirmed_one_has_a_form(
        self, admin, room, tomorrow, add_reservation, status, session
    ):
        row = add_reservation(room, tomorrow(8), tomorrow(9), status=status)
        page = admin.get(f"{LIST}{row.id}/")
        assert not page.html.select("form.form button[type=submit]")
        csrf = {"csrf_token": page.html.select_one("[name=csrf_token]")["value"]}
        admin.post(f"{LIST}{row.id}/", csrf | {"description": "x"})
        session.refresh(row)
        assert row.description == "例会"


class TestCancelling:
    def ask(self, admin, action: str, *rows):
        ids = "&".join(f"id={row.id}" for row in rows)
        return admin.get(f"{LIST}do/{action}?{ids}")

    def test_stays_as_history_with_reason_and_who(
        self, admin, reservation, superuser, session, told
    ):
        page = self.ask(admin, "cancel", reservation)
        assert "10:00–11:00" in page.text
        admin.submit(page, reason="停电")
        assert (reservation.status, reservation.status_reason) == (CANCELLED, "停电")
        assert reservation.status_changed_by == superuser.id
        entry = session.scalar(sa.select(AuditEntry))
        assert (entry.action, entry.before["状态"], entry.after) == (
            "取消预约",
            "已预约",
            {"状态": "已取消", "原因": "停电"},
        )
        assert told == [("cancelled", reservation.id, None, "停电")]
        facts = admin.get(f"{LIST}{reservation.id}/").html.select_one(".facts").text
        assert "停电" in facts
        assert "管理员" in facts

    def test_needs_a_reason(self, admin, reservation):
        admin.submit(self.ask(admin, "cancel", reservation), status=400, reason=" ")
        assert reservation.status == CONFIRMED

    def test_several_at_once(self, admin, reservation, other, told):
        admin.submit(self.ask(admin, "cancel", reservation, other), reason="停电")
        assert (reservation.status, other.status) == (CANCELLED, CANCELLED)
        assert len(told) == 2

    def test_restored_if_it_is_still_free(self, admin, reservation, session, told):
        admin.submit(self.ask(admin, "cancel", reservation), reason="停电")
        admin.submit(self.ask(admin, "restore", reservation))
        assert (reservation.status, reservation.status_reason) == (CONFIRMED, "")
        assert [call[0] for call in told] == ["cancelled", "restored"]
        actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions == ["取消预约", "恢复预约"]

    def test_not_restored_into_somebody_elses_time(
        self, admin, reservation, room, tomorrow, add_reservation, told
    ):
        admin.submit(self.ask(admin, "cancel", reservation), reason="停电")
        add_reservation(room, tomorrow(10, 30), tomorrow(11, 30))
        admin.submit(self.ask(admin, "restore", reservation))
        assert reservation.status == CANCELLED
        assert "已经被占用：褚杰" in admin.get(LIST).text
        assert len(told) == 1


def test_the_card_tells_the_next_ones(admin, room, tomorrow, add_reservation):
    row = add_reservation(room, tomorrow(10), tomorrow(11))
    page = admin.get("/admin/").html
    card = page.select_one(f".card-home:has(a[href='{LIST}?tab=upcoming'])")
    line = card.select_one(".lines li")
    assert line.select_one("a")["href"] == f"{LIST}{row.id}/"
    assert f"{tomorrow(10):%m-%d} 10:00–11:00" in line.text


def test_the_card_leads_to_all_that_it_counts(admin, add_room, add_reservation):
    now = datetime.now(UTC).astimezone(ZONE)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for number in range(8):
        add_reservation(add_room(str(number)), now, midnight)
    add_reservation(add_room("tomorrow"), midnight, midnight + timedelta(hours=1))
    home = admin.get("/admin/").html
    card = home.select_one(f".card-home:has(a[href^='{LIST}'])")
    assert card.select_one(".figure").text.split()[0] == "8"
    assert len(card.select(".lines li")) == 6
    assert card.select_one(".more").text == "今天还有 2 场"
    (everything, more) = card.select(f"a[href^='{LIST}?']")
    assert everything["href"] == more["href"]
    assert len(admin.get(more["href"]).html.select("tbody tr")) == 8
