"""The search over everything, as it is asked while one types, on a college of usual size."""

from __future__ import annotations

import re
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import quote, urlencode

import psycopg

from benchmarks import college, load
from benchmarks.contacts import PEOPLE, add_people
from benchmarks.house import HOST, BenchmarkFailed, House
from benchmarks.tables import Table
from hhu_base.accounts.password_hashes import hash_password
from hhu_base.cli.serve.run import say

RESERVATIONS = 100_000
GUIDES = 1000
_CHARACTERS = 5000  # of a guide's text
_LIMIT = 50
_PASSWORD = "bench-2026-pass"  # noqa: S105 - of a database that is thrown away
# What is frequent, rare and nowhere; Chinese, pinyin, initials, a part of a number, two words.
_SEARCHES = ("王", "楼", "zhangs", "hys", "报销", "组会", "1540000", "密码", "没有这个", "楼 R19")

# Texts of 500 different characters, which no two guides share.
_ADD_GUIDES = """
    INSERT INTO guides_categories (name) VALUES ('财务');
    INSERT INTO guides_guides (name, name_key, category_id, created_at)
    SELECT '办事指南' || n, 'ban shi zhi nan ' || n || chr(9) || '办事指南' || n,
           currval('guides_categories_id_seq'), now() - n * interval '1 hour'
    FROM generate_series(1, {guides}) AS n;
    INSERT INTO guides_versions (guide_id, is_current, digest, size, type, name, text, text_status)
    SELECT guide.id, true, md5(guide.id::text), 1000, 'application/pdf', 'a.pdf', text.of_it, 'read'
    FROM guides_guides AS guide, LATERAL (
        SELECT string_agg(chr(20000 + abs(hashint8(guide.id * 10000 + n)) % 500), '')
            || CASE guide.id % 100 WHEN 7 THEN '报销' ELSE '' END
        FROM generate_series(1, {characters}) AS n
    ) AS text(of_it);
"""


def measure(house: House, is_quick: bool) -> list[Table]:
    stored = RESERVATIONS // 10 if is_quick else RESERVATIONS
    say(f"  准备 {stored:,} 条预约和 {GUIDES:,} 份指南……")
    college.prepare(house, stored)
    _fill(house)
    cookie = sign_in(house)
    return [_measure(house, face, cookie, is_quick) for face in ("app", "admin")]


def _measure(house: House, face: str, cookie: str, is_quick: bool) -> Table:
    title = {"app": "全站搜索", "admin": "后台搜索"}[face]
    table = Table(f"{title}，1 个客户端（毫秒）", ["搜索", "中位", "p95", "web CPU", "数据库 CPU"])
    medians = []
    for text in _SEARCHES:
        path = f"/{face}/search/results?q={quote(text)}"
        request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\n\r\n".encode()
        before = house.processor_seconds()
        result = load.send(house.port, 1, [request] * 5000, 20, 1 if is_quick else 3)
        used = house.processor_seconds()
        if set(result.statuses) != {"200"}:
            raise BenchmarkFailed(f"搜索没有得到 200：{result.statuses}")
        medians.append(result.percentile(0.5))
        each = [
            (used[name] - before[name]) * 1000 / (len(result.latencies) + 20)
            for name in ("web", "postgres")
        ]
        table.rows.append([text, medians[-1], result.percentile(0.95), *each])
    if face == "app":
        table.at_most("最慢的一种，中位", max(medians), _LIMIT, "ms")
    return table


def _fill(house: House) -> None:
    with house.connect() as connection:
        add_people(connection)
        # Each has as many reservations as the others.
        connection.execute("UPDATE rooms_reservations SET user_id = id %% %s + 1", [PEOPLE])
        make_administrator(connection)
        connection.execute("TRUNCATE guides_guides, guides_categories CASCADE")
        connection.execute(_ADD_GUIDES.format(guides=GUIDES, characters=_CHARACTERS))
        connection.execute("VACUUM ANALYZE")


def make_administrator(connection: psycopg.Connection) -> None:
    """t0001 may see the back office."""
    connection.execute(
        "UPDATE core_users SET password = %s, is_staff = true, is_superuser = true"
        " WHERE username = 't0001'",
        [hash_password(_PASSWORD)],
    )


def sign_in(house: House) -> str:
    """t0001's cookie, as the pages' own form gives it."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    url = f"http://{HOST}:{house.port}/app/sign-in"
    page = opener.open(url).read().decode()  # noqa: S310
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    form = {
        "username": "t0001",
        "password": _PASSWORD,
        "csrf_token": token[1] if token else "",
    }
    opener.open(url, urlencode(form).encode()).read()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
    if not cookies:
        raise BenchmarkFailed("没有登录成功")
    return cookies
