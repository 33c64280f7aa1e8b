"""The rules of a site: the grid that reservations lie on, how long and how far ahead they may be.

A room may have limits of its own (``of``). Pure computation; all instants are timezone-aware, all intervals half-open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from hhu_base.settings import Integer, Seconds
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import LONGEST_MEETING

LONGEST_MINUTES = LONGEST_MEETING // timedelta(minutes=1)
MOST_DAYS_AHEAD = 365 * 100

GRANULARITY = Integer(
    "rooms.granularity", 30, "预约的开始和结束以多少分钟为单位，一天要能分尽", 1, LONGEST_MINUTES
)
MIN_MINUTES = Integer("rooms.min_minutes", 30, "预约最短多少分钟", 1, LONGEST_MINUTES)
MAX_MINUTES = Integer("rooms.max_minutes", 180, "预约最长多少分钟", 1, LONGEST_MINUTES)
MAX_DAYS_AHEAD = Integer(
    "rooms.max_days_ahead", 365, "最多可以提前多少天预约；0 是不限", 0, MOST_DAYS_AHEAD
)
NOTIFY_AFTER = Seconds("rooms.notify_after", 60, "预约改动后等多少秒再通知预约人，只告知最后的差别")
MAX_OPEN = Integer(
    "rooms.max_open", 0, "每人最多有多少个未结束的预约；0 是不限，管理员不受限", 0, 10_000
)
MAX_HOURS_A_WEEK = Integer(
    "rooms.max_hours_a_week",
    0,
    "每人每周（周一到周日）最多预约多少小时；0 是不限，管理员不受限",
    0,
    168,
)
ASK_HOURS = Integer(
    "rooms.ask_hours", 24, "协商多少小时没有答复就算不同意；最晚到开始前一小时", 1, 24 * 30
)
HOLD_MINUTES = Integer(
    "rooms.hold_minutes", 30, "空出来的会议室为候补的人保留多少分钟，等其确认", 1, LONGEST_MINUTES
)
RELEASE_AFTER = Integer(
    "rooms.release_after", 15, "需要签到的会议室，开始后多少分钟无人签到就释放", 1, LONGEST_MINUTES
)
SETTINGS = (
    GRANULARITY,
    MIN_MINUTES,
    MAX_MINUTES,
    MAX_DAYS_AHEAD,
    NOTIFY_AFTER,
    MAX_OPEN,
    MAX_HOURS_A_WEEK,
    ASK_HOURS,
    HOLD_MINUTES,
    RELEASE_AFTER,
)


class LimitedRoom(Protocol):
    """A room as the policy sees it; None: as the site has it. 0 days ahead: any."""

    @property
    def min_minutes(self) -> int | None: ...
    @property
    def max_minutes(self) -> int | None: ...
    @property
    def max_days_ahead(self) -> int | None: ...


@dataclass(frozen=True)
class BookingPolicy:
    """A site's rules. ``horizon`` is None where any distant day may be reserved.

    ``notify_after``: so long after somebody else's change the holder is told of it. ``max_open`` and
    ``max_hours_a_week`` are what one person may have at most; 0: no limit. Who is asked to give way
    has ``answer_within`` for it. What becomes free is held for ``hold`` for who waited; where people
    check in, it is released ``release_after`` the start.
    """

    step: timedelta
    shortest: timedelta
    longest: timedelta
    horizon: timedelta | None
    zone: ZoneInfo
    notify_after: timedelta = timedelta(minutes=1)
    max_open: int = 0
    max_hours_a_week: int = 0
    answer_within: timedelta = timedelta(hours=24)
    hold: timedelta = timedelta(minutes=30)
    release_after: timedelta = timedelta(minutes=15)

    def of(self, room: LimitedRoom) -> BookingPolicy:
        """The rules that hold in this room."""
        least, most, days = room.min_minutes, room.max_minutes, room.max_days_ahead
        if least is None and most is None and days is None:
            return self
        shortest = self.shortest if least is None else timedelta(minutes=least)
        longest = self.longest if most is None else timedelta(minutes=most)
        if shortest > longest:
            # The site's limit has changed since; what was said of this room counts.
            shortest, longest = (shortest, shortest) if most is None else (longest, longest)
        horizon = self.horizon if days is None else timedelta(days=days) if days else None
        return replace(self, shortest=shortest, longest=longest, horizon=horizon)

    def down(self, instant: datetime) -> datetime:
        """The last point of the grid that is not after ``instant``."""
        return _down(instant, self.step, self.zone)

    def up(self, instant: datetime) -> datetime:
        """The first point of the grid that is not before ``instant``."""
        down = self.down(instant)
        return down if down == instant else down + self.step

    def widen(self, start: datetime, end: datetime) -> Interval:
        """The smallest interval on the grid that covers what was asked for."""
        return self.down(start), self.up(end)

    def round_length(self, length: timedelta) -> timedelta:
        """The shortest length on the grid that is not under ``length``."""
        return -(-length // self.step) * self.step

    def allows_length(self, length: timedelta) -> bool:
        return self.shortest <= length <= self.longest

    @property
    def step_text(self) -> str:
        """``30分钟``"""
        return _duration(self.step)

    @property
    def length_sentence(self) -> str:
        return (
            f"预约会议时间不得少于{_duration(self.shortest)}，不得超过{_duration(self.longest)}。"
        )

    @property
    def horizon_sentence(self) -> str:
        return f"只能预约{self.horizon.days if self.horizon else 0}天以内的会议室。"


def _duration(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    return f"{minutes}分钟" if minutes % 60 else f"{minutes // 60}小时"


def read_policy(settings: Mapping, zone: ZoneInfo) -> BookingPolicy:
    """The rules of this site, from ``rooms.*``.

    Raises ConfigurationError where the figures contradict each other.
    """
    step = GRANULARITY.read(settings)
    if 24 * 60 % step:
        raise GRANULARITY.wrong(f"a day is no multiple of {step}")
    shortest, longest = MIN_MINUTES.read(settings), MAX_MINUTES.read(settings)
    for other, least in ((MIN_MINUTES, shortest), (GRANULARITY, step)):
        if longest < least:
            raise MAX_MINUTES.wrong(f"{longest} is less than {other.key}, which is {least}")
    days = MAX_DAYS_AHEAD.read(settings)
    return BookingPolicy(
        step=timedelta(minutes=step),
        shortest=timedelta(minutes=shortest),
        longest=timedelta(minutes=longest),
        horizon=timedelta(days=days) if days else None,
        zone=zone,
        notify_after=timedelta(seconds=NOTIFY_AFTER.read(settings)),
        max_open=MAX_OPEN.read(settings),
        max_hours_a_week=MAX_HOURS_A_WEEK.read(settings),
        answer_within=timedelta(hours=ASK_HOURS.read(settings)),
        hold=timedelta(minutes=HOLD_MINUTES.read(settings)),
        release_after=timedelta(minutes=RELEASE_AFTER.read(settings)),
    )


ENDED = "结束时间必须在现在以后。"
OVER = "已经结束的预约只能查看。"
GONE = "这个预约已经取消或者没有成功，请刷新页面。"


class ExceedsPolicy(Refusal):
    """Too short, too long or too far ahead for this room, though it could be stored."""


def check_times(
    policy: BookingPolicy,
    now: datetime,
    start: datetime,
    end: datetime,
    *,
    may_exceed: bool = False,
) -> Interval:
    """The interval on the grid that covers what was asked for, if a reservation may have it.

    Raises Refusal where it has ended or can't be stored, ExceedsPolicy where it is too short, too
    long or too far ahead; ``may_exceed`` lets those beyond the limits pass.
    """
    if end <= start:
        raise Refusal(policy.length_sentence, TOGETHER)
    start, end = policy.widen(start, end)
    if end <= now:
        raise Refusal(ENDED, TOGETHER)
    if end - start > LONGEST_MEETING:
        raise Refusal(policy.length_sentence, TOGETHER)
    if may_exceed:
        return start, end
    if not policy.allows_length(end - start):
        raise ExceedsPolicy(policy.length_sentence, TOGETHER)
    if policy.horizon is not None and start > now + policy.horizon:
        raise ExceedsPolicy(policy.horizon_sentence, TOGETHER)
    return start, end


# The rooms of a day are taken from and until the same few instants.
@lru_cache(maxsize=4096)
def _down(instant: datetime, step: timedelta, zone: ZoneInfo) -> datetime:
    # The grid is counted from the site's midnight, by what its clocks on the wall show.
    local = instant.astimezone(zone)
    since_midnight = timedelta(
        hours=local.hour,
        minutes=local.minute,
        seconds=local.second,
        microseconds=local.microsecond,
    )
    return instant - since_midnight % step
