"""What systemd is told, on a socket like its own."""

import os
import socket

import pytest

from hhu_base.telemetry.systemd import tell_ready


@pytest.mark.parametrize("address", ["{folder}/notify", "@hhu-tests-{pid}"])
def test_systemd_is_told_once_that_a_process_is_ready(tmp_path, monkeypatch, address):
    address = address.format(folder=tmp_path, pid=os.getpid())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address.replace("@", "\0"))
        systemd.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        tell_ready()
        assert systemd.recv(100) == b"READY=1"
        tell_ready()
        systemd.setblocking(False)
        with pytest.raises(BlockingIOError):
            systemd.recv(100)


def test_a_process_that_cannot_tell_it_goes_on(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    tell_ready()
    assert "can't be told" in caplog.text
