"""What ``hhu doctor`` asks about the guides: their folder, their files, the size of an upload."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hhu_base.cli.doctor import Deployment, Finding, error, good
from hhu_base.cli.doctor.machine import check_folder, check_room
from hhu_base.settings.server import MAX_REQUEST_BODY_SIZE
from hhu_base.settings.services import data_dir
from hhu_plugins.guides import library

# What a form needs besides the file.
_MARGIN = 64 * 1024
_SHOWN = 3


def check_store(deployment: Deployment) -> Iterator[Finding]:
    folder = deployment.registry["guides.shelf"].store.directory
    if not folder.exists():
        # It is made with the first file; until then it is its parent's room that counts.
        yield from check_folder(folder.parent, "指南目录的上级目录")
    else:
        yield from check_folder(folder, "指南目录")
        if folder.stat().st_dev != Path(data_dir(deployment.settings)).stat().st_dev:
            yield from check_room(folder)


def check_files(deployment: Deployment) -> Iterator[Finding]:
    """Has everything that the database names a file?"""
    store = deployment.registry["guides.shelf"].store
    with deployment.session() as session:
        needed = library.needed_digests(session)
    missing = sorted(digest for digest in needed if not store.path_of(digest).is_file())
    if missing:
        shown = "、".join(missing[:_SHOWN]) + ("……" if len(missing) > _SHOWN else "")
        yield error(
            f"指南的 {len(missing)} 个文件不见了：{shown}",
            "检查 guides.directory；从备份的 files/guides 里找回。",
        )
    else:
        yield good(f"指南的 {len(needed)} 个文件都在。")


def check_upload_size(deployment: Deployment) -> Iterator[Finding]:
    largest = deployment.registry["guides.shelf"].max_bytes
    taken = MAX_REQUEST_BODY_SIZE.read(deployment.server)
    if taken < largest + _MARGIN:
        yield error(
            f"max_request_body_size（{taken}）装不下最大的指南文件（guides.max_bytes = {largest}）。",
            f"设为 {largest + 2 * 1024 * 1024}，并相应修改 nginx 的 client_max_body_size。",
        )
    else:
        yield good(f"可以上传 {library.readable_size(largest)} 的指南文件。")
