"""How long somebody waits who reports a fault, while mails are written and sent."""

from __future__ import annotations

import itertools
import json

from benchmarks import college, load
from benchmarks.house import BenchmarkFailed, House
from benchmarks.tables import Table

RECIPIENTS = 3
# All of the mails are for these three, and all are sent.
SETTINGS = {"HHU_MAIL_A_PERSON_AN_HOUR": "0"}
MOST_A_SECOND = 1000


def measure(house: House, is_quick: bool) -> list[Table]:
    seconds = 2 if is_quick else 10
    college.prepare(house)
    with house.connect() as connection:
        connection.execute("TRUNCATE repairs_categories, core_mails RESTART IDENTITY CASCADE")
        connection.execute("INSERT INTO repairs_categories (name) VALUES ('网络')")
        connection.execute(
            "INSERT INTO repairs_recipients (name, address, category_id)"
            " SELECT '值班', 'repair' || n || '@hhu.example', 1 FROM generate_series(1, %s) AS n",
            [RECIPIENTS],
        )
    table = Table(
        f"报修（每次写 {RECIPIENTS} 封邮件；每秒次数与等待毫秒）",
        ["客户端", "HTTP/s", "中位", "p95", "p99"],
    )
    # The same told twice within ten seconds would be one request.
    numbers = itertools.count()
    for clients in (1, 8):
        warm_up = 20 * clients
        requests = [_request(next(numbers)) for _ in range(warm_up + int(seconds * MOST_A_SECOND))]
        result = load.send(house.port, clients, requests, warm_up, seconds)
        if set(result.statuses) != {"201"}:
            raise BenchmarkFailed(f"不是每个报修都得到 201：{result.statuses}")
        median, p95, p99 = (result.percentile(share) for share in (0.5, 0.95, 0.99))
        table.rows.append([str(clients), result.a_second, median, p95, p99])
        if clients == 1:
            table.at_most("1 个客户端的中位", median, 15, "ms")
    return [table]


def _request(number: int) -> bytes:
    told = {"location": "勤学楼 301", "category": 1, "description": f"网口 {number} 没有信号"}
    body = json.dumps(told).encode()
    head = (
        "POST /repairs/ HTTP/1.1\r\n"
        "Host: localhost\r\n"
        f"Authorization: Token {college.TOKEN}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
