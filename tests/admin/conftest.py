"""A room: a table of a plugin, to try the declared pages with."""

import pytest

from hhu_plugins.rooms.models import Meetingroom


@pytest.fixture
def add_room(session):
    """``add_room("101", seats_count=8)``: a stored room."""

    def add(name: str = "101", **values) -> Meetingroom:
        room = Meetingroom(name=name, **{"location": "勤学楼", "seats_count": 10, **values})
        session.add(room)
        session.flush()
        return room

    return add
