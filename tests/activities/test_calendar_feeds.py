"""GET /activities/ID/calendar.ics."""

from __future__ import annotations

import pytest
import vobject

from .conftest import HOUR


def feed(client, activity, **kw):
    return client.get(f"/activities/{activity.id}/calendar.ics", **kw)


def entry(client, activity):
    return vobject.readOne(feed(client, activity).body.decode()).vevent


def test_an_activity(mine, add_activity, now):
    activity = add_activity("春游", description="带伞，\n早点来")
    read = entry(mine, activity)
    assert read.uid.value == f"activity-{activity.id}@127.0.0.1"
    start = activity.time_start.replace(microsecond=0)
    assert (read.dtstart.value, read.dtend.value) == (start, start + 6 * HOUR)
    assert read.summary.value == "春游"
    assert read.location.value == "操场"
    assert read.description.value == "带伞，\n早点来"
    assert (read.status.value, read.sequence.value) == ("CONFIRMED", "0")
    assert read.dtstamp.value == activity.created.replace(microsecond=0)


def test_by_the_key_in_its_address(api, mine, activity):
    feeds = mine.get("/current-user/calendar/").json["feeds"]
    [address] = [each["url"] for each in feeds if each["name"] == "activity"]
    path = address.removeprefix("http://127.0.0.1:6543").replace("{id}", str(activity.id))
    first = api.get(path)
    assert first.content_type == "text/calendar"
    api.get(path, headers={"If-None-Match": first.headers["ETag"]}, status=304)
    api.get(path.partition("?")[0], status=401)


def test_one_that_takes_no_time_has_no_end(mine, add_activity, now):
    activity = add_activity(time_start=now, time_end=now)
    assert "dtend" not in entry(mine, activity).contents


@pytest.mark.parametrize(
    ("changes", "revision"),
    [
        ({"name": "秋游"}, "1"),
        ({"location": "体育馆"}, "1"),
        ({"description": "带水"}, "1"),
        ({"participants_total_limit": 5}, "0"),
        ({"form_metas": {}}, "0"),
    ],
)
def test_what_a_calendar_shows_is_counted_when_it_changes(
    mine, session, activity, changes, revision
):
    first = feed(mine, activity).headers["ETag"]
    for name, value in changes.items():
        setattr(activity, name, value)
    read = entry(mine, activity)
    assert read.sequence.value == revision
    assert (feed(mine, activity).headers["ETag"] != first) == (revision == "1")
    if revision == "1":
        assert read.last_modified.value >= activity.created.replace(microsecond=0)


def test_another_time_is_counted(mine, activity):
    activity.time_start += HOUR
    activity.time_end += HOUR
    read = entry(mine, activity)
    assert read.sequence.value == "1"
    assert read.dtstart.value == activity.time_start.replace(microsecond=0)


def test_a_closed_one_is_only_found_by_who_is_enrolled(mine, add_activity, add_enrollment, teacher):
    activity = add_activity(open_for_enrollment=False)
    feed(mine, activity, status=404)
    add_enrollment(activity, teacher)
    assert entry(mine, activity).summary.value == "春游"


@pytest.mark.parametrize("activity_id", ["999999", "9" * 30, "x"])
def test_an_unknown_one_is_not_found(mine, activity_id):
    mine.get(f"/activities/{activity_id}/calendar.ics", status=404)
