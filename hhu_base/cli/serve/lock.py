"""One serve per data directory."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from hhu_base.settings.services import Locations

from .errors import EmbeddedError


@contextmanager
def instance_lock(locations: Locations) -> Iterator[None]:
    """Hold the data directory; the kernel lets go of it when we die, however we die."""
    try:
        descriptor = os.open(locations.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError:
        raise EmbeddedError(
            f"{locations.data_dir} 不能写，请用建立它的用户运行，或换一个 DATA_DIR。"
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(descriptor, 32).decode(errors="replace").strip() or "?"
            raise EmbeddedError(
                f"已经在运行：进程 {pid} 正在使用 {locations.data_dir}。"
                "要同时运行第二套，请设置 DATA_DIR 和 PORT。"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)
