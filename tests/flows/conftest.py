"""The running system, in order again before each test."""

import pytest

from .college import College


@pytest.fixture
def college(running_college: College) -> College:
    """The running system, in order, whatever the test before has done to it."""
    if running_college.is_disturbed:
        running_college.until_ready()
    return running_college


@pytest.fixture
def room(college: College) -> int:
    """The id of a room that nobody has reserved yet."""
    return college.add_room()
