"""What workers do about guides."""

import time

from hhu_base.database.transactions import commit
from hhu_base.documents import reader
from hhu_plugins.guides import library, previews, text_extraction

_MOST_SECONDS = 20.0


def read_texts(request) -> None:
    """Read what is inside the files that came last, a transaction each."""
    store = request.registry["guides.shelf"].store
    end = time.monotonic() + _MOST_SECONDS
    while text_extraction.read_next(request.db, store):
        commit(request)
        if time.monotonic() > end:
            # Another message: a worker that is told to stop does so between two tasks.
            request.enqueue(text_extraction.TASK)
            return


def sweep_files(request) -> None:
    """Remove the files that nothing needs any more, and what shows them."""
    store = request.registry["guides.shelf"].store
    library.delete_unused(request.db, store)
    previews.delete_unused(store, library.needed_digests(request.db))


def draw_previews(request) -> None:
    """Draw the files that came last; no transaction is open meanwhile."""
    store = request.registry["guides.shelf"].store
    waiting = previews.missing(request.db, store)
    commit(request)
    end = time.monotonic() + _MOST_SECONDS
    for digest, name in waiting:
        if time.monotonic() > end:
            request.enqueue(previews.TASK)
            return
        try:
            previews.draw(store, digest, name)
        except reader.Busy:
            return
