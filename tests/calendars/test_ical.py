"""A feed as iCalendar, read back with a library that has not written it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from hhu_base.calendars import CANCELLED, Entry, Feed
from hhu_base.calendars.ical import write

START = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
ENTRY = Entry(
    name="reservation-12",
    start=START,
    end=START + timedelta(hours=1),
    summary="教研室例会",
    location="勤学楼 101",
    description="带上\n材料，谢谢；再见",
    created=START - timedelta(days=3),
    changed=START - timedelta(days=2),
    revision=2,
)


def written(*entries: Entry, title: str = "我的预约") -> bytes:
    return write(Feed(title, entries), "hhu.example")


def event(entry: Entry):
    return vobject.readOne(written(entry).decode()).vevent


def test_an_entry_has_all_that_a_program_needs():
    read = event(ENTRY)
    assert read.uid.value == "reservation-12@hhu.example"
    assert read.dtstart.value == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    assert read.dtend.value == datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    assert read.dtstamp.value == read.last_modified.value == ENTRY.changed
    assert read.created.value == ENTRY.created
    assert read.sequence.value == "2"
    assert read.status.value == "CONFIRMED"
    assert read.summary.value == "教研室例会"
    assert read.location.value == "勤学楼 101"
    assert read.description.value == "带上\n材料，谢谢；再见"


def test_the_calendar_has_a_name_for_every_program():
    calendar = vobject.readOne(written(title="勤学楼 101 预约").decode())
    assert calendar.version.value == "2.0"
    assert calendar.prodid.value
    assert calendar.x_wr_calname.value == calendar.contents["name"][0].value == "勤学楼 101 预约"
    for name in ("refresh-interval", "x-published-ttl"):
        assert calendar.contents[name][0].value == "PT30M"
    # Without a METHOD, which would make invitations of the entries.
    assert "method" not in calendar.contents


def test_without_an_entry_it_is_still_a_calendar():
    assert vobject.readOne(written().decode()).name == "VCALENDAR"
    assert b"BEGIN:VEVENT" not in written()


def test_a_cancelled_entry_is_marked():
    assert event(replace(ENTRY, status=CANCELLED)).status.value == "CANCELLED"


def test_what_lasts_no_time_has_no_end():
    assert "dtend" not in event(replace(ENTRY, end=ENTRY.start)).contents


def test_lines_have_75_octets_at_most_and_no_character_is_torn_apart():
    long = replace(ENTRY, description="会议室" * 300, location="楼" * 255)
    data = written(long)
    assert data.endswith(b"\r\n")
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(b"\n" not in line and b"\r" not in line for line in lines)
    for line in lines:
        line.decode()
    assert event(long).description.value == "会议室" * 300


def test_a_summary_is_one_line_and_not_endless():
    assert event(replace(ENTRY, summary="第一行\n第二行")).summary.value == "第一行 第二行"
    summary = event(replace(ENTRY, summary="长" * 2000)).summary.value
    assert len(summary) == 100
    assert summary.endswith("…")


def test_the_same_entries_are_the_same_bytes():
    assert written(ENTRY) == written(ENTRY)


@pytest.mark.parametrize(
    "text", ["END:VEVENT\r\nEND:VCALENDAR", "a\x00b\x0bc\x85d\u2028e", "\\n;,:\"'", "\r", "👍" * 90]
)
def test_no_text_can_break_out_of_its_line(text):
    read = event(replace(ENTRY, summary=text, location=text, description=text))
    assert read.status.value == "CONFIRMED"
    assert len(list(vobject.readComponents(written(replace(ENTRY, summary=text)).decode()))) == 1


# What iCalendar can carry: no control characters, and of all line breaks the one.
_TEXTS = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029")
    | st.just("\n")
)


@given(_TEXTS)
def test_every_text_is_read_as_it_was_written(text):
    read = event(replace(ENTRY, description="x" + text + "x"))
    assert read.description.value == "x" + text + "x"
