"""What workers of the ordinary queue do about guides."""

from hhu_base.database import commit_midway
from hhu_plugins.guides import extracting, library


def read_texts(request) -> None:
    """Read what is inside the files that came last, a transaction each."""
    store = request.registry["guides.shelf"].store
    while extracting.read_next(request.db, store):
        commit_midway(request)


def sweep_files(request) -> None:
    """Remove the files that nothing needs any more."""
    library.sweep(request.db, request.registry["guides.shelf"].store)
