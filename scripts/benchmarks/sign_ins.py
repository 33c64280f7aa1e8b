"""Signing in with a password: mostly the hash, which is slow on purpose."""

from __future__ import annotations

from benchmarks import college, load
from benchmarks.house import BenchmarkFailed, House
from benchmarks.tables import Table
from hhu_base.accounts.password_hashes import hash_password

PEOPLE = 400
PASSWORD = "bench-2026-pass"  # noqa: S105 - of a database that is thrown away


def measure(house: House, is_quick: bool) -> list[Table]:
    college.prepare(house)
    with house.connect() as connection:
        connection.execute(
            "INSERT INTO core_users (username, password)"
            " SELECT 's' || n, %s FROM generate_series(1, %s) AS n",
            [hash_password(PASSWORD), PEOPLE],
        )
    table = Table("用密码登录", ["客户端", "每秒", "中位（毫秒）", "p95（毫秒）"])
    for clients in (1, 8):
        # Each time somebody else, as the throttle would have it.
        requests = [_request(number % PEOPLE + 1) for number in range(5000)]
        result = load.send(house.port, clients, requests, clients, 3 if is_quick else 10)
        if set(result.statuses) != {"201"}:
            raise BenchmarkFailed(f"登录没有得到 201：{result.statuses}")
        table.rows.append(
            [clients, result.a_second, result.percentile(0.5), result.percentile(0.95)]
        )
    table.at_least("每秒登录，8 个客户端", result.a_second, 20, "次/秒")
    return [table]


def _request(number: int) -> bytes:
    body = f"username=s{number}&password={PASSWORD}".encode()
    return (
        b"POST /auth/get-token/ HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
