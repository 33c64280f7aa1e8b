import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from hhu_base.cli.doctor import machine

from .conftest import levels


def test_root_cannot_say_what_the_services_may(in_production, deployment, monkeypatch):
    assert levels(machine.check_account(deployment)) == ["好"]
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert levels(machine.check_account(in_production)) == ["注意"]


def test_the_data_folder_is_ours_alone(deployment, tmp_path):
    folder = tmp_path / "data"
    changed = replace(deployment, settings={"hhu.data_dir": str(folder)})
    assert levels(machine.check_data_dir(changed)) == ["错误"]
    folder.mkdir(mode=0o700)
    assert levels(machine.check_data_dir(changed)) == ["好"]
    assert list(folder.iterdir()) == []
    folder.chmod(0o755)
    assert levels(machine.check_data_dir(changed)) == ["注意"]


def test_a_folder_in_which_nobody_can_write_is_told():
    assert levels(machine.check_folder(Path("/proc/self"), "数据目录")) == ["错误"]


@pytest.mark.parametrize(("free", "level"), [(50, "好"), (1, "注意"), (0.1, "错误")])
def test_a_disk_that_gets_full_is_told(deployment, monkeypatch, free, level):
    usage = shutil.disk_usage("/")._replace(free=free * 1024**3)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert levels(machine.check_disk(deployment)) == [level]


def test_the_disk_of_a_folder_that_is_still_to_come_is_looked_at(tmp_path):
    assert len(list(machine.check_room(tmp_path / "not" / "yet"))) == 1
