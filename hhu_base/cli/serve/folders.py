"""Makes the folders of the services, each as private as it can be."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from hhu_base.settings.services import Locations

from .account import Account
from .errors import EmbeddedError


def prepare_folders(locations: Locations) -> None:
    """The data directory with its logs; everything with content inside is private."""
    if not locations.data_dir.exists():
        try:
            locations.data_dir.mkdir(parents=True)
        except PermissionError as error:
            raise EmbeddedError(f"不能建立 {locations.data_dir}：{error}") from None
        # Root's Postgres runs under another account: it must get through, not look around.
        locations.data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    private_folder(locations.logs)


def private_folder(folder: Path, account: Account | None = None) -> None:
    """Make a folder for us, or for the account, and nobody else."""
    try:
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            _refuse_a_trap(folder, account)
        if account is not None:
            account.give(folder)
        folder.chmod(0o700)
    except PermissionError:
        raise EmbeddedError(
            f"{folder} 不能用：没有权限。请用建立它的用户运行，或换一个 DATA_DIR。"
        ) from None


def remove_sockets_folder(locations: Locations) -> None:
    """After a clean stop it is empty, and in /tmp it would only be in the way."""
    with suppress(OSError):
        locations.sockets.rmdir()


def _refuse_a_trap(folder: Path, account: Account | None) -> None:
    """In /tmp anybody could have made it first, to read along or to answer in our place."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise EmbeddedError(f"{folder} 不是目录，请删除后再试。")
    trusted = {os.geteuid()} | ({account.uid} if account else set())
    if folder.parent.stat().st_mode & stat.S_IWOTH and found.st_uid not in trusted:
        raise EmbeddedError(f"{folder} 是别的用户建的，请检查后删除，再试一次。")
