"""Files that can't be made in a few lines."""

from pathlib import Path

import pytest


@pytest.fixture
def samples():
    """``samples("name.pdf")``: its content."""
    return lambda name: (Path(__file__).parent / "samples" / name).read_bytes()
