"""Teachers: they search, reserve, give back, look people up, report faults, read, and enroll."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4

from benchmarks.college import midnight

from soaking.actor import Actor, Answer, Journal
from soaking.college import College, Person

TAKEN = "会议室在该时间段已经被占用。"
NOT_DECIDED = "预约请求失败，请重试。"
ALREADY_FRIEND = "已存在该好友关系。"
NO_ADDRESS = "您的账户尚未绑定邮箱。"
FULL = "报名人数已经达到上限，无法继续报名。"
ALREADY_ENROLLED = "你已经报名过该活动。"

_DAYS = 40
_HALF_HOUR = timedelta(minutes=30)
# So that there is room for others: who has more than this gives one back.
_MOST_KEPT = 25


@dataclass
class Wish:
    """A reservation that was asked for; ``description`` tells its row from all others."""

    user_id: int
    room_id: int
    start: datetime
    end: datetime
    description: str = field(default_factory=lambda: f"soak {uuid4().hex}")
    status: int = 0
    sentence: str = ""
    reservation_id: int | None = None
    is_cancelled: bool | None = False  # None: nobody knows


@dataclass
class Told:
    """A fault that was reported."""

    user_id: int
    category_id: int
    description: str
    status: int
    request_id: int | None


def random_slot(chance, length: timedelta | None = None) -> tuple[datetime, datetime]:
    """Some time in the coming weeks, on the grid."""
    start = midnight(chance.randrange(1, _DAYS)) + _HALF_HOUR * chance.randrange(16, 40)
    return start, start + (length or _HALF_HOUR * chance.randint(1, 6))


class Teachers(Actor):
    """One thread for some of the teachers, who are nobody else's."""

    def __init__(
        self, port: int, journal: Journal, seed: str, college: College, people: list[Person]
    ):
        super().__init__(port, journal, seed, pause=0.12)
        self.college = college
        self.people = people
        self.wishes: list[Wish] = []
        self.kept: dict[int, list[Wish]] = defaultdict(list)
        self.friends: dict[int, set[int]] = defaultdict(set)
        self.about: dict[int, str] = {}
        self.reports: list[Told] = []
        # (user, guide) → how many mails were promised, and of how many nobody knows.
        self.promised: Counter[tuple[int, int]] = Counter()
        self.perhaps: Counter[tuple[int, int]] = Counter()
        # (user, activity) → "in", "waits", "out".
        self.places: dict[tuple[int, int], str] = {}
        self.enrollment_ids: dict[tuple[int, int], int] = {}
        # Who may ever have had a place, and which activities were said to be full.
        self.was_in: set[tuple[int, int]] = set()
        self.said_full: set[int] = set()
        self._acts = (
            [self.search] * 5
            + [self.reserve] * 7
            + [self.give_back] * 3
            + [self.look_people_up] * 2
            + [self.befriend, self.introduce_oneself, self.report, self.read, self.have_sent]
            + [self.enroll] * 2
            + [self.give_up_place, self.look_at_ones_own]
        )

    def act(self) -> None:
        self.chance.choice(self._acts)(self.chance.choice(self.people))

    def search(self, me: Person) -> None:
        start = midnight(self.chance.randrange(1, _DAYS))
        times = [
            (start + timedelta(hours=8)).isoformat(),
            (start + timedelta(hours=20)).isoformat(),
        ]
        names = self.chance.choice([("time_from", "time_to"), ("query_from", "query_to")])
        query = dict(zip(names, times, strict=True))
        if names[0] == "time_from":
            query["length"] = "60"
        path = "/meetingrooms/available/?" + urlencode(query)
        self.ask("查询空闲", "GET", path, headers=me.headers)

    def reserve(self, me: Person) -> None:
        start, end = random_slot(self.chance)
        wish = Wish(me.user_id, self.chance.choice(self.college.rooms), start, end)
        self.wishes.append(wish)
        asked = {
            "meetingroom": wish.room_id,
            "reserve_from": start.isoformat(),
            "reserve_to": end.isoformat(),
            "description": wish.description,
        }
        answer = self.ask(
            "预约", "POST", "/reservations/", (201, 400), json=asked, headers=me.headers
        )
        wish.status = answer.status
        wish.sentence = answer.sentence if answer.status == 400 else ""
        if answer.status == 400 and answer.sentence not in (TAKEN, NOT_DECIDED):
            self.journal.complain(f"预约被拒绝：{answer.text[:200]}")
        if answer.status != 201:
            return
        wish.reservation_id = answer.json["id"]
        # Asked for twice within ten seconds, by chance, it is one, and given back once.
        if all(kept.reservation_id != wish.reservation_id for kept in self.kept[me.user_id]):
            self.kept[me.user_id].append(wish)
        path = f"/reservations/{wish.reservation_id}/"
        seen = self.ask("查看预约", "GET", path, headers=me.headers)
        if seen.status == 200 and seen.json["status"] != "confirmed":
            self.journal.complain(f"201 之后预约 {wish.reservation_id} 是 {seen.json['status']}")

    def give_back(self, me: Person) -> None:
        kept = self.kept[me.user_id]
        if not kept or (len(kept) < _MOST_KEPT and self.chance.random() < 0.5):
            return
        wish = kept.pop(self.chance.randrange(len(kept)))
        path = f"/reservations/{wish.reservation_id}/"
        answer = self.ask("取消预约", "DELETE", path, (204,), headers=me.headers)
        if answer.is_unknown:
            # The second time it may be gone already.
            answer = self.insist("取消预约", "DELETE", path, (204, 404), headers=me.headers)
        wish.is_cancelled = True if answer.status in (204, 404) else None

    def look_at_ones_own(self, me: Person) -> None:
        for path in ("/reservations/", "/repairs/", "/enrollments/", "/current-user/"):
            self.ask("查看自己的", "GET", path, headers=me.headers)

    def look_people_up(self, me: Person) -> None:
        query = self.chance.choice(["", "?my=yes", "?search=zs", "?search=教授"])
        self.ask("通讯录", "GET", "/contacts/" + query, headers=me.headers)

    def befriend(self, me: Person) -> None:
        friends = self.friends[me.user_id]
        if friends and self.chance.random() < 0.4:
            friend = self.chance.choice(sorted(friends))
            path = f"/friends/{friend}/"
            self._known(self._retry("删除好友", "DELETE", path, 404, me), friends.discard, friend)
            return
        friend = self.chance.choice(self.college.people).user_id
        if friend != me.user_id and friend not in friends:
            path = f"/friends/{friend}/"
            self._known(self._retry("添加好友", "POST", path, 400, me), friends.add, friend)

    def _retry(self, what: str, method: str, path: str, done_already: int, me: Person) -> Answer:
        answer = self.ask(what, method, path, headers=me.headers)
        if answer.is_unknown:
            answer = self.insist(what, method, path, (200, done_already), headers=me.headers)
        return answer

    def _known(self, answer: Answer, remember, value) -> None:
        if not answer.is_unknown:
            remember(value)

    def introduce_oneself(self, me: Person) -> None:
        about = f"soak {uuid4().hex}"
        path = "/current-user/meta/"
        body = {"description": about}
        self.insist("个人资料", "PUT", path, json=body, headers=me.headers)
        self.about[me.user_id] = about

    def report(self, me: Person) -> None:
        category = self.chance.choice(self.college.categories)
        text = f"soak {uuid4().hex}"
        body = {"location": "勤学楼 301", "category": category, "description": text}
        answer = self.ask("报修", "POST", "/repairs/", (201,), json=body, headers=me.headers)
        request_id = answer.json["id"] if answer.status == 201 else None
        self.reports.append(Told(me.user_id, category, text, answer.status, request_id))

    def read(self, me: Person) -> None:
        self.ask("指南列表", "GET", "/guides/", headers=me.headers)
        guide, digest = self.chance.choice(sorted(self.college.guides.items()))
        answer = self.ask("下载指南", "GET", f"/guides/{guide}/", headers=me.headers)
        if answer.status == 200 and hashlib.sha256(answer.response.content).hexdigest() != digest:
            self.journal.complain(f"指南 {guide} 的内容不对")

    def have_sent(self, me: Person) -> None:
        guide = self.chance.choice(sorted(self.college.guides))
        expected = (200,) if me.email else (400,)
        path = f"/guides/{guide}/email/"
        answer = self.ask("邮寄指南", "POST", path, expected, headers=me.headers)
        if answer.status == 200:
            self.promised[me.user_id, guide] += 1
        elif answer.is_unknown:
            self.perhaps[me.user_id, guide] += 1

    def enroll(self, me: Person) -> None:
        activity = self.chance.choice(self.college.popular)
        place = (me.user_id, activity)
        if self.places.get(place, "out") != "out":
            return
        body = {"activity": activity, "participating_metas": "{}", "waitlist": True}
        options = {"json": body, "headers": me.headers}
        answer = self.ask("报名", "POST", "/enrollments/", (201, 202, 400), **options)
        was_unknown = answer.is_unknown
        if was_unknown:
            self.was_in.add(place)
            answer = self.insist("报名", "POST", "/enrollments/", (201, 202, 400), **options)
        if answer.status == 201:
            self.enrollment_ids[place] = answer.json["id"]
            self.places[place] = "in"
            self.was_in.add(place)
        elif answer.status == 202:
            self.places[place] = "waits"
        elif answer.sentence == ALREADY_ENROLLED and was_unknown:
            self.places[place] = "in"
        elif answer.sentence == FULL:
            self.said_full.add(activity)
        elif answer.status == 400:
            self.journal.complain(f"报名被拒绝：{answer.text[:200]}")

    def give_up_place(self, me: Person) -> None:
        mine = [place for place in self.enrollment_ids if place[0] == me.user_id]
        if not mine:
            return
        place = self.chance.choice(mine)
        path = f"/enrollments/{self.enrollment_ids.pop(place)}/"
        answer = self.ask("取消报名", "DELETE", path, (204,), headers=me.headers)
        if answer.is_unknown:
            answer = self.insist("取消报名", "DELETE", path, (204, 404), headers=me.headers)
        if not answer.is_unknown:
            self.places[place] = "out"
