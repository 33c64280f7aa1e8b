"""This machine: who we are, what we may write, and how much room there is."""

from __future__ import annotations

import os
import pwd
import shutil
import ssl
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hhu_base.cli.doctor.contract import Deployment, Finding, error, first_line, good, notice
from hhu_base.settings.services import data_dir

_GIB = 1024**3
_LOW, _NONE = 2 * _GIB, _GIB // 4


def check_account(deployment: Deployment) -> Iterator[Finding]:
    if os.geteuid() == 0 and deployment.is_production:
        yield notice(
            "以 root 运行，看不出服务的用户有没有权限。", "用运行服务的用户检查（deploy/hhu）。"
        )
    else:
        yield good(f"以用户 {pwd.getpwuid(os.geteuid()).pw_name} 检查。")


def check_data_dir(deployment: Deployment) -> Iterator[Finding]:
    yield from check_folder(Path(data_dir(deployment.settings)), "数据目录")


def check_disk(deployment: Deployment) -> Iterator[Finding]:
    yield from check_room(Path(data_dir(deployment.settings)))


def check_folder(folder: Path, name: str) -> Iterator[Finding]:
    """Can we write there, and can others look into it?"""
    advice = f"sudo install -d -o hhu -g hhu -m 0700 {folder}"
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
        # To ask is not enough: the disk may be mounted read-only.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        yield error(f"{name} {folder} 不能写入：{first_line(problem)}", advice)
        return
    if mode & 0o006:
        yield notice(f"{name} {folder} 别的用户也可以读（{mode:04o}）。", f"chmod o-rw {folder}")
    else:
        yield good(f"{name} {folder} 可以写入。")


def check_room(folder: Path) -> Iterator[Finding]:
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    what = f"{folder} 所在的磁盘还有 {free / _GIB:.1f} GiB。"
    advice = "清理磁盘或扩容：写满以后什么都不能保存。"
    if free < _NONE:
        yield error(what, advice)
    elif free < _LOW:
        yield notice(what, advice)
    else:
        yield good(what)


def check_certificates(deployment: Deployment) -> Iterator[Finding]:
    """OpenSSL passes over a file that it can't read, and then trusts nobody, without a word."""
    file = os.environ.get("SSL_CERT_FILE")
    if not file:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except (OSError, ssl.SSLError) as problem:
        yield error(
            f"SSL_CERT_FILE（{file}）里的证书读不了：{first_line(problem)}",
            "它应当是系统用户可以读的 PEM 文件，例如 /etc/ssl/certs/ca-certificates.crt；"
            "学院自己的根证书用 update-ca-certificates 加进去。",
        )
    else:
        yield good(f"信任 {file} 里的根证书。")
