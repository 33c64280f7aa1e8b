"""Taking over groups, their permissions and their members."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hhu_base.models import Group, User

from .dumps import notes, other, outcomes, reasons, user

ROOM_KIND = other("contenttypes.contenttype", 7, app_label="reservation", model="meetingroom")
VIEW = other("auth.permission", 65, name="x", content_type=7, codename="view_meetingroom")
DELETE = other("auth.permission", 66, name="x", content_type=7, codename="delete_meetingroom")


def group(pk=1, name="会议室管理员", permissions=()):
    return other("auth.group", pk, name=name, permissions=list(permissions))


def granted(session, name="会议室管理员"):
    found = session.scalar(sa.select(Group).where(Group.name == name))
    return sorted(grant.permission for grant in found.grants)


@pytest.mark.parametrize(
    ("permissions", "ours"),
    [
        ([["view_reservation", "reservation", "reservation"]], ["rooms.view"]),
        (
            [
                ["add_repairrequest", "repair", "repairrequest"],
                ["change_repairrequest", "repair", "repairrequest"],
            ],
            ["repairs.change"],
        ),
        ([65], ["rooms.view"]),
        ([65, 66], ["rooms.change", "rooms.view"]),
        ([["view_user", "user", "user"]], ["core.view"]),
        ([["view_logentry", "admin", "logentry"]], []),
        ([["approve_reservation", "reservation", "reservation"]], []),
        ([900], []),
        ([None, "x", {}], []),
        ([], []),
    ],
)
def test_a_group_gets_those_of_our_permissions_that_correspond(
    session, take_objects, permissions, ours
):
    done = take_objects(ROOM_KIND, VIEW, DELETE, group(permissions=permissions))
    assert reasons(done) == []
    assert granted(session) == ours
    # What it has got, and what not, is told.
    assert bool(notes(done)) is bool(permissions)
    assert outcomes(done, "auth.permission") == {"Django 自身": 2}


def test_members_come_along_by_id_or_by_name(session, take_objects):
    done = take_objects(
        group(4, "甲"), group(5, "乙"), user(1, groups=[4, 5]), user(2, groups=[["乙"]]), user(3)
    )
    assert reasons(done) == []
    members = {it.name: sorted(m.id for m in it.users) for it in session.scalars(sa.select(Group))}
    assert members == {"甲": [1], "乙": [1, 2]}


def test_a_group_of_that_name_is_the_same_and_keeps_what_it_may(session, take_objects):
    session.add(Group(id=4, name="别的组"))
    session.add(Group(id=9, name="会议室管理员"))
    session.flush()
    done = take_objects(
        group(4, permissions=[["view_reservation", "reservation", "reservation"]]),
        user(1, groups=[4]),
    )
    assert outcomes(done, "auth.group") == {"已有": 1}
    assert [person.id for person in session.get_one(Group, 9).users] == [1]
    assert granted(session) == []
    assert [it.changed for it in done.differences] == [{"permissions": ([], ["rooms.view"])}]


def test_who_has_changed_groups_since_is_told_and_moved_if_asked(session, take_objects):
    groups = (group(4, "甲"), group(5, "乙"))
    take_objects(*groups, user(1, groups=[4]))
    done = take_objects(*groups, user(1, groups=[5]))
    [difference] = done.differences
    assert difference.changed == {"groups": (["甲"], ["乙"])}
    assert [person.id for person in session.get_one(Group, 4).users] == [1]
    take_objects(*groups, user(1, groups=[5]), is_update=True)
    assert session.get_one(Group, 4).users == []
    assert session.get_one(Group, 5).users == [session.get_one(User, 1)]
