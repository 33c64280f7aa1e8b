"""Large downloads side by side, and what they cost the web process in memory."""

from __future__ import annotations

import http.client
import io
import os
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from benchmarks import college
from benchmarks.house import BenchmarkFailed, House
from benchmarks.tables import Table
from hhu_base.documents.file_store import FileStore

MEGABYTE = 1024**2
CLIENTS = 8


def measure(house: House, is_quick: bool) -> list[Table]:
    size = (20 if is_quick else 100) * MEGABYTE
    college.prepare(house)
    guide_id = _store(house, size)
    _download(house, guide_id)  # whatever the first one costs, it costs once
    web = [pid for pid, name in house.processes().items() if name == "web"]
    table = Table(
        f"下载（{size // MEGABYTE} MB，{CLIENTS} 个客户端）", ["读法", "MB/s", "内存增加 MB"]
    )
    for name, pause in (("尽快", 0.0), ("慢慢", 0.002)):
        begin = time.monotonic()
        with _growth(web) as growth, ThreadPoolExecutor(CLIENTS) as threads:
            for done in [threads.submit(_download, house, guide_id, pause) for _ in range(CLIENTS)]:
                if done.result() != size:
                    raise BenchmarkFailed("下载不完整。")
        speed = CLIENTS * size / MEGABYTE / (time.monotonic() - begin)
        table.rows.append([name, speed, growth[0]])
        table.at_most(f"{name}读取时 web 进程增加的内存", growth[0], 20, "MB")
    return [table]


def _store(house: House, size: int) -> int:
    store = FileStore(house.locations.data_dir / "guides")
    with store.receiving(io.BytesIO(b"%PDF-1.4\n" + os.urandom(size - 9)), size) as received:
        store.keep(received)
    with house.connect() as connection:
        connection.execute("TRUNCATE guides_categories RESTART IDENTITY CASCADE")
        connection.execute("INSERT INTO guides_categories (name) VALUES ('大文件')")
        connection.execute("INSERT INTO guides_guides (name, category_id) VALUES ('大文件', 1)")
        connection.execute(
            "INSERT INTO guides_versions"
            " (guide_id, is_current, digest, size, type, name, text_status)"
            " VALUES (1, true, %s, %s, 'application/pdf', '大文件.pdf', 'none')",
            [received.digest, size],
        )
    return 1


def _download(house: House, guide_id: int, pause: float = 0.0) -> int:
    """How many bytes came."""
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=120)
    headers = {"Authorization": f"Token {college.TOKEN}"}
    connection.request("GET", f"/guides/{guide_id}/", headers=headers)
    response = connection.getresponse()
    if response.status != 200:
        raise BenchmarkFailed(f"下载得到 {response.status}")
    received = 0
    while block := response.read(256 * 1024):
        received += len(block)
        time.sleep(pause)
    connection.close()
    return received


@contextmanager
def _growth(pids: list[int]) -> Iterator[list[float]]:
    """By how many megabytes the resident memory has grown at most while this lasts."""
    before = sum(map(_resident, pids))
    growth = [0.0]
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.02):
            growth[0] = max(growth[0], sum(map(_resident, pids)) - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield growth
    finally:
        is_over.set()
        watcher.join()


def _resident(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0
