"""Whoever asks whether the system is ready costs those who use it nothing."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from .college import RESERVATION_TIMEOUT, Wish, at, until

ASKERS = 200


@pytest.mark.parametrize("broker", ["there", "hangs"])
def test_a_crowd_that_asks_for_readiness_keeps_no_reservation_waiting(college, broker):
    """Ten took all connections to the broker, each waiting for another's, for ever."""
    rooms = [college.add_room() for _ in range(8)]
    with college.stopped("valkey") if broker == "hangs" else nullcontext():
        with ThreadPoolExecutor(ASKERS) as threads:
            asking = [threads.submit(college.readiness) for _ in range(ASKERS)]
            asked = college.ask_at_once([Wish(room, at(1, 10), at(1, 11)) for room in rooms])
            told = [one.result(60).status for one in asking]
        assert [one.answer.status for one in asked] == [201] * len(rooms)
        assert max(one.answer.seconds for one in asked) < RESERVATION_TIMEOUT
        if broker == "hangs":
            until(lambda: "broker" in college.readiness().json["missing"], 10, "it is told")
        else:
            assert 200 in told
        assert set(told) <= {200, 503}
    college.until_ready()
    assert college.ask(Wish(rooms[0], at(2, 10), at(2, 11))).answer.status == 201


@pytest.mark.slow
def test_a_worker_that_was_killed_is_told_after_some_seconds(college):
    with college.away("reservations"):
        until(lambda: college.readiness().status == 503, 30, "it is missed")
        assert college.readiness().json["missing"] == ["worker:reservations"]


@pytest.mark.slow
def test_a_worker_that_stops_in_order_is_missed_at_once(college):
    college.start_workers(1)
    spare = [name for name in college.living_workers() if name.startswith("mistake0@")]
    assert len(spare) == 1
    college.stop_workers()
    assert spare[0] not in college.living_workers()
