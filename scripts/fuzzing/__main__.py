"""``python -m fuzzing``: round after round with new people, until the time is up."""

from __future__ import annotations

import itertools
import random
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import requests
import sqlalchemy as sa
from benchmarks.house import PROJECT, BenchmarkFailed, House, running_house
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from fuzzing.report import Report
from hhu_base.cli.serve.run import say
from tests.fuzz import attacks, documented, people, targets
from tests.fuzz.judging import throw
from tests.fuzz.people import ROLES, Setting
from tests.fuzz.wire import HOST

# Then everybody is new: by then they have signed out, lost rights or changed passwords.
ROUND_SECONDS = 45.0
THREADS = 3
# An answer may take so long: a thread that waits for WeChat or a decision is not hanging.
SECONDS = 30.0
EXAMPLES = 15


@click.command()
@click.argument("minutes", type=click.FloatRange(min=0.1), default=5.0)
@click.option("--seed", type=int, help="随机数的种子，默认每次不同。")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT / "var" / "fuzz",
    help="出错的请求保存在这个文件夹，默认 var/fuzz。",
)
def main(minutes: float, seed: int | None, keep: Path) -> None:
    """对整个系统做模糊测试 MINUTES 分钟（默认 5）。"""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    report = Report(keep)
    say(f"启动一个临时的系统…… 种子 {seed}")
    try:
        with running_house() as house:
            deadline = time.monotonic() + minutes * 60
            for number in itertools.count(1):
                if time.monotonic() >= deadline:
                    break
                _round(house, number, random.Random(f"{seed}-{number}"), report, deadline)
                say(f"第 {number} 轮：{report.summary}")
            report.read_logs(house.locations.logs)
    except BenchmarkFailed as failure:
        sys.exit(f"错误：{failure}")
    except KeyboardInterrupt:
        say("已中断。")
    say(report.conclusion)
    sys.exit(1 if report.complaints else 0)


def _round(
    house: House, number: int, chance: random.Random, report: Report, deadline: float
) -> None:
    end = min(deadline, time.monotonic() + ROUND_SECONDS)
    engine = sa.create_engine(house.locations.database_url, poolclass=NullPool)
    with Session(engine) as session, session.begin():
        setting = people.populate(session, str(number))
    people.sign_all_in(house.port, setting, str(number))
    document = requests.get(f"http://{HOST}:{house.port}/openapi.json", timeout=SECONDS).json()
    pages = targets.of_pages(house.port, setting.people["administrator"].cookie, most=150)
    aims = [*targets.of_document(document, setting), *pages]
    with ThreadPoolExecutor(THREADS) as threads:
        running = [
            threads.submit(_throw, house.port, aims, setting, seed, report, end)
            for seed in [chance.random() for _ in range(THREADS)]
        ]
        _follow_the_document(house.port, document, setting, chance, report, end)
        for each in running:
            each.result()


def _throw(
    port: int, aims: list, setting: Setting, seed: float, report: Report, end: float
) -> None:
    chance = random.Random(seed)
    kinds = list(attacks.KINDS)
    while time.monotonic() < end:
        person = setting.people[chance.choice(ROLES)]
        target = chance.choice(aims)
        attack = attacks.make(chance.choice(kinds), chance, target, person)
        answer, complaint = throw(port, attack, target, SECONDS)
        report.count(answer.status)
        if complaint:
            report.complain(f"{person.role}: {attack.what}: {complaint}", attack.data)


def _follow_the_document(
    port: int,
    document: dict,
    setting: Setting,
    chance: random.Random,
    report: Report,
    end: float,
) -> None:
    # Hypothesis wants to be alone in its thread, so this is the main one.
    operations = documented.operations(document)
    order = chance.sample(operations[:-1], len(operations) - 1) + operations[-1:]
    for operation in itertools.cycle(order):
        role = chance.choice(ROLES)
        if time.monotonic() >= end:
            return
        try:
            statuses = documented.fuzz(
                operation,
                port,
                setting.people[role],
                setting,
                examples=EXAMPLES,
                chance=chance.randrange(10**9),
                seconds=SECONDS,
            )
        except (Exception, BaseExceptionGroup) as failure:  # noqa: BLE001 - of many kinds, each a finding
            report.complain(f"{role}: {operation.label}: {failure}"[:3000])
        else:
            for status, count in statuses.items():
                report.count(status, count)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
