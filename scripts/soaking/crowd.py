"""A full hall: somebody shows the code of an item, and everybody scans it, some twice."""

from __future__ import annotations

import time
from dataclasses import dataclass

from soaking.actor import Actor, Journal
from soaking.college import CODE_GRACE, CODE_INTERVAL, College, Person

EXPIRED = "打卡二维码已过期，请重试。"
ALREADY = "已存在该打卡记录。"
# What this machine may take between two looks at the clock.
_SLACK = 1.0


@dataclass(frozen=True)
class Scan:
    """One scan: 200, 400, or nobody knows."""

    item_id: int
    user_id: int
    status: int
    sentence: str


class Crowd(Actor):
    """Some of the people in the hall; they go through the items one after the other."""

    def __init__(
        self, port: int, journal: Journal, seed: str, college: College, people: list[Person]
    ):
        super().__init__(port, journal, seed, pause=0.3)
        self._college, self._people = college, people
        self._places = ((item, person) for item in college.items for person in people)
        self._item = 0
        self._key = ""
        self._fetched = 0.0
        self.scans: list[Scan] = []
        # Who is known to be clocked in: once a scan was answered for certain.
        self.is_in: set[tuple[int, int]] = set()

    def act(self) -> None:
        place = next(self._places, None)
        if place is None:
            self.has_to_stop.set()
            self.journal.complain("打卡项用完了：请调大 _ITEMS_A_MINUTE")
            return
        item, person = place
        if self.chance.random() < 0.05:
            self.ask(
                "打卡项目",
                "GET",
                "/activities/clockin-duties/",
                headers=self._college.staff.headers,
            )
        while not self._scan(item, person) and not self.has_to_stop.is_set():
            pass
        if self.chance.random() < 0.1:
            self._scan(item, person)

    def _scan(self, item: int, person: Person) -> bool:
        """Whether it is certain now that this person is clocked in."""
        if self._item != item:
            self._key = ""
        if not self._key and not self._fetch(item):
            return False
        begin = time.monotonic()
        answer = self.ask(
            "打卡",
            "POST",
            "/activities/clockins/",
            (200, 400),
            json={"key": self._key},
            headers=person.headers,
        )
        self.scans.append(Scan(item, person.user_id, answer.status, answer.sentence))
        if answer.status == 400 and answer.sentence == EXPIRED:
            age = time.monotonic() - self._fetched
            if age < CODE_GRACE - _SLACK:
                self.journal.complain(f"打卡码 {age:.1f} 秒就过期了")
            self._key = ""
            return False
        if answer.status == 400 and answer.sentence != ALREADY:
            self.journal.complain(f"打卡被拒绝：{answer.text[:200]}")
        elif answer.status == 200 and begin - self._fetched > CODE_INTERVAL + CODE_GRACE + _SLACK:
            self.journal.complain("过期的打卡码被接受了")
        if answer.is_unknown:
            return False
        self.is_in.add((item, person.user_id))
        return True

    def _fetch(self, item: int) -> bool:
        path = f"/activities/clockin-duties/{item}/"
        answer = self.ask("打卡码", "GET", path, headers=self._college.staff.headers)
        if answer.status != 200:
            return False
        self._item, self._key, self._fetched = item, answer.json["key"], time.monotonic()
        return True
