"""Which days the figures are about."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from hhu_base.statistics import NamedPeriod, periods

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 29)
TERM = NamedPeriod("term-1", "秋季学期", date(2026, 9, 7), date(2027, 1, 17))
NAMED = [TERM, *periods.months(TODAY)]


@pytest.mark.parametrize(
    ("params", "key", "first", "last"),
    [
        ({}, "term-1", date(2026, 9, 7), date(2027, 1, 17)),
        ({"period": "2026-02"}, "2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ({"from": "2026-03-05", "to": "2026-03-01"}, "", date(2026, 3, 1), date(2026, 3, 5)),
        ({"from": "2026-03-05"}, "term-1", TERM.first, TERM.last),
        ({"from": "0001-01-01", "to": "9999-12-31"}, "term-1", TERM.first, TERM.last),
        ({"period": "\0", "from": "x", "to": "x"}, "term-1", TERM.first, TERM.last),
    ],
)
def test_what_is_asked_for_is_read_leniently(params, key, first, last):
    period, found = periods.read(params, TODAY, ZONE, NAMED)
    assert (found, period.first, period.last) == (key, first, last)


def test_days_that_have_not_come_do_not_count():
    period, _ = periods.read({}, TODAY, ZONE, NAMED)
    assert period.counted == TODAY
    ahead, _ = periods.read({"from": "2027-01-01", "to": "2027-01-07"}, TODAY, ZONE, NAMED)
    assert ahead.counted == date(2027, 1, 7)


def test_each_weekday_is_counted():
    period, _ = periods.read({"from": "2026-11-01", "to": "2026-11-10"}, TODAY, ZONE, NAMED)
    # A Sunday to a Tuesday.
    assert period.weekdays == [2, 2, 1, 1, 1, 1, 2]


def test_without_a_term_it_is_this_month():
    _, key = periods.read({}, TODAY, ZONE, periods.months(TODAY))
    assert key == "2026-11"
    assert len(periods.months(TODAY)) == 12
