"""When the dates of a series are: teaching weeks, every so many days or weeks, RRULE; and the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from hhu_base.values.refusal import FieldErrors
from hhu_plugins.rooms import holidays, rrules
from hhu_plugins.rooms.recurrence import TeachingWeeks, dates, parse_weeks

SHANGHAI, BERLIN, APIA = (
    ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "Pacific/Apia")
)
TERM = TeachingWeeks(date(2026, 9, 7), 18)
HOUR = timedelta(hours=1)


def first(year, month, day, hour=10, minute=0, zone=SHANGHAI, length=HOUR):
    start = datetime(year, month, day, hour, minute, tzinfo=zone)
    return start, start.astimezone(UTC) + length


def days(found, zone=SHANGHAI) -> list[str]:
    return [f"{start.astimezone(zone):%m-%d}" for start, _ in found]


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("1-16", list(range(1, 17))),
        ("1-16 单周", [1, 3, 5, 7, 9, 11, 13, 15]),
        ("1-16双", [2, 4, 6, 8, 10, 12, 14, 16]),
        ("1－16周（单）", [1, 3, 5, 7, 9, 11, 13, 15]),
        ("3,5,7-9", [3, 5, 7, 8, 9]),
        ("3，5、7～9周", [3, 5, 7, 8, 9]),
        ("第3周;第5至7周", [3, 5, 6, 7]),
        ("双周", [2, 4, 6, 8, 10, 12, 14, 16, 18]),
        ("单", [1, 3, 5, 7, 9, 11, 13, 15, 17]),
        ("1-8单周,9-12双周", [1, 3, 5, 7, 10, 12]),
        ("5,5,4-6", [4, 5, 6]),
        ("１８", [18]),
        (" 2 ", [2]),
    ],
)
def test_teaching_weeks_are_written_in_many_ways(text, weeks):
    assert parse_weeks(text, 18) == weeks


@pytest.mark.parametrize(
    "text",
    ["", " ", ",", "1,", "周", "0", "0-3", "5-3", "19", "1-19", "-3", "1-", "1-2-3", "一到三周",
     "1.5", "每周", "单双", "9" * 50, "1-16 单周 x"],
)  # fmt: skip
def test_what_are_no_weeks_of_the_term_is_refused(text):
    with pytest.raises(FieldErrors) as refusal:
        parse_weeks(text, 18)
    assert refusal.value.payload["rule"]["weeks"]


@given(st.text(max_size=30) | st.text("0123456789-,单双周第 ", max_size=30))
def test_any_text_is_weeks_or_refused(text):
    try:
        weeks = parse_weeks(text, 18)
    except FieldErrors:
        return
    assert weeks
    assert weeks == sorted(set(weeks))
    assert 1 <= weeks[0] <= weeks[-1] <= 18


def test_weeks_of_a_term_begin_with_the_first_date():
    found = dates({"weeks": "1-5 单周", "weekdays": [1, 3]}, first(2026, 9, 8), SHANGHAI, TERM)
    assert days(found) == ["09-09", "09-21", "09-23", "10-05", "10-07"]
    until = {"weeks": "1-5", "until": date(2026, 9, 22)}
    assert days(dates(until, first(2026, 9, 8), SHANGHAI, TERM)) == ["09-08", "09-15", "09-22"]


def test_every_so_many_days_or_weeks():
    def of(**rule):
        return days(dates(rule, first(2026, 11, 30), SHANGHAI))

    assert of(every=1, count=3) == ["11-30", "12-07", "12-14"]
    assert of(every=2, unit="week", count=2, weekdays=[1, 5]) == ["11-30", "12-04"]
    assert of(every=2, unit="week", count=4, weekdays=[5, 1]) == [
        "11-30", "12-04", "12-14", "12-18",
    ]  # fmt: skip
    assert of(every=3, unit="day", until=date(2026, 12, 7)) == ["11-30", "12-03", "12-06"]
    assert of(unit="day", count=4, weekdays=[1, 2, 3, 4, 5]) == ["11-30", "12-01", "12-02", "12-03"]
    # The first date itself need not be one of them.
    assert of(every=1, count=2, weekdays=[2]) == ["12-01", "12-08"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=WEEKLY;COUNT=2", ["11-30", "12-07"]),
        ("rrule:freq=weekly;byday=mo,we;count=3;", ["11-30", "12-02", "12-07"]),
        ("FREQ=DAILY;INTERVAL=2;UNTIL=20261204", ["11-30", "12-02", "12-04"]),
        # 10:00 in Shanghai is 2:00 in UTC: a moment later, a moment earlier, by the local clock.
        ("FREQ=DAILY;UNTIL=20261202T020000Z", ["11-30", "12-01", "12-02"]),
        ("FREQ=DAILY;UNTIL=20261202T015959Z", ["11-30", "12-01"]),
        ("FREQ=DAILY;UNTIL=20261202T095959", ["11-30", "12-01"]),
        ("FREQ=MONTHLY;BYDAY=1MO;COUNT=2", ["12-07", "01-04"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["12-25", "01-29"]),
        ("FREQ=MONTHLY;BYMONTHDAY=15,-1;COUNT=3", ["11-30", "12-15", "12-31"]),
        ("FREQ=MONTHLY;COUNT=3", ["11-30", "12-30", "01-30"]),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO;COUNT=3", ["11-30", "12-13", "12-14"]),
    ],
)
def test_the_subset_of_rrule(text, expected):
    assert days(dates({"rrule": text}, first(2026, 11, 30), SHANGHAI)) == expected


@given(st.text(max_size=40) | st.lists(
    st.sampled_from(["FREQ=WEEKLY", "FREQ=MONTHLY", "COUNT=3", "UNTIL=20270101", "BYDAY=1MO", "=",
                     "INTERVAL=0", "BYMONTHDAY=-31", "WKST=XX", "UNTIL=99999999T999999Z", "COUNT="])
).map(";".join))  # fmt: skip
def test_any_text_is_a_rule_or_refused(text):
    try:
        found = dates({"rrule": text}, first(2026, 11, 30), SHANGHAI)
    except FieldErrors:
        return
    assert 1 <= len(found) <= 60


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        ({"every": 99, "count": 60}, first(2026, 11, 30)),
        ({"rrule": "FREQ=DAILY;INTERVAL=9999;COUNT=3"}, first(2026, 11, 30)),
        ({"every": 9, "until": date(2099, 1, 1)}, first(2026, 11, 30)),
        ({"unit": "day", "count": 60}, first(9998, 12, 20)),
        # Never on a Tuesday.
        ({"rrule": "FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=3"}, first(2026, 11, 30)),
        ({"every": 14, "unit": "day", "weekdays": [2], "count": 3}, first(2026, 11, 30)),
        ({"rrule": "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31,-31;COUNT=3"}, first(2026, 11, 30)),
        ({"rrule": "FREQ=MONTHLY;INTERVAL=12;BYDAY=5MO;COUNT=3"}, first(2026, 2, 2)),
        ({"rrule": "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29;COUNT=9"}, first(2026, 2, 2)),
    ],
)
def test_what_leads_too_far_ends(rule, start):
    with pytest.raises(FieldErrors):
        dates(rule, start, SHANGHAI)


def clocks(found, zone) -> list[str]:
    return [f"{s.astimezone(zone):%m-%d %H:%M}–{e.astimezone(zone):%H:%M}" for s, e in found]


def test_a_date_has_the_same_time_of_the_day_after_the_clocks_have_changed():
    found = dates({"every": 1, "count": 3}, first(2026, 3, 23, zone=BERLIN), BERLIN)
    assert clocks(found, BERLIN) == ["03-23 10:00–11:00", "03-30 10:00–11:00", "04-06 10:00–11:00"]
    assert [start.hour for start, _ in found] == [9, 8, 8]
    found = dates({"rrule": "FREQ=WEEKLY;COUNT=2"}, first(2026, 10, 19, zone=BERLIN), BERLIN)
    assert clocks(found, BERLIN) == ["10-19 10:00–11:00", "10-26 10:00–11:00"]


def test_a_time_that_a_day_does_not_have_or_has_twice_still_has_its_length():
    night = {"unit": "day", "count": 3}
    spring = dates(night, first(2026, 3, 28, 2, zone=BERLIN), BERLIN)
    assert clocks(spring, BERLIN) == ["03-28 02:00–03:00", "03-29 03:00–04:00", "03-30 02:00–03:00"]
    autumn = dates(night, first(2026, 10, 24, 2, zone=BERLIN), BERLIN)
    assert {end - start for start, end in autumn} == {HOUR}
    # Samoa had no 30 December 2011.
    gone = dates(night, first(2011, 12, 29, zone=APIA), APIA)
    assert {end - start for start, end in gone} == {HOUR}


@given(
    every=st.integers(1, 9),
    unit=st.sampled_from(["day", "week"]),
    weekdays=st.lists(st.integers(1, 7), max_size=4),
    count=st.integers(1, 20),
    hours=st.integers(0, 24 * 400),
)
@settings(deadline=None)
def test_fields_mean_what_they_mean_to_a_naive_model(every, unit, weekdays, count, hours):
    start = datetime(2026, 1, 5, tzinfo=BERLIN) + timedelta(hours=hours)
    day, expected = start.date(), []
    monday = day - timedelta(days=day.weekday())
    wanted = set(weekdays or ([start.isoweekday()] if unit == "week" else range(1, 8)))
    for number in range(3651):
        each = day + timedelta(days=number)
        turn = number if unit == "day" else (each - monday).days // 7
        if turn % every == 0 and each.isoweekday() in wanted:
            expected.append(each)
        if len(expected) == count:
            break
    rule = {"every": every, "unit": unit, "weekdays": weekdays, "count": count}
    try:
        found = dates(rule, (start, start.astimezone(UTC) + HOUR), BERLIN)
    except FieldErrors:
        assert len(expected) < count
        return
    assert [each[0].astimezone(BERLIN).date() for each in found] == expected
    assert {end - start for start, end in found} == {HOUR}


def test_what_is_read_of_a_rule_is_what_dateutil_takes():
    text = "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU,-1FR;UNTIL=20300101;WKST=SU"
    start = datetime(2026, 1, 1, tzinfo=SHANGHAI).replace(tzinfo=None)
    ours = rrule.rrule(dtstart=start, **rrules.parse(text, SHANGHAI))
    theirs = rrule.rrulestr(text.replace("20300101", "20300101T235959"), dtstart=start)
    assert list(ours) == list(theirs)


@pytest.mark.parametrize(
    ("day", "mark"),
    [
        (date(2026, 10, 1), "国庆节"),
        (date(2026, 10, 10), "国庆节调休上班"),
        (date(2026, 12, 5), None),
        (date(2026, 12, 2), None),
        (date(1999, 10, 1), None),
        (date(2999, 10, 1), None),
    ],
)
def test_holidays_and_working_weekends_are_marked_as_far_as_they_are_known(day, mark):
    assert holidays.mark(day) == mark
