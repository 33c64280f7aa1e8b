"""Pages of a list, as the contract has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from hhu_base.rest.validation import query_fields
from hhu_base.web.errors import NotFound

INVALID_PAGE = "无效页面。"
DEFAULT_SIZE = 20
MAX_SIZE = 100
# More pages than any table has, and page x size still fits the bigint of an OFFSET.
_MAX_PAGE_DIGITS = 9


def paged(request, statement: sa.Select, shape: Callable[[Any], Any]) -> dict[str, Any]:
    """The page that the query string asks for.

    ``shape`` makes the JSON of a row: of the entity, if the statement selects a single one.
    The statement must have an order that is total, or rows move between pages.
    """
    fields = query_fields(request)
    size = _size(fields.get("page_size", ""))
    wanted = fields.get("page", "").strip()
    count = None
    if wanted == "last":
        count = _count(request.db, statement)
        page = max(1, -(-count // size))
    else:
        page = _page(wanted)

    before = (page - 1) * size
    rows = _rows(request.db, statement.limit(size).offset(before))
    if not rows and page > 1:
        raise NotFound(INVALID_PAGE)
    if len(rows) < size:
        count = before + len(rows)  # The end is in sight: no need to count.
    elif count is None:
        count = _count(request.db, statement)

    return {
        "count": count,
        "next": _url(request, fields, page + 1) if before + size < count else None,
        "previous": _url(request, fields, page - 1) if page > 1 else None,
        "results": [shape(row) for row in rows],
    }


def _size(text: str) -> int:
    size = _number(text)
    return min(size, MAX_SIZE) if size else DEFAULT_SIZE


def _page(text: str) -> int:
    page = _number(text) if text else 1
    if not page or page >= 10**_MAX_PAGE_DIGITS:
        raise NotFound(INVALID_PAGE)
    return page


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 1000 else None


def _count(session, statement: sa.Select) -> int:
    return session.scalar(
        sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())
    )


def _rows(session, statement: sa.Select) -> list:
    single = len(statement.column_descriptions) == 1
    return list(session.scalars(statement) if single else session.execute(statement))


def _url(request, fields: dict[str, str], page: int) -> str:
    return f"{request.path_url}?{urlencode({**fields, 'page': page})}"
