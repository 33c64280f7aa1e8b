"""What came back, and what was wrong with it."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

from hhu_base.cli.serve.run import say

_MOST_SHOWN = 600
# No status: the server has closed, or waits for the rest of half a request.
_NAMES = {0: "断开", -1: "等待"}


class Report:
    """Written to by several threads; keeps the requests that were answered wrongly."""

    def __init__(self, folder: Path):
        self.complaints: list[str] = []
        self._folder = folder
        for old in (*folder.glob("*.http"), *folder.glob("*.log")):
            old.unlink()
        self._statuses: Counter[int] = Counter()
        self._lock = threading.Lock()

    def count(self, status: int, times: int = 1) -> None:
        with self._lock:
            self._statuses[status] += times

    def complain(self, what: str, data: bytes = b"") -> None:
        with self._lock:
            self.complaints.append(what)
            number = len(self.complaints)
            if data:
                self._folder.mkdir(parents=True, exist_ok=True)
                (self._folder / f"{number:04}.http").write_bytes(data)
        say(f"!! {number}: {what[:_MOST_SHOWN]}")

    def read_logs(self, folder: Path) -> None:
        """A traceback in a log is somebody's failure, even if the client got an answer."""
        for log in sorted(folder.glob("*.log")):
            text = log.read_text(encoding="utf-8", errors="replace")
            if traces := text.count("Traceback (most recent call last)"):
                self.complain(f"{log.name}: {traces} tracebacks")
                self._keep(log.name, text)

    def _keep(self, name: str, text: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_text(text, encoding="utf-8")

    @property
    def summary(self) -> str:
        with self._lock:
            counts = dict(sorted(self._statuses.items()))
        shown = "，".join(
            f"{_NAMES.get(status, status)}×{count}" for status, count in counts.items()
        )
        return f"{sum(counts.values())} 个请求（{shown}），{len(self.complaints)} 个问题"

    @property
    def conclusion(self) -> str:
        if not self.complaints:
            return f"没有发现问题：{self.summary}。"
        return f"{self.summary}；请求保存在 {self._folder}"
