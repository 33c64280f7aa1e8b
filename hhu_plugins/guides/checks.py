"""What ``hhu doctor`` asks about the guides: the size of an upload."""

from __future__ import annotations

from collections.abc import Iterator

from hhu_base.cli.doctor import Deployment, Finding, error, good
from hhu_base.settings.server import MAX_REQUEST_BODY_SIZE
from hhu_plugins.guides import library

# What a form needs besides the file.
_MARGIN = 64 * 1024


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
