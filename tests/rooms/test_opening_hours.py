"""Weekly opening hours: what people type, and which moments that is, also across midnight and DST."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hhu_plugins.rooms.opening_hours import (
    day_text,
    outside,
    parse_day,
    read_week,
    store_week,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def every_day(text: str):
    return (parse_day(text),) * 7


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""),
        ("08:00–12:00、14:00–22:00", "08:00–12:00、14:00–22:00"),
        ("8:00-12:00, 14:00 - 22:00", "08:00–12:00、14:00–22:00"),
        ("14：00～22：00；8：00至12：00", "08:00–12:00、14:00–22:00"),
        ("8:00 到 12:00\n14:00—22:00", "08:00–12:00、14:00–22:00"),
        ("22:00–2:00", "22:00–02:00"),
        ("18:00–00:00", "18:00–24:00"),
        ("00:00–24:00", "00:00–24:00"),
        ("全天", "00:00–24:00"),
        ("08:00–12:00、12:00–13:00、12:30–14:00", "08:00–14:00"),
    ],
)
def test_a_day_is_read_as_people_type_it(typed, shown):
    read = parse_day(typed)
    assert day_text(read) == shown
    assert parse_day(day_text(read)) == read


@pytest.mark.parametrize(
    "typed",
    ["8-12", "08:00", "25:00–26:00", "08:60–09:00", "08:00–08:00", "24:00–25:00", "上午"]
    + ["00:00–24:00、23:00–01:00", "08:00–09:00–10:00", "٠٨:00–09:00"],
)
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(ValueError, match="请写成"):
        parse_day(typed)


def test_a_week_is_stored_and_read():
    week = (parse_day("08:00–12:00、14:00–22:00"),) * 5 + ((), parse_day("22:00–02:00"))
    stored = store_week(week)
    assert stored == "|".join(["08:00-12:00,14:00-22:00"] * 5 + ["", "22:00-02:00"])
    assert read_week(stored) == week


def test_what_else_a_table_may_hold_can_be_read():
    """Somebody wrote it in psql: hours that overlap, and some that end as they begin."""
    night, day = "22:00-06:00,20:00-23:00,05:00-05:00", "09:00-10:00,08:00-12:00"
    week = read_week("|".join([night, day, *[""] * 5]))
    assert week[:2] == (((300, 1740), (1200, 1380), (1320, 1800)), ((480, 720), (540, 600)))
    window = at(SHANGHAI, 2026, 11, 30, 4), at(SHANGHAI, 2026, 12, 1, 13)
    assert outside(week, SHANGHAI, window) == [
        (window[0], at(SHANGHAI, 2026, 11, 30, 5)),
        (at(SHANGHAI, 2026, 12, 1, 6), at(SHANGHAI, 2026, 12, 1, 8)),
        (at(SHANGHAI, 2026, 12, 1, 12), window[1]),
    ]


def at(zone: ZoneInfo, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=zone, fold=fold).astimezone(UTC)


def test_outside_are_the_nights_and_the_noon():
    week = every_day("08:00–12:00、14:00–22:00")
    start, end = at(SHANGHAI, 2026, 11, 30, 7), at(SHANGHAI, 2026, 12, 1, 9)
    assert outside(week, SHANGHAI, (start, end)) == [
        (start, at(SHANGHAI, 2026, 11, 30, 8)),
        (at(SHANGHAI, 2026, 11, 30, 12), at(SHANGHAI, 2026, 11, 30, 14)),
        (at(SHANGHAI, 2026, 11, 30, 22), at(SHANGHAI, 2026, 12, 1, 8)),
    ]


def test_across_midnight_the_evening_counts_for_the_morning():
    monday = (parse_day("22:00–02:00"), *((),) * 6)
    # 30 November 2026 is a Monday.
    start, end = at(SHANGHAI, 2026, 12, 1, 0), at(SHANGHAI, 2026, 12, 1, 4)
    assert outside(monday, SHANGHAI, (start, end)) == [(at(SHANGHAI, 2026, 12, 1, 2), end)]
    inside = at(SHANGHAI, 2026, 11, 30, 23), at(SHANGHAI, 2026, 12, 1, 1)
    assert outside(monday, SHANGHAI, inside) == []


def test_whole_days_have_no_seam_and_an_empty_week_no_hole():
    window = at(SHANGHAI, 2026, 11, 30, 0), at(SHANGHAI, 2026, 12, 9, 5)
    assert outside(every_day("全天"), SHANGHAI, window) == []
    assert outside(every_day(""), SHANGHAI, window) == [window]


def test_a_day_on_which_clocks_change_keeps_its_hours_on_the_wall():
    week = every_day("08:00–22:00")
    for day in (date(2027, 3, 28), date(2027, 10, 31)):
        start, end = (at(BERLIN, day.year, day.month, day.day, hour) for hour in (8, 22))
        window = start - timedelta(hours=1), end + timedelta(hours=1)
        assert outside(week, BERLIN, window) == [(window[0], start), (end, window[1])]


def test_an_hour_that_comes_twice_is_open_twice():
    night = every_day("01:00–02:30")
    window = at(BERLIN, 2027, 10, 31, 0), at(BERLIN, 2027, 10, 31, 5)
    assert outside(night, BERLIN, window) == [
        (window[0], at(BERLIN, 2027, 10, 31, 1)),
        (at(BERLIN, 2027, 10, 31, 2, 30, fold=1), window[1]),
    ]


@pytest.mark.parametrize(
    ("hours", "first", "last"),
    [
        ("01:30–02:30", (1, 30), (3, 0)),
        ("02:30–05:00", (3, 0), (5, 0)),
        ("02:10–02:50", None, None),
    ],
)
def test_an_hour_that_never_comes_is_no_time(hours, first, last):
    """On 28 March 2027 the clocks go from two to three."""
    window = at(BERLIN, 2027, 3, 28, 0), at(BERLIN, 2027, 3, 28, 6)
    found = outside(every_day(hours), BERLIN, window)
    if first is None:
        assert found == [window]
    else:
        assert found == [
            (window[0], at(BERLIN, 2027, 3, 28, *first)),
            (at(BERLIN, 2027, 3, 28, *last), window[1]),
        ]


stretches = st.lists(
    st.tuples(st.integers(0, 95), st.integers(1, 96)).map(
        lambda pair: (pair[0] * 15, (pair[0] + pair[1]) * 15)
    ),
    max_size=3,
)
# Where nothing changes, and around both changes of a year.
nights = st.sampled_from([(2027, 3, 26), (2027, 10, 29), (2027, 6, 1)])


@settings(deadline=None, max_examples=60)
@given(week=st.tuples(*[stretches] * 7), night=nights, zone=st.sampled_from([SHANGHAI, BERLIN]))
def test_it_is_what_somebody_sees_who_watches_the_clock(week, night, zone):
    """Every quarter of an hour, somebody opens and closes by the clock on the wall."""
    week = tuple(tuple(sorted(day)) for day in week)
    quarter = timedelta(minutes=15)
    start, end = at(zone, *night), at(zone, *night) + timedelta(days=4)
    moments = []
    moment = start - timedelta(days=2)
    while moment < end + timedelta(days=2):
        moments.append(moment)
        moment += quarter
    walls = [moment.astimezone(zone).replace(tzinfo=None, fold=0) for moment in moments]
    opened = set()
    day = walls[0].date() + timedelta(days=1)
    while day < walls[-1].date() - timedelta(days=1):
        midnight = datetime.combine(day, datetime.min.time())
        for opens, closes in week[day.weekday()]:
            first, last = (midnight + timedelta(minutes=minute) for minute in (opens, closes))
            begins = next(i for i, wall in enumerate(walls) if wall >= first)
            # It ends the last time that the clock shows it, and if it never does, when it is skipped.
            shown = [i for i, wall in enumerate(walls) if wall == last]
            ends = shown[-1] if shown else next(i for i, wall in enumerate(walls) if wall >= last)
            opened.update(range(begins, ends))
        day += timedelta(days=1)
    found = outside(week, zone, (start, end))
    closed = {i for i, moment in enumerate(moments) if any(s <= moment < e for s, e in found)}
    inside = {i for i, moment in enumerate(moments) if start <= moment < end}
    assert closed == inside - opened
    assert found == sorted(found)
    assert all(one[1] < other[0] for one, other in zip(found, found[1:], strict=False))
