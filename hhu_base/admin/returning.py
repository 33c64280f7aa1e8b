"""Where to go when something is done: back to where the person came from."""

from __future__ import annotations

from hhu_base.security import ADMIN_PATH

FIELD = "back"


def way_back(request) -> str:
    """``?back=/admin/…``, if it is one of these pages; a question keeps it in its form."""
    path = request.params.get(FIELD, "")
    is_ours = isinstance(path, str) and path.startswith(ADMIN_PATH) and path.isprintable()
    return path if is_ours else ""
