"""What a client sends beyond what it is asked for decides nothing: whose it is, least of all."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.models import User
from hhu_plugins.activities.models import Clockin, Enrollment
from hhu_plugins.repairs.models import RepairRequest
from hhu_plugins.rooms.models import Reservation


@pytest.fixture
def world(make_world):
    return make_world("core")


@pytest.fixture
def mine(api, world):
    """Of another teacher, who has nothing."""
    return api.as_user(world.people["other"])


@pytest.fixture
def more(world) -> dict:
    """Somebody else's, under every name that it might have."""
    victim = world.people["teacher"].id
    names = ("user", "user_id", "id", "pk", "owner", "by_user_id", "user_meta")
    flags = ("is_staff", "is_superuser", "groups", "permissions", "is_active", "status", "password")
    return (
        dict.fromkeys(names, victim)
        | dict.fromkeys(flags[:2], True)
        | {
            "groups": [1],
            "permissions": ["core.change"],
            "status": 2,
            "wechat_openid": "mine",
            "created": "1990-01-01T00:00:00",
            "username": "root",
            "__class__": "x",
            "__proto__": {"is_staff": True},
        }
    )


def newest(session, model):
    return session.scalars(sa.select(model).order_by(model.id.desc())).first()


def test_a_reservation_is_of_who_asks(mine, world, session, more):
    start = world.tomorrow + timedelta(hours=4)
    times = {
        "reserve_from": start.isoformat(),
        "reserve_to": (start + timedelta(hours=1)).isoformat(),
    }
    sent = {
        **more,
        "meetingroom": world["room"],
        "description": "会",
        "status": "rejected",
        **times,
    }
    made = mine.post("/reservations/", sent).json
    assert made["user"] == world.people["other"].id
    assert made["status"] == "confirmed"
    assert newest(session, Reservation).user_id == world.people["other"].id


def test_so_is_a_repair(mine, world, session, more):
    sent = {**more, "location": "301", "category": world["category"], "description": "坏"}
    made = mine.post("/repairs/", sent).json
    assert (made["user"], made["status"]) == (world.people["other"].id, 0)
    assert newest(session, RepairRequest).user_id == world.people["other"].id
    assert newest(session, RepairRequest).status == 0


def test_so_is_a_place(mine, world, session, more):
    sent = {**more, "activity": world["activity"], "participating_metas": {"姓名": "x", "user": 1}}
    made = mine.post("/enrollments/", sent).json
    assert made["user"] == world.people["other"].id
    assert newest(session, Enrollment).participating_metas == {"姓名": "x"}


def test_so_is_a_clockin(api, world, session, more):
    own = api.as_user(world.people["teacher"])
    theirs = {**more, "user": world.people["other"].id, "key": world.new_code()}
    own.post("/activities/clockins/", theirs, status=200)
    assert newest(session, Clockin).user_id == world.people["teacher"].id


@pytest.mark.parametrize("path", ["/current-user/", "/current-user/meta/"])
def test_nobody_promotes_himself(mine, world, session, more, path):
    other = world.people["other"]
    columns = ("id", "username", "is_staff", "is_superuser", "is_active", "date_joined")
    before = [getattr(other, name) for name in columns]
    sent = {key: value for key, value in more.items() if key != "password"}
    mine.put(path, {**sent, "first_name": "杰", "last_name": "褚"})
    assert [getattr(other, name) for name in columns] == before
    openid = session.scalar(sa.select(User.wechat_openid).where(User.id == other.id))
    assert openid == "openid-other"
    # And the victim is as he was.
    assert world.people["teacher"].first_name == "杰"


def test_a_form_is_no_other_way(mine, world):
    other = world.people["other"]
    body = "first_name=a&last_name=b&is_staff=1&is_staff=true&is_superuser=on&id=1"
    mine.client.put(
        "/current-user/", body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert not other.is_staff


def test_ids_in_a_body_reach_only_what_is_there_for_everybody(mine, world):
    """Of others' rows none can be named in a body: rooms, categories and activities are public."""
    for field, value in (("meetingroom", world["reservation"] + 10**6), ("meetingroom", -1)):
        sent = {"description": "x", field: value}
        mine.post("/reservations/", sent, status=400)
    hidden = {"activity": world["empty_activity"], "participating_metas": "{}"}
    assert mine.post("/enrollments/", hidden, status=400).json == {
        "activity": ["报名通道暂未开启。"],
        "non_field_errors": ["报名通道暂未开启。"],
    }
