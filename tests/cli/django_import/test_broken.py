"""Whatever stands in whichever field: nothing of one record stops the others, or the database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hhu_base.cli.django_import import report
from hhu_base.models import User
from tests.sampling import first

from .dumps import (
    activity,
    clockinmeta,
    clockinrecord,
    department,
    enrollment,
    other,
    repair,
    reservation,
    room,
    user,
    usermeta,
)

COLLEGE = (
    other("auth.group", 1, name="组", permissions=[]),
    department(1),
    user(1, department=1),
    user(2),
    usermeta(1, post="教授"),
    other("user.contact", 1, user=1, friend_user=2),
    room(1),
    reservation(1, "2020-02-22T10:00:00", "2020-02-22T11:00:00"),
    other("guide.guidecategory", 1, name="财务"),
    other("guide.guide", 1, name="差旅", category=1, file="a.txt", created="2020-02-22T10:00:00"),
    other("repair.faultcategory", 4, name="网络"),
    repair(1),
    other("repair.notificationuser", 1, name="王", email="w@hhu.example", category=4),
    activity(7),
    enrollment(1),
    clockinmeta(3),
    clockinrecord(1),
    other("activity.clockinstaff", 1, clockin_meta=3, staff=2),
)

VALUES = [
    None, "", " ", "x" * 70_000, "\0\ud800\ufffe", 0, -1, 2**63, 1e400, 1.5, True, [], [None],
    [[1]], ["x", "y"], {}, {"a": {"b": []}}, "9999-12-31T23:59:59", "0001-01-01T00:00:00Z",
    '{"a": NaN, "b": "\\u0000\\ud800"}', "[" * 9000,
]  # fmt: skip


def with_each_field(value):
    """The college, and of each of its records one more for each field, which has that value."""
    for number, found in enumerate(COLLEGE):
        yield found
        for place, name in enumerate(found["fields"]):
            fields = found["fields"] | {"username": f"x{number}-{place}", name: value}
            yield {**found, "pk": 1000 + 50 * number + place, "fields": fields}


@pytest.mark.parametrize("value", first(4, VALUES), ids=lambda value: repr(value)[:20])
def test_a_field_that_holds_anything_stops_nothing_else(session, take_objects, tmp_path, value):
    (tmp_path / "a.txt").write_text("差旅")
    for _ in range(2):
        done = take_objects(*with_each_field(value), media=tmp_path)
        assert session.scalar(sa.select(User.username).where(User.id == 1)) == "t0001"
        college = {(found["model"], found["pk"]) for found in COLLEGE}
        assert not [it for it in report.refused(done) if (it.model, it.pk) in college]
        assert list(report.lines(done))
        report.write_refused(done, tmp_path / "refused")


@pytest.mark.parametrize("value", first(1, ["x", None, -1, True, ["x"], "2021-01-01T00:00:00Z"]))
def test_a_field_that_becomes_anything_later_stops_nothing_either(
    session, take_objects, tmp_path, value
):
    (tmp_path / "a.txt").write_text("差旅")
    take_objects(*COLLEGE, media=tmp_path)
    for place in range(max(len(found["fields"]) for found in COLLEGE)):
        newer = [
            {**found, "fields": found["fields"] | {list(found["fields"])[place]: value}}
            if place < len(found["fields"])
            else found
            for found in COLLEGE
        ]
        done = take_objects(*newer, media=tmp_path, is_update=True)
        # Each of them was taken before, so it is there.
        assert [it for it in report.refused(done) if it.model != "user.usermeta"] == []
        assert list(report.lines(done))
