"""Where the embedded services are: short paths, told apart, and nobody else's."""

import os
from pathlib import Path

import pytest
import sqlalchemy

from hhu_base.cli.serve.errors import EmbeddedError
from hhu_base.cli.serve.folders import private_folder
from hhu_base.settings.services import LONGEST_SOCKET_PATH, POSTGRES_SOCKET, Locations

ODD_NAMES = ["a b", "a+b", "a%41b", "数据", "it's", "x" * 120]


def test_sockets_of_a_plain_short_path_are_inside(folder: Path) -> None:
    assert Locations.of(folder / "var").sockets == folder / "var" / "run"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_sockets_of_an_odd_path_are_in_a_short_plain_folder(folder: Path, name: str) -> None:
    sockets = Locations.of(folder / name).sockets
    assert sockets.parent == Path("/tmp")  # noqa: S108
    assert len(str(sockets / POSTGRES_SOCKET)) <= LONGEST_SOCKET_PATH


def test_every_process_computes_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Locations.of(folder / "数据 目录")
    (folder / "数据 目录").mkdir()
    (folder / "link").symlink_to(folder / "数据 目录")
    monkeypatch.chdir(folder)
    assert before == Locations.of("数据 目录") == Locations.of(folder / "link")


def test_two_data_directories_share_no_sockets(folder: Path) -> None:
    assert Locations.of(folder / "数据 1").sockets != Locations.of(folder / "数据 2").sockets


@pytest.mark.parametrize("name", ODD_NAMES)
def test_the_database_url_survives_any_path(name: str) -> None:
    # Also if the sockets were there, which Locations.of avoids.
    locations = Locations(data_dir=Path("/x"), sockets=Path("/x") / name)
    assert sqlalchemy.make_url(locations.database_url).query["host"] == f"/x/{name}"


def test_a_folder_that_somebody_else_has_made_is_refused(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder for somebody else")
    folder.chmod(0o1777)
    trap = folder / "trap"
    trap.mkdir()
    os.chown(trap, 12345, 12345)
    with pytest.raises(EmbeddedError, match="别的用户"):
        private_folder(trap)


def test_a_link_in_place_of_a_folder_is_refused(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "link").symlink_to(folder / "elsewhere")
    with pytest.raises(EmbeddedError, match="不是目录"):
        private_folder(folder / "link")
