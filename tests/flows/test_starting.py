"""Processes of ours that are started by hand."""

import subprocess
import sys

import httpx
import pytest

from .college import PROJECT


@pytest.mark.slow
def test_a_worker_with_a_bad_setting_does_not_start(college):
    """With Celery's own defaults it would sit there, know no task, and look for another broker."""
    celery = [sys.executable, "-m", "celery", "-A", "hhu_base.worker"]
    worker = subprocess.run(
        [*celery, "worker", "--ini", "development.ini", "-Q", "reservations", "-P", "solo"],
        cwd=PROJECT,
        env=college.own_environment | {"HHU_ROOMS_GRANULARITY": "seven"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert worker.returncode == 1
    assert "rooms.granularity: 'seven' is not a whole number" in worker.stderr


def test_the_addresses_that_it_hands_out_lead_back_to_it(college):
    with college.client() as client:
        address = client.get("/current-user/calendar/").json["url"]
    answer = httpx.get(address)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (
        200,
        "text/calendar",
    )
