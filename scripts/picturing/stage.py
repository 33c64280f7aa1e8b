"""The demo college as it is in the pictures: ten in the morning, and something has just happened."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from benchmarks.house import HOST, BenchmarkFailed, House
from playwright.sync_api import Page
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from hhu_base.cli.demo import TEACHER_PASSWORD
from hhu_base.models import Group, GroupPermission, User
from hhu_base.values.spreadsheets import write_table

GROUP = "会议室管理"
# Whenever the pictures are taken it is about ten o'clock in them: the zone of the site is one in
# which it is. (Etc/GMT-8 is eight hours ahead of Greenwich.)
_AHEAD = (10 - datetime.now(UTC).hour + 11) % 24 - 11
ZONE = f"Etc/GMT{-_AHEAD:+d}"
_PATIENCE = 120


def settings(mail_port: int) -> dict[str, str]:
    """What is set for the house: its people, its hour, and a mail server that takes everything."""
    return {
        "DEMO": "yes",
        "HHU_ZONE": ZONE,
        "HHU_MAIL_HOST": HOST,
        "HHU_MAIL_PORT": str(mail_port),
        "HHU_MAIL_SECURITY": "none",
    }


def set_up(house: House) -> None:
    """Let a teacher do something, and somebody become one of the office."""
    with httpx.Client(base_url=f"http://{HOST}:{house.port}") as teacher:
        _teach(teacher)
    _appoint(house)


def administer(page: Page, house: House) -> None:
    """What the office does in the browser, so that it stands in the logs."""
    page.goto("/admin/rooms/meetingrooms/10/")
    page.get_by_label("座位数").fill("64")
    page.get_by_role("button", name="保存", exact=True).click()
    page.goto("/admin/repairs/requests/")
    page.locator("td.first a").nth(1).click()
    page.get_by_role("link", name="受理", exact=True).click()
    page.get_by_label("备注").fill("师傅下午两点到。")
    page.get_by_role("button", name="受理").click()
    page.wait_for_url("**/admin/repairs/requests/**")
    page.goto("/admin/rooms/reservations/?tab=upcoming")
    page.locator("td.first a").last.click()
    page.get_by_role("link", name="取消预约").click()
    page.get_by_label("取消原因").fill("当天停电检修。")
    page.get_by_role("button", name="取消预约").click()
    page.wait_for_load_state()
    _until_sent(house)


def table_of_people() -> dict[str, Any]:
    """A table as the office would upload it: two are new, two have moved."""
    rows = [
        ("t0201", "许", "知行", "人工智能系", "讲师", "15400002010", "welcome-2026-xu"),
        ("t0202", "诸葛", "静", "软件工程系", "讲师", "15400002020", "welcome-2026-zg"),
        ("t0003", "", "", "人工智能系", "", "", ""),
        ("t0008", "", "", "", "教授", "15400000080", ""),
    ]
    titles = ("工号", "姓氏", "名字", "系所", "职位", "手机", "初始密码")
    content = write_table("a.csv", titles, rows)
    return {"name": "秋季新进教师.csv", "mimeType": "text/csv", "buffer": content}


def next_working_day() -> date:
    day = datetime.now(ZoneInfo(ZONE)).date() + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day


def _teach(client: httpx.Client) -> None:
    answer = client.post(
        "/auth/get-token/", data={"username": "t0001", "password": TEACHER_PASSWORD}
    )
    client.headers["Authorization"] = f"Token {_good(answer).json()['token']}"
    categories = {row["name"]: row["id"] for row in client.get("/repairs/categories/").json()}
    faults = (
        ("勤学楼 301", "多媒体设备", "投影仪不亮，指示灯闪红灯，下午第三节要用。"),
        ("励学楼 B102", "空调", "空调不制冷，出风口有异味。"),
    )
    for location, category, description in faults:
        body = {"location": location, "category": categories[category], "description": description}
        _good(client.post("/repairs/", json=body))
    for guide in client.get("/guides/").json()[:4]:
        _good(client.get(f"/guides/{guide['id']}/"))
        _good(client.post(f"/guides/{guide['id']}/email/"))


def _appoint(house: House) -> None:
    """A group of the office, and its member."""
    engine = create_engine(house.locations.database_url)
    with Session(engine) as session, session.begin():
        member = session.scalars(select(User).where(User.username == "t0003")).one()
        member.is_staff = True
        grants = [GroupPermission(permission=name) for name in ("rooms.view", "rooms.change")]
        session.add(Group(name=GROUP, users=[member], grants=grants))
    engine.dispose()


def _until_sent(house: House) -> None:
    deadline = time.monotonic() + _PATIENCE
    unsent = "SELECT EXISTS (SELECT FROM core_mails WHERE sent_at IS NULL)"
    with house.connect() as connection:
        while connection.execute(unsent).fetchone() == (True,):
            if time.monotonic() > deadline:
                raise BenchmarkFailed("邮件没有发出")
            time.sleep(0.2)


def _good(answer: httpx.Response) -> httpx.Response:
    answer.raise_for_status()
    return answer
