"""One running system for all tests of this folder: starting it takes longer than a test."""

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .college import College


@pytest.fixture(scope="session")
def running_college() -> Iterator[College]:
    # Not pytest's own folder: sockets need short paths, and root's Postgres has to get there.
    with tempfile.TemporaryDirectory(prefix="hhu-flows-", dir="/tmp") as folder:  # noqa: S108
        Path(folder).chmod(0o711)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        college = College(Path(folder), port)
        try:
            college.start()
            college.populate()
            yield college
        finally:
            left = college.stop()
        assert left == []
        assert college.exit_code == 0, college.said


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
