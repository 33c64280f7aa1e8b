"""What ``hhu doctor`` asks about the photos of repairs."""

from __future__ import annotations

from collections.abc import Iterator

from hhu_base.cli.doctor import Deployment, Finding, stored_files
from hhu_plugins.repairs import photos


def check_folder(deployment: Deployment) -> Iterator[Finding]:
    folder = deployment.registry["repairs.photo_store"].directory
    yield from stored_files.check_directory(deployment, folder, "报修照片目录")


def check_photos(deployment: Deployment) -> Iterator[Finding]:
    """Has every photo its files?"""
    with deployment.session() as session:
        needed = photos.needed_digests(session)
    store = deployment.registry["repairs.photo_store"]
    yield from stored_files.check_files(store, needed, "报修照片的", "repairs")
