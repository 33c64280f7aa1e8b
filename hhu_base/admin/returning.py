"""Where to go when something is done: back to where the person came from."""

from __future__ import annotations

from hhu_base.security import ADMIN_PATH


def way_back(request) -> str:
    """``?back=/admin/…``, if it is one of these pages; a question keeps it in its form."""
    path = request.params.get("back", "")
    if not isinstance(path, str) or not path.startswith(ADMIN_PATH):
        return ""
    # It becomes a header, in which anything else would be an error.
    return path if path.isascii() and path.isprintable() else ""
