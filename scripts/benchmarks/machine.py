"""What the machine itself can do at the moment: the yardstick beside each result."""

from __future__ import annotations

import time
from itertools import count

from benchmarks.answers import ask
from benchmarks.house import HOST, House
from benchmarks.tables import Table

_TABLE = "bench_reservations"
_BARE = f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
_CLIENTS = 8


def measure(house: House, is_quick: bool) -> Table:
    seconds = 0.5 if is_quick else 2.0
    table = Table("本机此刻", ["", "纯 SQL 预约/s", "空回答/s"])
    bare = ask(house, [_BARE] * 20_000, seconds=seconds, clients=_CLIENTS)
    table.rows.append(["1 个连接、8 个客户端", _plain_sql(house, seconds), bare.result.a_second])
    return table


def _plain_sql(house: House, seconds: float) -> float:
    """Reservations a second into a table of the same kind: one by one, each in its transaction."""
    with house.connect(prepare_threshold=0) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {_TABLE}")
        connection.execute(f"CREATE TABLE {_TABLE} (LIKE rooms_reservations INCLUDING ALL)")
        begin = time.perf_counter()
        for number in count():
            if (passed := time.perf_counter() - begin) > seconds:
                break
            with connection.pipeline(), connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [0x484855])
                connection.execute(
                    f"INSERT INTO {_TABLE} (id, room_id, user_id, reserve_from, reserve_to,"  # noqa: S608
                    " description, status) SELECT %(n)s, %(n)s %% 200, 1, start,"
                    " start + interval '30 minutes', '组会', 'confirmed'"
                    " FROM (SELECT now() + %(n)s / 200 * interval '30 minutes') AS at(start)"
                    f" WHERE NOT EXISTS (SELECT FROM {_TABLE} WHERE status = 'confirmed'"
                    "   AND room_id = %(n)s %% 200 AND reserve_to > start"
                    "   AND reserve_from > start - interval '24 hours'"
                    "   AND reserve_from < start + interval '30 minutes')",
                    {"n": number},
                )
        connection.execute(f"DROP TABLE {_TABLE}")
    return number / passed
