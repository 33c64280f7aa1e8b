"""What the plugins of this repository add."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from hhu_base.cli.doctor.stored_files import check_directory, check_files
from hhu_plugins.guides import checks as guides
from hhu_plugins.guides import library
from hhu_plugins.rooms import checks as rooms
from hhu_plugins.rooms.models import Meetingroom, OpeningHours, Reservation
from tests.flows.college import at
from tests.guides.conftest import add_guide, category, shelf, version_of  # noqa: F401 - fixtures

from .conftest import levels


def test_the_folder_of_the_guides_is_looked_at(deployment, shelf, add_guide):  # noqa: F811
    shelf.store.directory.parent.chmod(0o700)
    assert levels(check_directory(deployment, shelf.store.directory, "指南文件的目录")) == ["好"]
    add_guide()
    shelf.store.directory.chmod(0o755)
    assert levels(check_directory(deployment, shelf.store.directory, "指南文件的目录")) == ["注意"]


def _check_guides(deployment, store):
    return check_files(deployment, store, library.needed_digests, "指南文件", "guides")


def test_a_file_that_has_vanished_is_told(deployment, shelf, add_guide, version_of):  # noqa: F811
    guide = add_guide()
    assert levels(_check_guides(deployment, shelf.store)) == ["好"]
    digest = version_of(guide).digest
    shelf.store.remove(digest)
    [finding] = _check_guides(deployment, shelf.store)
    assert finding.level == "错误"
    assert digest in finding.what


def test_the_web_server_takes_what_a_guide_may_have(deployment, server):
    assert levels(guides.check_upload_size(deployment)) == ["好"]
    largest = deployment.registry["guides.shelf"].max_bytes
    small = server | {"max_request_body_size": str(largest)}
    assert levels(guides.check_upload_size(replace(deployment, server=small))) == ["错误"]


@pytest.mark.parametrize(("seconds", "level"), [(5, "好"), (90, "错误")])
def test_a_reservation_that_nobody_decides_is_told(deployment, session, teacher, seconds, level):
    room = Meetingroom(name="101", location="勤学楼", seats_count=10)
    session.add(room)
    session.flush()
    requested = sa.func.now() - sa.text(f"interval '{seconds} seconds'")
    session.add(
        Reservation(
            room_id=room.id,
            user_id=teacher.id,
            reserve_from=at(1, 10),
            reserve_to=at(1, 11),
            description="例会",
            requested_at=requested,
        )
    )
    session.flush()
    assert levels(rooms.check_pending(deployment)) == [level]


@pytest.mark.parametrize(("zone", "level"), [("Asia/Shanghai", []), ("Europe/Berlin", ["错误"])])
def test_opening_hours_of_another_zone_are_told(deployment, session, zone, level):
    session.add(OpeningHours(week="|" * 6, zone=zone))
    session.flush()
    assert levels(rooms.check_zone(deployment)) == level
