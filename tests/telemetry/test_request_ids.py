"""Which ids are taken over, and that threads don't mix theirs."""

import threading

import pytest

from hhu_base.telemetry import request_ids


@pytest.mark.parametrize(
    "sent", ["a", "7f3a9c0e1b2d4f56", "0b1e7a52-9c1f-4a57-8d0f-4a4b0a3e9a01", "x" * 64, "a.b_c-d"]
)
def test_what_looks_like_an_id_is_taken_over(sent):
    assert request_ids.chosen(sent) == sent


@pytest.mark.parametrize(
    "sent", [None, "", "-a", " a", "a b", "a\nb", "a\n", "x" * 65, "号", "a;b", "%s", "{}"]
)
def test_anything_else_is_replaced(sent):
    made = request_ids.chosen(sent)
    assert made != sent
    assert request_ids.chosen(made) == made
    assert request_ids.chosen(sent) != made


def test_each_thread_follows_its_own():
    seen = {}

    def work(name: str) -> None:
        with request_ids.following(name):
            barrier.wait(10)
            with request_ids.following(f"{name}-inner"):
                pass
            seen[name] = request_ids.current()

    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert seen == {"one": "one", "two": "two"}
    assert request_ids.current() is None
