"""Folders with files that the database names: can they be written, and is everything there?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from hhu_base.cli.doctor.contract import Deployment, Finding, error, good
from hhu_base.cli.doctor.machine import check_folder, check_room
from hhu_base.documents.file_store import FileStore
from hhu_base.settings.services import data_dir

_SHOWN = 3


def check_directory(deployment: Deployment, folder: Path, name: str) -> Iterator[Finding]:
    """``name``: what people call it, such as 指南文件的目录."""
    if not folder.exists():
        # It is made with the first file; until then it is its parent's room that counts.
        yield from check_folder(folder.parent, f"{name}的上级目录")
    else:
        yield from check_folder(folder, name)
        if folder.stat().st_dev != Path(data_dir(deployment.settings)).stat().st_dev:
            yield from check_room(folder)


def check_files(
    deployment: Deployment,
    store: FileStore,
    needed: Callable[[Session], Collection[str]],
    title: str,
    name: str,
) -> Iterator[Finding]:
    """Has each of the digests that rows name its file? ``title``: 报修照片; ``name``: the plugin's."""
    with deployment.session() as session:
        digests = needed(session)
    missing = sorted(digest for digest in digests if not store.path_of(digest).is_file())
    if missing:
        shown = "、".join(missing[:_SHOWN]) + ("……" if len(missing) > _SHOWN else "")
        yield error(
            f"{title}有 {len(missing)} 个文件不见了：{shown}",
            f"检查 {name}.directory；从备份的 files/{name} 里找回。",
        )
    else:
        yield good(f"{title}的 {len(digests)} 个文件都在。")
