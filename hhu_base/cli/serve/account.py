"""The unprivileged account of a Postgres that root has started: it refuses to run as root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from .errors import EmbeddedError


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]

    def give(self, path: Path) -> None:
        """Make a file or folder this account's own."""
        os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, directory: Path) -> bool:
        """Whether it can walk to this folder, judged by owners and modes."""
        return all(self._passes(folder.stat()) for folder in (directory, *directory.parents))

    def _passes(self, found: os.stat_result) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid in self.groups:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def postgres_account(data: Path) -> Account | None:
    """Who runs Postgres; None: we do, being nobody special ourselves.

    Data that are there already decide: they stay with the account that made them, even if
    another package has created the account `postgres` meanwhile.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return _by_uid(owner, data.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            return _of(pwd.getpwnam(name))
        except KeyError:
            continue
    raise EmbeddedError("PostgreSQL 不能以 root 运行，而系统里没有 postgres 或 nobody 账号。")


def _of(entry: pwd.struct_passwd) -> Account:
    groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, groups)


def _by_uid(uid: int, gid: int) -> Account:
    try:
        return _of(pwd.getpwuid(uid))
    except KeyError:  # a folder from another machine or a container
        return Account(str(uid), uid, gid, (gid,))
