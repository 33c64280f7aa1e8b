"""The figures on the home page."""

from datetime import UTC, datetime, timedelta

import pytest

from hhu_plugins.repairs import statistics
from hhu_plugins.repairs.models import OPEN, SOLVED, TAKEN_UP, WITHDRAWN

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def solved(add_request):
    def solved(hours: float, ago: timedelta = timedelta(0), **values):
        end = NOW - ago
        start = end - timedelta(hours=hours)
        return add_request(status=SOLVED, created_at=start, status_changed_at=end, **values)

    return solved


def test_the_open_ones_are_counted_by_category(session, add_request, category):
    for status in (OPEN, OPEN, TAKEN_UP, SOLVED, WITHDRAWN):
        add_request(status=status, category_id=category.id)
    add_request(status=OPEN)
    assert statistics.open_by_category(session) == [
        (category.id, "网络", 2, 1),
        (None, None, 1, 0),
    ]


def test_the_median_is_not_moved_by_one_that_took_for_ever(session, solved):
    solved(1)
    solved(3)
    solved(1000)
    assert statistics.median_time_to_solve(session, NOW) == timedelta(hours=3)
    solved(5)
    assert statistics.median_time_to_solve(session, NOW) == timedelta(hours=4)


def test_only_those_solved_since_then_count(session, solved):
    solved(1, ago=timedelta(days=40))
    assert statistics.median_time_to_solve(session, NOW - timedelta(days=30)) is None


def test_the_slowest_category_comes_first(session, solved, category):
    solved(1)
    solved(2, category_id=category.id)
    solved(4, category_id=category.id)
    assert statistics.solving_times(session, NOW) == [
        (category.id, "网络", 2, timedelta(hours=3)),
        (None, None, 1, timedelta(hours=1)),
    ]
