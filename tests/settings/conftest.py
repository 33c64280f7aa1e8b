"""An ini file to make mistakes in."""

from pathlib import Path

import pytest

DEVELOPMENT = (Path(__file__).parents[2] / "development.ini").read_text(encoding="utf-8")


@pytest.fixture
def write(tmp_path):
    """``write(("old", "new"))``: a development.ini with changes, each of which has to fit."""

    def write(*changes: tuple[str, str]) -> str:
        text = DEVELOPMENT.replace("%(here)s/var", str(tmp_path))
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "site.ini"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
