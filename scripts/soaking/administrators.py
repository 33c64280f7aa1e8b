"""Administrators in the browser: lists, the calendar, moving reservations, looking after repairs."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from benchmarks.college import midnight

from hhu_base.cli.demo import ADMIN_PASSWORD
from soaking.actor import Actor, Answer, Journal
from soaking.college import ADMIN
from soaking.teachers import random_slot

METRICS_TOKEN = "soak-0123456789abcdef"  # noqa: S105 - of a system that is thrown away

_LISTS = (
    "/admin/",
    "/admin/rooms/reservations/",
    "/admin/repairs/requests/",
    "/admin/core/users/",
    "/admin/core/mails/",
    "/admin/activities/enrollments/",
    "/admin/rooms/calendar/",
)
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_NEXT = {0: ("take-up", 1), 1: ("solve", 2)}


@dataclass(frozen=True)
class Move:
    """Where a reservation was moved to, and from; ``is_known`` false: or perhaps not."""

    start: datetime
    end: datetime
    is_known: bool
    was: tuple[datetime, datetime]


@dataclass(frozen=True)
class Deed:
    """What was done to a repair request; ``remark`` tells its entry in the history."""

    request_id: int
    status: int
    remark: str
    is_known: bool


class Administrator(Actor):
    """One of ``share`` who do the same, each to other rows."""

    def __init__(self, port: int, journal: Journal, seed: str, number: int, share: int):
        super().__init__(port, journal, seed, pause=0.3)
        self._number, self._share = number, share
        self._csrf = ""
        self.moves: dict[int, list[Move]] = defaultdict(list)
        self.deeds: list[Deed] = []
        self._statuses: dict[int, int] = {}
        self._left_alone: set[int] = set()

    def act(self) -> None:
        if not self._csrf and not self.sign_in():
            return
        self.chance.choice([self.look, self.move, self.move, self.tend_repairs, self.scrape])()

    def sign_in(self) -> bool:
        page = self.ask("管理员登录页", "GET", "/admin/sign-in", (200, 303))
        if page.status != 200:
            return False
        pair = {"username": ADMIN, "password": ADMIN_PASSWORD, "csrf_token": _token(page)}
        answer = self.ask("管理员登录", "POST", "/admin/sign-in", (303,), data=pair)
        if answer.status == 303:
            self._csrf = _token(self.ask("管理页面", "GET", "/admin/"))
        return bool(self._csrf)

    def look(self) -> None:
        path = self.chance.choice(_LISTS)
        page = self.ask("管理页面", "GET", path)
        if page.status == 200 and "csrf_token" not in page.text:
            self.journal.complain(f"{path} 不是管理页面")

    def move(self) -> None:
        start = midnight(self.chance.randrange(1, 40))
        window = {"start": start.isoformat(), "end": (start + timedelta(days=3)).isoformat()}
        found = self.ask("日历", "GET", "/admin/rooms/calendar/events.json", params=window)
        if found.status != 200:
            return
        events = [
            event
            for event in found.json["events"]
            if event["text"].startswith("soak ") and self._is_mine(event["id"])
        ]
        if not events:
            return
        event = self.chance.choice(events)
        was = [datetime.fromisoformat(event[name]) for name in ("from", "to")]
        new_start, new_end = random_slot(self.chance, length=was[1] - was[0])
        body = {
            "id": event["id"],
            "reserve_from": new_start.isoformat(),
            "reserve_to": new_end.isoformat(),
            "was_from": was[0].isoformat(),
            "was_to": was[1].isoformat(),
        }
        answer = self.ask(
            "移动预约",
            "POST",
            "/admin/rooms/calendar/move.json",
            (200, 400),
            json=body,
            headers={"X-CSRF-Token": self._csrf},
        )
        if answer.status == 200 or answer.is_unknown:
            self.moves[event["id"]].append(
                Move(new_start, new_end, answer.status == 200, (was[0], was[1]))
            )

    def tend_repairs(self) -> None:
        page = self.ask("报修列表", "GET", "/admin/repairs/requests/")
        ids = {int(text) for text in re.findall(r"/admin/repairs/requests/(\d+)/", page.text)}
        mine = sorted(each for each in ids if self._is_mine(each) and each not in self._left_alone)
        if not mine:
            return
        request_id = self.chance.choice(mine)
        seen = self._statuses.get(request_id)
        if seen is None:
            row = self.ask("报修", "GET", f"/admin/repairs/requests/{request_id}/")
            # Those of the demo have a past; ours are open until we do something.
            if "soak " not in row.text:
                if row.status == 200:
                    self._left_alone.add(request_id)
                return
            seen = 0
        if seen not in _NEXT:
            self._left_alone.add(request_id)
            return
        action, status = _NEXT[seen]
        deed = {
            "csrf_token": self._csrf,
            "id": str(request_id),
            "seen": f"{request_id}:{seen}",
            "remark": f"soak {uuid4().hex}",
        }
        path = f"/admin/repairs/requests/do/{action}"
        answer = self.ask("处理报修", "POST", path, (303,), data=deed)
        is_known = answer.status == 303
        if is_known and "/sign-in" in answer.response.headers.get("location", ""):
            self.journal.complain("管理员被要求重新登录")
            return
        self.deeds.append(Deed(request_id, status, deed["remark"], is_known))
        self._statuses[request_id] = status
        if not is_known:
            self._left_alone.add(request_id)

    def scrape(self) -> None:
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        self.ask("指标", "GET", "/metrics", headers=headers)

    def _is_mine(self, row_id: int) -> bool:
        return row_id % self._share == self._number


def _token(page: Answer) -> str:
    found = _CSRF.search(page.text)
    return found[1] if found else ""
