"""``python -m soaking MINUTES``: the story of a soak."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from benchmarks.house import HOST, PROJECT, BenchmarkFailed, House, running_house
from benchmarks.tables import show

from hhu_base.cli.serve.run import say
from soaking import checking, neighbours, telling, waiting
from soaking.actor import UNKNOWN, Journal
from soaking.administrators import METRICS_TOKEN, Administrator
from soaking.college import College, prepare
from soaking.crowd import Crowd
from soaking.killing import Killer
from soaking.mailbox import Mailbox, open_mailbox
from soaking.teachers import Teachers
from soaking.waiting import Waiting
from soaking.weighing import Scale

TEACHERS, ADMINISTRATORS, CROWDS, WAITERS = 10, 2, 4, 3
# The share of the time in which nobody is killed, so that the memory can be judged.
_CALM = 1 / 3
_RESERVATION_TIMEOUT = 8
# Until all is up again, nothing is pending, and no mail is queued.
_PATIENCE = 120.0
# Of a worker or a database that dies, this many mails may be on their way (worker -c 4).
_MAILS_AT_ONCE = 4
_MOST_SHOWN = 40


@click.command()
@click.argument("minutes", type=click.FloatRange(min=0.2))
@click.option("--seed", default=1, show_default=True, help="同样的种子，同样的愿望和意外。")
@click.option(
    "--json",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=PROJECT / "var" / "soak.json",
    help="结果写到这个文件，默认 var/soak.json。",
)
def main(minutes: float, seed: int, path: Path) -> None:
    """在混合负载下随机杀死进程，然后核对每一个回答。"""
    say("启动一个临时的系统……")
    try:
        with open_mailbox() as mailbox, running_house(_settings(mailbox)) as house:
            report, wrong = _soak(house, mailbox, minutes, seed)
    except BenchmarkFailed as failure:
        sys.exit(f"错误：{failure}")
    except KeyboardInterrupt:
        sys.exit("已中断。")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    say(f"\n结果写在 {path}")
    for sentence in wrong[:_MOST_SHOWN]:
        say(f"  违反：{sentence}")
    say(f"违反 {len(wrong)} 处。" if wrong else "每一个回答都是真的。")
    sys.exit(1 if wrong else 0)


def _settings(mailbox: Mailbox) -> dict[str, str]:
    return {
        "DEMO": "yes",
        "HHU_MAIL_HOST": HOST,
        "HHU_MAIL_PORT": str(mailbox.port),
        "HHU_MAIL_SECURITY": "none",
        "HHU_ROOMS_RESERVATION_TIMEOUT": str(_RESERVATION_TIMEOUT),
        "HHU_METRICS_TOKEN": METRICS_TOKEN,
        # Some few people ask for everything all the time; and the end need not be waited for.
        "HHU_MAIL_A_PERSON_AN_HOUR": "0",
        "HHU_ROOMS_NOTIFY_AFTER": "3",
        # As short as they can be, so that holds end and rooms are released while it lasts.
        "HHU_ROOMS_HOLD_MINUTES": "1",
        "HHU_ROOMS_RELEASE_AFTER": "1",
    }


def _soak(
    house: House, mailbox: Mailbox, minutes: float, seed: int
) -> tuple[dict[str, object], list[str]]:
    college = prepare(house, minutes)
    journal = Journal()
    teachers, admins, crowds = _actors(house, journal, college, seed)
    talkers = [
        neighbours.Neighbours(
            house.port, journal, f"邻居 {seed}-{n}", college, college.neighbours(n), room_id
        )
        for n, room_id in enumerate(college.neighbour_rooms)
    ]
    waiters = [
        Waiting(house.port, journal, f"候补 {seed}-{n}", college, college.waiters[n::WAITERS])
        for n in range(WAITERS)
    ]
    killer, scale = Killer(house, f"killer {seed}"), Scale(house)
    begin = time.monotonic()
    end = begin + minutes * 60
    calm_since = begin + minutes * 60 * (1 - _CALM)
    actors = (*teachers, *admins, *crowds, *waiters, *talkers)
    for thread in (*actors, killer, scale):
        thread.start()
    _let_it_run(journal, killer, mailbox, begin, calm_since, end)
    for actor in actors:
        actor.has_to_stop.set()
    scale.has_to_stop.set()
    say("等待最后的请求、预约和邮件……")
    for actor in actors:
        actor.join(_PATIENCE)
        if actor.is_alive():
            journal.complain(f"{actor.name} 在 {_PATIENCE:.0f} 秒后仍在等待回答")
    waited = _settle(house, journal)
    most_doubled = _MAILS_AT_ONCE * (killer.kills["worker"] + killer.kills["postgres"])
    with house.connect() as connection:
        found: dict[str, list[str]] = {
            "回答": list(journal.wrong),
            "预约": list(checking.check_reservations(connection, teachers, admins)),
            "协商与审批": list(neighbours.check(connection, talkers)),
            "候补与签到": list(waiting.check(connection, waiters)),
            "好友与资料": list(checking.check_people(connection, teachers)),
            "报修": list(checking.check_repairs(connection, teachers, admins)),
            "活动": list(checking.check_activities(connection, teachers, college)),
            "打卡": list(checking.check_clockins(connection, crowds)),
            "邮件": list(
                checking.check_mails(
                    connection,
                    teachers,
                    college,
                    mailbox.arrived,
                    most_doubled,
                )
            ),
        }
    memory = scale.grown(calm_since, end)
    found["内存"] = [
        f"{name} 从 {first:.1f} MB 增加到 {last:.1f} MB"
        for name, first, last, is_good in memory
        if is_good is False
    ]
    tables = [
        telling.answers_table(journal),
        telling.kills_table(killer, waited, journal),
        telling.mails_table(mailbox, most_doubled),
        telling.memory_table(memory),
        telling.checks_table(found, teachers, crowds, waiters, talkers, mailbox),
    ]
    for table in tables:
        show(table)
    report = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "minutes": minutes,
        "seed": seed,
        "processors": os.cpu_count(),
        "tables": [asdict(table) for table in tables],
        "violations": found,
    }
    return report, [sentence for sentences in found.values() for sentence in sentences]


def _actors(
    house: House, journal: Journal, college: College, seed: int
) -> tuple[list[Teachers], list[Administrator], list[Crowd]]:
    port = house.port
    return (
        [
            Teachers(port, journal, f"教师 {seed}-{n}", college, college.teachers[n::TEACHERS])
            for n in range(TEACHERS)
        ],
        [
            Administrator(port, journal, f"管理员 {seed}-{n}", n, ADMINISTRATORS)
            for n in range(ADMINISTRATORS)
        ],
        [
            Crowd(port, journal, f"打卡 {seed}-{n}", college, college.crowd[n::CROWDS])
            for n in range(CROWDS)
        ],
    )


def _let_it_run(
    journal: Journal, killer: Killer, mailbox: Mailbox, begin: float, calm_since: float, end: float
) -> None:
    """Until the time is up; a line each minute, and calm in the last part of it."""
    next_line = begin + 60
    while (now := time.monotonic()) < end:
        if now >= calm_since and not killer.has_to_stop.is_set():
            killer.has_to_stop.set()
            say("  从现在起不再杀死进程，继续负载，测量内存。")
        if now >= next_line:
            next_line += 60
            number = sum(journal.answers.values())
            unknown = sum(
                journal.answers[key] for key in list(journal.answers) if key[1] in UNKNOWN
            )
            say(
                f"  {(now - begin) / 60:.0f} 分钟：{number:,} 个请求（{unknown:,} 个没有回答），"
                f"杀死 {sum(killer.kills.values())} 个进程，{sum(mailbox.arrived.values()):,} 封邮件，"
                f"异常 {len(journal.wrong)} 处"
            )
        time.sleep(0.5)
    killer.has_to_stop.set()


def _settle(house: House, journal: Journal) -> dict[str, float]:
    """Wait until everything is up, decided and sent; how long that took, in seconds."""

    def is_ready() -> bool:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{house.port}/readyz", timeout=5) as answer:  # noqa: S310
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def is_empty(table: str, condition: str) -> Callable[[], bool]:
        def check() -> bool:
            with house.connect() as connection:
                found = connection.execute(f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1")
                return found.fetchone() is None

        return check

    waited = {}
    for what, condition in (
        ("全部就绪", is_ready),
        ("没有待处理的预约", is_empty("rooms_reservations", "status = 'pending'")),
        (
            "没有到期的保留",
            is_empty("rooms_reservations", "status = 'held' AND hold_until < now()"),
        ),
        ("没有未到时间的通知", is_empty("rooms_notices", "true")),
        ("没有待发的邮件", is_empty("core_mails", "status = 'queued'")),
    ):
        begin = time.monotonic()
        while not condition():
            if time.monotonic() - begin > _PATIENCE:
                journal.complain(f"等了 {_PATIENCE:.0f} 秒仍不是：{what}")
                break
            time.sleep(0.2)
        waited[what] = time.monotonic() - begin
    return waited


if __name__ == "__main__":
    main()
