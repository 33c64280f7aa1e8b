import pytest

from hhu_base.models import User
from hhu_lostfound.models import Thing

pytest_plugins = ["hhu_base.testing"]


@pytest.fixture
def finder(add_user) -> User:
    return add_user("t0002", last_name="单", first_name="立群", email="t0002@hhu.example")


@pytest.fixture
def add_thing(session, finder):
    """``add_thing(name="雨伞")``: something that the finder has found."""

    def add(**values) -> Thing:
        found = {"name": "U 盘", "place": "勤学楼", "found_at": finder.date_joined}
        thing = Thing(finder_id=finder.id, **found | values)
        session.add(thing)
        session.flush()
        session.refresh(thing)
        return thing

    return add


@pytest.fixture
def mine(api, teacher):
    """A client of somebody who has lost something."""
    return api.as_user(teacher)
