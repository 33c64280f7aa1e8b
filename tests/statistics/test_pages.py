"""统计: the page, its figures by plugin, what they open, and the spreadsheet."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from hhu_base.models import Department
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, Enrollment
from hhu_plugins.guides import counts
from hhu_plugins.guides.models import Guide, GuideCategory
from hhu_plugins.repairs.models import (
    OPEN,
    SOLVED,
    TAKEN_UP,
    WITHDRAWN,
    HistoryEntry,
    RepairCategory,
    RepairRequest,
)
from hhu_plugins.rooms import day_sums
from hhu_plugins.rooms.models import Meetingroom, OpeningHours, Reservation, RoomDay, Term

PATH = "/admin/statistics/"
ZONE = ZoneInfo("Asia/Shanghai")
# Monday to Sunday, long past.
WEEK = {"from": "2026-03-02", "to": "2026-03-08"}
HOUR = timedelta(hours=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def department(session, teacher) -> Department:
    department = Department(name="信息系")
    session.add(department)
    session.flush()
    teacher.department_id = department.id
    session.flush()
    return department


@pytest.fixture
def rooms(session, teacher, department, add_user):
    """Two rooms, open ten hours on each day; 101 was used three times, once over midnight."""
    first, second = (
        Meetingroom(name=name, location="勤学楼", seats_count=9) for name in ("101", "102")
    )
    session.add_all([first, second])
    session.add(OpeningHours(week="|".join(["08:00-18:00"] * 7), zone="Asia/Shanghai"))
    session.flush()
    stranger = add_user("t0009")
    taken = [
        (teacher, at(2, 8, 30), at(2, 10), "confirmed"),
        (teacher, at(3, 9), at(3, 10), "confirmed"),
        (stranger, at(8, 23), at(9, 1), "confirmed"),
        (teacher, at(4, 9), at(4, 10), "cancelled"),
        (teacher, at(5, 9), at(5, 10), "released"),
        (teacher, at(5, 9), at(5, 10), "rejected"),
        (teacher, at(9, 9), at(9, 10), "confirmed"),  # the week after
    ]
    session.add_all(
        Reservation(
            room_id=first.id,
            user_id=user.id,
            reserve_from=start,
            reserve_to=end,
            status=status,
            description="例会",
        )
        for user, start, end, status in taken
    )
    session.flush()
    return first, second


def part(page, name: str):
    return page.html.select_one(f"#{name}")


def figures(page, name: str) -> dict[str, str]:
    found = part(page, name).select(".stat-figures > div")
    return {each.dt.text: each.dd.text.strip() for each in found}


def lines(page, name: str, title: str) -> list[list[str]]:
    blocks = part(page, name).select(".stat-block")
    block = next(each for each in blocks if each.h3 and each.h3.text == title)
    return [[c.text.strip() for c in row.select("th, td")] for row in block.select("tbody tr")]


def opened(admin, page, name: str, label: str):
    link = next(
        each.a for each in part(page, name).select(".stat-figures > div") if each.dt.text == label
    )
    return admin.get(link["href"])


@pytest.mark.parametrize("is_summed", [False, True])
def test_how_rooms_were_used(admin, session, rooms, is_summed):
    if is_summed:
        day_sums.refresh(session, datetime.now(UTC), ZONE)
        assert session.scalar(sa.select(sa.func.count()).select_from(RoomDay)) == 6
        session.execute(sa.update(Reservation).values(description="anew"))
    page = admin.get(PATH, WEEK)
    assert figures(page, "rooms") == {
        "预约": "3",
        "使用时长（小时）": "4.5",
        "占用率（%）": "3.2",  # of 140 hours
        "取消": "1",
        "没有签到而释放": "1",
    }
    assert lines(page, "rooms", "会议室") == [
        ["勤学楼 101", "6.4", "4.5", "3", "1", "1"],
        ["勤学楼 102", "0", "0", "0", "0", "0"],
    ]
    assert lines(page, "rooms", "最空闲的会议室")[0][0] == "勤学楼 102"
    assert lines(page, "rooms", "地点") == [["勤学楼", "3.2", "4.5", "3", "1", "1"]]
    assert lines(page, "rooms", "系所") == [
        ["信息系", "2", "2.5", "1", "1"],
        ["（无系所）", "1", "2", "0", "0"],
    ]
    map_ = {row[0]: row[1:] for row in lines(page, "rooms", "一周里各小时的占用")}
    assert map_["08:00"] == ["25%", "0%", "0%", "0%", "0%", "0%", "0%"]
    assert map_["09:00"] == ["50%", "50%", *["0%"] * 5]
    # What goes on after midnight belongs to the day on which it began.
    assert map_["23:00"][6] == map_["00:00"][6] == "50%"


def test_each_figure_of_rooms_opens_what_it_counts(admin, session, rooms):
    page = admin.get(PATH, WEEK)
    for label, count in (("预约", 3), ("取消", 1), ("没有签到而释放", 1)):
        assert len(opened(admin, page, "rooms", label).html.select("td.first")) == count
    blocks = {each.h3.text: each for each in part(page, "rooms").select(".stat-block") if each.h3}
    for title, count in (("会议室", 3), ("地点", 3)):
        link = blocks[title].select("tbody tr")[0].select("td")[2].a["href"]
        assert len(admin.get(link).html.select("td.first")) == count
    for number, count in ((0, 2), (1, 1)):
        link = blocks["系所"].select("tbody tr")[number].td.a["href"]
        assert len(admin.get(link).html.select("td.first")) == count
    square = blocks["一周里各小时的占用"].select_one("svg a:has(.heat-5)")
    assert len(admin.get(square["href"]).html.select("td.first")) == 1
    late = blocks["一周里各小时的占用"].select("details tbody tr")[0].select("td")[6].a["href"]
    assert "周日 00:00–01:00" in admin.get(late).text
    assert len(admin.get(late).html.select("td.first")) == 1
    for head in admin.get(late).html.select("th a"):
        by_it = admin.get(f"/admin/rooms/hour/{head['href']}").html
        assert len(by_it.select("td.first")) == 1
        assert by_it.select_one("th[aria-sort]").text == head.text


@pytest.mark.parametrize(
    "query",
    ["", "?weekday=8&hour=1&from=2026-01-01&to=2026-01-02", "?weekday=1&hour=1&from=x&to=y"],
)
def test_an_hour_that_is_none_is_not_found(admin, query):
    admin.get(f"/admin/rooms/hour/{query}", status=404)


def test_the_sums_are_made_anew_and_the_last_days_are_always_as_they_are(
    admin, session, rooms, teacher
):
    now = datetime.now(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)
    for days in (1, day_sums.FRESH_DAYS, day_sums.FRESH_DAYS + 1):
        start = now - timedelta(days=days)
        session.add(
            Reservation(
                room_id=rooms[1].id,
                user_id=teacher.id,
                reserve_from=start,
                reserve_to=start + HOUR,
                status="confirmed",
                description="",
            )
        )
    session.flush()
    day_sums.refresh(session, datetime.now(UTC), ZONE)
    ten_days = {"from": f"{now - timedelta(days=10):%Y-%m-%d}", "to": f"{now:%Y-%m-%d}"}
    assert figures(admin.get(PATH, ten_days), "rooms")["预约"] == "3"
    session.execute(
        sa.update(Reservation).where(Reservation.room_id == rooms[1].id).values(status="cancelled")
    )
    # That of long ago is known by the next sum.
    assert figures(admin.get(PATH, ten_days), "rooms")["取消"] == "2"
    day_sums.refresh(session, datetime.now(UTC), ZONE)
    assert figures(admin.get(PATH, ten_days), "rooms")["取消"] == "3"


def test_a_term_is_offered_and_taken_by_itself_while_it_lasts(admin, session, rooms):
    today = datetime.now(ZONE).date()
    monday = today - timedelta(days=today.weekday())
    session.add(Term(name="本学期", first_monday=monday, weeks_count=2))
    session.add(Term(name="春季学期", first_monday=date(2026, 3, 2), weeks_count=1))
    session.flush()
    page = admin.get(PATH)
    assert page.html.select_one("option[selected]").text == "本学期"
    spring = page.html.find("option", string="春季学期")["value"]
    assert figures(admin.get(PATH, {"period": spring}), "rooms")["预约"] == "3"


def test_how_repairs_went(admin, session, teacher):
    network = RepairCategory(name="网络")
    session.add(network)
    session.flush()

    def add(category, place, status, *changes, rating=None, created=None) -> RepairRequest:
        created = created or at(3, 8)
        row = RepairRequest(
            category_id=category.id if category else None,
            user_id=teacher.id,
            location=place,
            description="坏了",
            status=status,
            created_at=created,
            rating=rating,
        )
        session.add(row)
        session.flush()
        for state, hours in ((OPEN, 0), *changes):
            moment = created + hours * HOUR
            session.add(HistoryEntry(request_id=row.id, status=state, changed_at=moment))
        return row

    add(network, "甲楼", SOLVED, (TAKEN_UP, 1), (SOLVED, 4), rating=5)
    slow = add(network, "甲楼", SOLVED, (TAKEN_UP, 3), (SOLVED, 8), rating=2)
    add(None, "乙楼", TAKEN_UP, (TAKEN_UP, 2))
    add(None, "乙楼", WITHDRAWN)
    add(network, "甲楼", OPEN, created=datetime.now(UTC))
    session.flush()
    page = admin.get(PATH, WEEK)
    assert figures(page, "repairs") == {
        "报修": "4",
        "已解决": "2",
        "受理用时中位数（小时）": "2",
        "解决用时中位数（小时）": "6",
        "平均评分（1–5）": "3.5",
    }
    assert lines(page, "repairs", "类别") == [
        ["网络", "2", "2", "2", "3", "6", "8", "3.5"],
        ["（无类别）", "2", "0", "2", "2", "—", "—", "—"],
    ]
    places = [line[:3] for line in lines(page, "repairs", "地点")]
    assert sorted(places) == [["乙楼", "2", "0"], ["甲楼", "2", "2"]]
    open_ = lines(page, "repairs", "现在还没有解决的，按报修多久")
    assert open_[0] == ["今天", "1", "0"]
    assert open_[-1] == ["30 天以上", "0", "1"]
    links = [a["href"] for a in part(page, "repairs").select("a")]
    assert f"/admin/repairs/requests/{slow.id}/" in links
    for number, count in ((0, 2), (1, 2)):
        table = part(page, "repairs").find("h3", string="类别").find_parent("div")
        link = table.select("tbody tr")[number].td.a["href"]
        assert len(admin.get(link).html.select("td.first")) == count


def test_who_came_to_activities(admin, session, teacher, department, add_user):
    users = [teacher, add_user("t2"), add_user("t3")]
    match = Activity(name="球赛", time_start=at(4, 9), time_end=at(4, 17))
    talk = Activity(name="讲座", time_start=at(5, 9), time_end=at(5, 10))
    later = Activity(name="以后", time_start=at(20, 9), time_end=at(20, 10))
    match.clockin_items = [ClockinItem(label="签到", from_time=at(4, 8), to_time=at(4, 9))]
    session.add_all([match, talk, later])
    session.flush()
    session.add_all(Enrollment(activity_id=match.id, user_id=user.id) for user in users)
    session.add_all(Enrollment(activity_id=each.id, user_id=teacher.id) for each in (talk, later))
    session.flush()
    item = match.clockin_items[0]
    session.add_all(Clockin(item_id=item.id, user_id=user.id) for user in users[:2])
    session.flush()
    page = admin.get(PATH, WEEK)
    assert figures(page, "activities") == {
        "活动": "2",
        "报名人次": "4",
        "到场人次": "2",
        "到场率（%）": "66.7",
    }
    assert lines(page, "activities", "活动") == [
        ["球赛", "66.7", "3", "2", "1", "—"],
        ["讲座", "—", "1", "—", "—", "—"],
    ]
    by_department = lines(page, "activities", "系所")
    assert sorted(by_department) == [
        ["信息系", "2", "1", "100"],
        ["（无系所）", "2", "1", "50"],
    ]
    for label, count in (("活动", 2), ("报名人次", 4), ("到场人次", 2)):
        assert len(opened(admin, page, "activities", label).html.select("td.first")) == count
    links = part(page, "activities").find("h3", string="活动").find_parent("div").select("td a")
    assert [len(admin.get(a["href"]).html.select("td.first")) for a in links[:3]] == [3, 2, 1]


def test_how_often_guides_were_read(admin, session):
    category = GuideCategory(name="财务")
    session.add(category)
    session.flush()
    guide = Guide(name="报销", category_id=category.id)
    session.add(guide)
    session.flush()
    for _ in range(2):
        counts.add_download(session, guide.id)
    counts.add_mail(session, guide.id)
    page = admin.get(PATH)
    assert figures(page, "guides") == {"下载": "2", "邮件发送": "1", "新增指南": "1"}
    assert lines(page, "guides", "指南") == [["报销", "2", "1"]]
    assert lines(page, "guides", "分类") == [["财务", "2", "1"]]
    session.refresh(guide)
    assert (guide.downloads, guide.mails) == (2, 1)
    assert figures(admin.get(PATH, WEEK), "guides")["下载"] == "0"


def test_the_spreadsheet_has_a_sheet_for_each_block_with_numbers(admin, session, rooms):
    rooms[0].name = "=1+1"
    session.flush()
    answer = admin.get(PATH + "export.xlsx", WEEK)
    book = load_workbook(BytesIO(answer.body))
    assert "会议室 一周里各小时的占用" in book.sheetnames
    rows = list(book["会议室 会议室"].values)
    assert rows[0] == ("会议室", "占用率（%）", "小时", "预约", "取消", "释放")
    assert rows[1] == ("勤学楼 =1+1", 6.4, 4.5, 3, 1, 1)
    assert list(book["会议室"].values)[1][:2] == ("预约", 3)


def test_it_needs_a_right_of_its_own_and_links_only_to_what_one_may_see(
    browser, add_staff, session, rooms
):
    clerk = browser.as_user(add_staff("rooms.view", username="clerk"))
    clerk.get(PATH, status=403)
    clerk.get(PATH + "export.xlsx", status=403)
    dean = browser.as_user(add_staff("statistics.view", username="dean"))
    page = dean.get(PATH, WEEK)
    assert figures(page, "rooms")["预约"] == "3"
    assert not page.html.select(".stat-part a")
    assert page.html.select_one(".menu [aria-current]").text.strip() == "统计"
    both = browser.as_user(add_staff("statistics.view", "rooms.view", username="both"))
    page = both.get(PATH, WEEK)
    assert part(page, "rooms").select("a")
    assert not part(page, "repairs").select("a")


def test_a_part_that_fails_leaves_the_others(admin, app, rooms, monkeypatch):
    broken = [
        each.__class__(each.name, each.title, each.plugin, lambda *_: 1 / 0, each.order)
        if each.name == "guides"
        else each
        for each in app.registry["statistics.parts"]
    ]
    monkeypatch.setitem(app.registry, "statistics.parts", broken)
    page = admin.get(PATH, WEEK)
    assert "暂时算不出来" in part(page, "guides").text
    assert figures(page, "rooms")["预约"] == "3"
    admin.get(PATH + "export.xlsx", WEEK)
