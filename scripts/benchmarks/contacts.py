"""The list of all contacts, with 2,000 people."""

from __future__ import annotations

import psycopg

from benchmarks import college, load
from benchmarks.house import BenchmarkFailed, House
from benchmarks.tables import Table

PEOPLE = 2000
_PATHS = {"全部": "/contacts/", "搜索 zhangs": "/contacts/?search=zhangs"}

# Given names of one or two characters, so that names repeat as seldom as they do in a college.
_ADD_PEOPLE = """
    INSERT INTO core_users (username, last_name, first_name, phone, tel, post, email)
    SELECT 'x' || n, substr('王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐', 1 + n %% 25, 1),
           substr('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英', 1 + n / 25 %% 23, 1)
           || substr('华建国文海波晓东志云飞雪梅红玉峰宇晨欣怡佳', 1 + n / 575 %% 21, 1),
           '154' || lpad(n::text, 8, '0'), '025-0000' || lpad(n::text, 4, '0'), '讲师',
           'x' || n || '@hhu.example'
    FROM generate_series(2, %s) AS n
"""


def add_people(connection: psycopg.Connection) -> None:
    """Others than t0001, until there are ``PEOPLE``."""
    connection.execute(_ADD_PEOPLE, [PEOPLE])


def measure(house: House, is_quick: bool) -> list[Table]:
    college.prepare(house)
    with house.connect() as connection:
        add_people(connection)
        connection.execute("VACUUM ANALYZE core_users")
    table = Table(
        f"通讯录，{PEOPLE:,} 人，1 个客户端（毫秒）", ["查询", "中位", "p95", "每秒", "web CPU"]
    )
    for name, path in _PATHS.items():
        before = house.processor_seconds()["web"]
        result = load.send(
            house.port,
            1,
            [college.get(path)] * 5000,
            warm_up=20,
            seconds=2 if is_quick else 8,
        )
        used = house.processor_seconds()["web"] - before
        if set(result.statuses) != {"200"}:
            raise BenchmarkFailed(f"通讯录没有得到 200：{result.statuses}")
        median = result.percentile(0.5)
        each = used * 1000 / (len(result.latencies) + 20)
        table.rows.append([name, median, result.percentile(0.95), result.a_second, each])
        if path == "/contacts/":
            table.at_most(f"GET {path}，{PEOPLE:,} 人", median, 60, "ms")
    return [table]
