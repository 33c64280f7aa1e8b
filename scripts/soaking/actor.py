"""Somebody who uses the system: a thread, its HTTP client, and what it was told."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from benchmarks.house import HOST

UNKNOWN = (0, 503)
# How long a client tries to learn what became of something: more than any restart takes.
PATIENCE = 90.0


@dataclass(frozen=True)
class Answer:
    """Status 0: the connection broke, and nobody knows. Nor does who gets a 503."""

    status: int
    response: httpx.Response | None = None
    elapsed: timedelta = timedelta()

    @property
    def is_unknown(self) -> bool:
        return self.status in UNKNOWN

    @property
    def json(self) -> Any:
        try:
            return self.response.json() if self.response is not None else None
        except ValueError:
            return None

    @property
    def text(self) -> str:
        return self.response.text if self.response is not None else ""

    @property
    def sentence(self) -> str:
        """The first sentence of a refusal."""
        told = self.json
        sentences = next(iter(told.values()), "") if isinstance(told, dict) and told else ""
        return sentences[0] if isinstance(sentences, list) and sentences else str(sentences)


class Journal:
    """What all actors have seen: how often which answer came, and what must not have happened."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.wrong: list[str] = []
        self.slowest = 0.0

    def note(self, what: str, answer: Answer, seconds: float) -> None:
        with self._guard:
            self.answers[what, answer.status] += 1
            self.slowest = max(self.slowest, seconds)

    def complain(self, sentence: str) -> None:
        with self._guard:
            self.wrong.append(sentence)


class Actor(threading.Thread):
    """Does ``act()`` again and again, with pauses, until told to stop."""

    def __init__(self, port: int, journal: Journal, seed: str, pause: float):
        super().__init__(name=seed, daemon=True)
        self.chance = random.Random(seed)
        self.journal = journal
        self.has_to_stop = threading.Event()
        self._pause = pause
        self._client = httpx.Client(base_url=f"http://{HOST}:{port}", timeout=60, trust_env=False)

    def run(self) -> None:
        while not self.has_to_stop.is_set():
            try:
                self.act()
            except Exception:
                self.journal.complain(f"{self.name} 出错：{traceback.format_exc()}")
            self.has_to_stop.wait(self.chance.uniform(0.5, 1.5) * self._pause)

    def act(self) -> None:
        raise NotImplementedError

    def ask(
        self, what: str, method: str, path: str, expected: tuple[int, ...] = (200,), **options
    ) -> Answer:
        """Send it once; an answer that is none of the expected ones is a complaint."""
        begin = time.monotonic()
        try:
            response = self._client.request(method, path, **options)
            answer = Answer(response.status_code, response)
        except httpx.HTTPError:
            answer = Answer(0)
        self.journal.note(what, answer, time.monotonic() - begin)
        if answer.is_unknown:
            self.has_to_stop.wait(0.2)  # as a person would, before they try again
        elif answer.status not in expected:
            self.journal.complain(
                f"{what}：{method} {path} 得到 {answer.status}：{answer.text[:300]}"
            )
        return answer

    def insist(self, what: str, method: str, path: str, *args, **options) -> Answer:
        """Send what can be sent twice until it is known what became of it."""
        deadline = time.monotonic() + PATIENCE
        while (answer := self.ask(what, method, path, *args, **options)).is_unknown:
            if time.monotonic() > deadline:
                self.journal.complain(f"{what}：{PATIENCE:.0f} 秒仍没有确定的回答")
                break
        return answer
