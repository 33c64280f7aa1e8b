"""Every page of the back office and of /app/ that links lead to, with 100,000 rows behind it."""

from __future__ import annotations

import html
import http.client
import re
import statistics
import time
from collections import deque
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit

from benchmarks import figures, history
from benchmarks.answers import PROGRAMS
from benchmarks.house import HOST, BenchmarkFailed, House, running_house
from benchmarks.search import make_administrator, sign_in
from benchmarks.tables import Table
from hhu_base.cli.serve.run import say

_LIMIT = 50
_MOST_SHOWN = 70
_LINK = re.compile(r'<a\b[^>]*?\shref="([^"]*)"')
# Without files: XLSX, calendars, photos.
_PAGE = re.compile(r"/(admin|app)/(?!sign-out)[^.?]*(\?|$)")
_NUMBER = re.compile(r"\d+")
# A list by one filter or in one order, but not each filter in each order.
_MOST_PARTS = 2
# What may stand behind a ? and makes another page of it; of others only the name counts.
_TELLING = ("sort", "show", "tab", "view")


def measure(house: House, is_quick: bool) -> list[Table]:
    rows = history.ROWS // 20 if is_quick else history.ROWS
    say(f"  载入演示学院，准备各 {rows:,} 行……")
    with running_house({"DEMO": "yes"}) as own:
        with own.connect() as connection:
            history.fill(connection, rows)
            make_administrator(connection)
        figures.refresh(own)
        measured = measure_all(own, 3 if is_quick else 9)
    table = Table(
        f"{len(measured)} 个页面，各 {rows:,} 行，1 个客户端（毫秒），最慢的在前",
        ["页面", "中位", "最快", "web CPU", "数据库 CPU"],
        measured,
    )
    table.at_most("最慢的页面，中位", measured[0][1], _LIMIT, "ms")
    return [table]


def measure_all(house: House, times: int) -> list:
    """A row for each page: its path, and milliseconds for each of so many requests."""
    headers = {"Cookie": sign_in(house)}
    connection = http.client.HTTPConnection(HOST, house.port, timeout=60)
    rows = []
    for path in _pages(connection, headers):
        before = house.processor_seconds()
        passed = []
        for _ in range(times):
            begin = time.perf_counter()
            connection.request("GET", path, headers=headers)
            connection.getresponse().read()
            passed.append((time.perf_counter() - begin) * 1000)
        after = house.processor_seconds()
        used = [(after[name] - before[name]) * 1000 / times for name in PROGRAMS]
        rows.append([unquote(path)[:_MOST_SHOWN], statistics.median(passed), min(passed), *used])
    connection.close()
    return sorted(rows, key=lambda row: row[1], reverse=True)


def _pages(connection: http.client.HTTPConnection, headers: dict[str, str]) -> Iterator[str]:
    """One path of each kind, found by following the links from both home pages."""
    waiting = deque(["/admin/", "/app/"])
    seen: set[str | tuple] = set()
    while waiting:
        path = quote(waiting.popleft(), safe="/?&=%+.,:;-_~")
        kind = _kind(path)
        if kind in seen or (len(kind) > _MOST_PARTS and kind[0] in seen):
            continue
        seen |= {kind, kind[0]}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
        if response.status >= 500:
            raise BenchmarkFailed(f"{path} 得到 {response.status}")
        # Neither what leads elsewhere nor a file.
        if response.status != 200 or "text/html" not in (response.getheader("Content-Type") or ""):
            continue
        yield path
        targets = (urljoin(path, html.unescape(link)) for link in _LINK.findall(body))
        waiting += [target.partition("#")[0] for target in targets if _PAGE.match(target)]


def _kind(path: str) -> tuple:
    parts = urlsplit(path)
    told = {
        name: value.lstrip("-") if name in _TELLING else ""
        for name, value in parse_qsl(parts.query)
        if name != "back"
    }
    return _NUMBER.sub("N", parts.path), *sorted(told.items())
