"""The folder with the database: made once, complete or not at all, and never deleted."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hhu_base.settings.services import Locations

from .account import Account
from .binaries import MAJOR_VERSION
from .errors import EmbeddedError
from .process import Program, run

UNFINISHED = ".initdb-"
BELONGS_TO = "belongs-to"


def refuse_a_strangers_home(locations: Locations) -> None:
    """Say in words, before Postgres does so in its log, why these data can't be used."""
    data = locations.postgres_data
    try:
        if data.is_symlink() and not data.exists():
            raise EmbeddedError(f"{data} 指向 {os.readlink(data)}，但那里没有数据库。")
        if not data.exists() or not any(data.iterdir()):
            return
        found = (data / "PG_VERSION").read_text().strip()
        ours = os.geteuid() in (0, data.stat().st_uid)
    except FileNotFoundError:
        raise EmbeddedError(f"{data} 里有别的文件，不是 PostgreSQL 的数据目录。") from None
    except PermissionError:
        ours = False
    if not ours:
        raise EmbeddedError(f"{data} 属于另一个用户，请用该用户运行，或换一个 DATA_DIR。")
    if found != MAJOR_VERSION:
        raise EmbeddedError(f"{data} 是 PostgreSQL {found} 的数据，这里需要 {MAJOR_VERSION}。")


def prepare_cluster(
    locations: Locations,
    binaries: Path,
    account: Account | None,
    durable: bool,
    say: Callable[[str], None],
) -> None:
    """Make the cluster unless it is there; `locations.postgres_data` leads to it afterwards."""
    data = locations.postgres_data
    is_made = data.exists() and any(data.iterdir())
    if data.is_symlink():
        _claim(data.resolve().parent, locations)
    elif account is not None and not account.can_enter(locations.data_dir):
        home = _sheltered_home(locations, account, say)
        if is_made:  # the folder around it has been closed, or moved, since
            _move(data, home / "postgres")
        else:
            _make(home / "postgres", binaries, account, durable, say)
            if data.exists():
                data.rmdir()
        data.symlink_to(home / "postgres")
    elif not is_made:
        _make(data, binaries, account, durable, say)


def _sheltered_home(locations: Locations, account: Account, say: Callable[[str], None]) -> Path:
    """A new folder that the account can reach, for data that ours would keep it from."""
    locations.shelter.mkdir(parents=True, exist_ok=True)
    locations.shelter.chmod(0o711)
    home = Path(tempfile.mkdtemp(prefix="data-", dir=locations.shelter))
    home.chmod(0o711)
    (home / BELONGS_TO).write_text(f"{locations.data_dir}\n", encoding="utf-8")
    say(f"账号 {account.name} 进不了 {locations.data_dir}，数据库放在 {home}")
    return home


def _claim(home: Path, locations: Locations) -> None:
    """Follow a clone that was moved; refuse one that was copied, two would share the data."""
    note = home / BELONGS_TO
    if not note.exists():
        return  # a link of somebody's own making
    owner = Path(note.read_text(encoding="utf-8").strip())
    if owner == locations.data_dir:
        return
    if (owner / "postgres").resolve() == locations.postgres_data.resolve():
        raise EmbeddedError(
            f"{locations.postgres_data} 指向 {owner} 的数据库（目录可能是复制来的）。"
            "请删除这个链接，或换一个 DATA_DIR。"
        )
    note.write_text(f"{locations.data_dir}\n", encoding="utf-8")


def _move(data: Path, target: Path) -> None:
    try:
        data.rename(target)
    except OSError as error:
        raise EmbeddedError(
            f"PostgreSQL 的账号进不了 {data}，也无法移到 {target}：{error}"
        ) from error


def _make(
    data: Path,
    binaries: Path,
    account: Account | None,
    durable: bool,
    say: Callable[[str], None],
) -> None:
    """initdb beside the final place, then one rename: a kill in between leaves no half cluster."""
    for leftover in data.parent.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    say("第一次启动：正在创建数据库……")
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=data.parent))
    if account is not None:
        account.give(unfinished)
    initdb: list[str | Path] = [
        binaries / "initdb",
        f"--pgdata={unfinished}",
        "--username=hhu",
        "--auth-local=trust",  # the folder of the socket is what protects it
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--lc-messages=C",
        "--no-instructions",
    ]
    if not durable:
        initdb.append("--no-sync")
    _run("initdb", initdb, unfinished, account)
    single: list[str | Path] = [binaries / "postgres", "--single", "-D", unfinished, "postgres"]
    output = _run("postgres --single", single, unfinished, account, "CREATE DATABASE hhu;\n")
    if "ERROR:" in output:
        raise EmbeddedError(f"无法创建数据库：\n{output}")
    if data.exists():
        data.rmdir()  # empty, or we wouldn't be here
    unfinished.rename(data)
    _sync(data.parent)


def _run(
    name: str,
    command: list[str | Path],
    cwd: Path,
    account: Account | None,
    standard_input: str = "",
) -> str:
    program = Program(name, command, cwd, environment=clean_environment(), account=account)
    code, output = run(program, standard_input)
    if code != 0:
        raise EmbeddedError(f"{name} 失败（{code}）：\n{output}")
    return output


def clean_environment() -> dict[str, str]:
    """Ours without what changes how Postgres behaves or in which language it logs."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PG", "LC_")) and key not in ("LANG", "LANGUAGE", "TZ")
    }
    return {**kept, "LC_ALL": "C"}


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
