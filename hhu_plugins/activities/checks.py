"""What ``hhu doctor`` asks about the activities: the folder of the files that forms were answered with."""

from __future__ import annotations

from collections.abc import Iterator

from hhu_base.cli.doctor import Deployment, Finding, stored_files
from hhu_plugins.activities import form_files


def check_store(deployment: Deployment) -> Iterator[Finding]:
    folder = deployment.registry["activities.uploads"].store.directory
    yield from stored_files.check_directory(deployment, folder, "报名文件目录")


def check_files(deployment: Deployment) -> Iterator[Finding]:
    """Has everything that the database names a file?"""
    with deployment.session() as session:
        needed = form_files.needed_digests(session)
    store = deployment.registry["activities.uploads"].store
    yield from stored_files.check_files(store, needed, "报名的", "activities")
