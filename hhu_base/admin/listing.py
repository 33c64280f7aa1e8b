"""What a list shows: search, filters, order, page, and the query that they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from hhu_base.admin import filters
from hhu_base.admin.headings import Heading
from hhu_base.admin.model_admin import Badge, Column, ModelAdmin, Tab
from hhu_base.admin.search import FieldPaths, contains, few_ids
from hhu_base.database import among
from hhu_base.values import text
from hhu_base.values.search import MAX_CHARACTERS, SearchError, search_words
from hhu_base.web import display

_MAX_PAGE = 10**7
_NEAR = 20
# More are not sorted by what no index has in order.
_MOST_SORTED = 20_000


class Listing:
    """One list, as the query string asks for it."""

    max_search = MAX_CHARACTERS

    def __init__(self, admin: ModelAdmin, request):
        self.admin, self.request = admin, request
        self.params = dict(request.GET)
        self.search = text.trimmed(text.storable(self.params.get("q", "")))
        # Why it is not searched for, and nothing is found; words may be looked for nowhere.
        self.problem = ""
        self._words: list[str] = []
        try:
            self._words = search_words(self.search) if admin.search else []
        except SearchError as refusal:
            self.problem = str(refusal)
        self.tab = self._tab()
        without = self.tab.without if self.tab else ()
        self.columns = [each for each in admin.all_columns if each.name not in without]
        self.filters = [filters.Filter.of(admin, name, request) for name in admin.filters]
        page = self.params.get("page", "1")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 9 else 1
        self.page = min(max(number, 1), _MAX_PAGE)
        self.order = self._order()

    @cached_property
    def _few(self) -> list[int] | None:
        if self.problem:
            return []
        if not self._words:
            return None
        found = self._found(FieldPaths(self.admin.model))
        return few_ids(self.request, self.admin.key, found)

    @cached_property
    def count(self) -> int:
        if self._few is not None:
            return len(self._few)
        rows_seen = self.__dict__.get("rows")
        if self.page == 1 and rows_seen is not None and len(rows_seen) < self.admin.page_size:
            return len(rows_seen)  # The end is in sight: no need to count.
        rows = (
            self._found(FieldPaths(self.admin.model))
            .order_by(None)
            .with_only_columns(self.admin.key)
        )
        counted = sa.select(sa.func.count()).select_from(rows.subquery())
        return self.request.db.scalar(counted) or 0

    @cached_property
    def rows(self) -> list[Any]:
        if self.page > 1:
            self.page = min(self.page, self.pages)
        size = self.admin.page_size
        before = (self.page - 1) * size
        if self.page <= _NEAR or self.page <= self.pages // 2:
            statement = self._statement().limit(size).offset(before)
            return list(self.request.db.scalars(statement).unique())
        # Beyond the middle it is shorter from the end: an OFFSET is walked row by row.
        length = min(size, self.count - before)
        statement = self._statement(is_reversed=True).limit(length)
        statement = statement.offset(self.count - before - length)
        return list(self.request.db.scalars(statement).unique())[::-1]

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.admin.page_size))

    @property
    def near_pages(self) -> list[int]:
        """The pages to link to; 0 stands for those that are left out."""
        wanted = {1, self.pages, *range(self.page - 2, self.page + 3)}
        shown: list[int] = []
        for number in sorted(each for each in wanted if 1 <= each <= self.pages):
            if shown and number > shown[-1] + 1:
                shown.append(0)
            shown.append(number)
        return shown

    def all_rows(self) -> Iterator[Any]:
        """Every row that was found, not only this page; a few at a time."""
        statement = self._statement().execution_options(yield_per=1000)
        yield from self.request.db.scalars(statement)

    def _found(self, reach: FieldPaths) -> sa.Select:
        statement = self.admin.query(self.request)
        conditions = [f.condition(reach.column(f.name)) for f in self.filters if f.is_active]
        if self.tab:
            conditions += self._conditions(self.tab)
        for word in self._words:
            conditions.append(contains(reach, self.admin.search, word))
        return reach.join(statement).where(*conditions)

    def _statement(self, is_reversed: bool = False) -> sa.Select:
        reach = FieldPaths(self.admin.model)
        # Whatever is shown is joined once; what a function of a row needs is loaded with it.
        for column in self.columns:
            if column.value is None and "." in column.name:
                reach.column(column.name)
        order = []
        for path in (*self._paths(), self.admin.key.name):
            order.append(self._ordered(reach, path, is_reversed))
        if self._few is None:
            found = self._found(reach)
        else:
            query = self.admin.query(self.request)
            found = reach.join(query.where(among(self.admin.key, self._few)))
        found = reach.load(found)
        needed = {name for column in self.columns for name in column.needs}
        needed -= reach.relations  # these are filled from the join
        # Not by a join: it would be made for all the rows before a far page as well.
        loads = [selectinload(getattr(self.admin.model, name)) for name in sorted(needed)]
        return found.options(*loads).order_by(*order)

    def _ordered(self, reach: FieldPaths, path: str, is_reversed: bool) -> Any:
        """Whatever the direction, what is empty comes last."""
        name = reach.order(path.removeprefix("-"))
        column = reach.column(name)
        is_descending = path.startswith("-")
        if not reach.is_nullable(name):
            # Said of a column without nulls, it would only keep Postgres from using the index.
            return column.desc() if is_descending != is_reversed else column.asc()
        if is_reversed:
            return (column.asc() if is_descending else column.desc()).nulls_first()
        return (column.desc() if is_descending else column.asc()).nulls_last()

    @cached_property
    def tab_counts(self) -> dict[str, int]:
        """Name → how many rows it has, whatever is searched for."""
        return {tab.name: self._count(tab) for tab in self.admin.tabs if tab.is_counted}

    def _count(self, tab: Tab) -> int:
        rows = self.admin.query(self.request).where(*self._conditions(tab))
        rows = rows.with_only_columns(self.admin.key).order_by(None)
        return self.request.db.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0

    def _conditions(self, tab: Tab) -> list[Any]:
        return tab.conditions(self.request.identity.user_id)

    def _tab(self) -> Tab | None:
        tabs = self.admin.tabs
        wanted = self.params.get("tab", "")
        return next((tab for tab in tabs if tab.name == wanted), tabs[0] if tabs else None)

    @property
    def _usual_order(self) -> Sequence[str]:
        return (self.tab.order if self.tab else ()) or self.admin.order

    def _order(self) -> str:
        wanted = self.params.get("sort", "")
        known = {column.name: column for column in self.columns if self._sort_of(column)}
        column = known.get(wanted.removeprefix("-"))
        return wanted if column is not None and self._is_sorted(column) else ""

    def _is_sorted(self, column: Column) -> bool:
        first = self._sort_of(column)[0].removeprefix("-")
        return FieldPaths(self.admin.model).is_in_order(first) or self.count <= _MOST_SORTED

    def _paths(self) -> list[str]:
        if not self.order:
            return list(self._usual_order)
        name = self.order.removeprefix("-")
        column = next(column for column in self.columns if column.name == name)
        sign = "-" if self.order.startswith("-") else ""
        return [sign + path for path in self._sort_of(column)]

    def _sort_of(self, column: Column) -> tuple[str, ...]:
        if column.sort is not None:
            return column.sort
        return (column.name,) if column.value is None else ()

    @property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self.columns]

    def _heading(self, column: Column) -> Heading:
        label = column.label or self.admin.label_of(column.name)
        if not self._sort_of(column) or not self._is_sorted(column):
            return Heading(label, None, "", column.name)
        current = self.order or next(iter(self._usual_order), "")
        if current == column.name:
            return self._link(label, f"-{column.name}", "ascending")
        direction = "descending" if current == f"-{column.name}" else ""
        return self._link(label, column.name, direction)

    def _link(self, label: str, sort: str, direction: str) -> Heading:
        return Heading(label, self.url(sort=sort, page=None), direction, sort.removeprefix("-"))

    def cell(self, row: Any, column: Column) -> Any:
        """The value of a column: the thing itself, to be shown or exported."""
        if column.value is not None:
            return self.admin.shown(self.request, column.name, column.value(row))
        value = row
        for part in column.name.split("."):
            value = getattr(value, part, None)
        return self.admin.shown(self.request, column.name, value)

    def cells(self, row: Any) -> list[Any]:
        return [self._drawn(row, column) for column in self.columns]

    def _drawn(self, row: Any, column: Column) -> Any:
        value = self.cell(row, column)
        if isinstance(value, bool | Badge | display.Linked):
            return value
        text = display.text_of(self.request, value)
        if column.href is not None:
            return display.Linked(text, column.href(row))
        return display.Phone(text) if column.name.rpartition(".")[2] in display.PHONES else text

    @property
    def places(self) -> list[str]:
        """The class of each column's cells, which says where it is on a phone's card."""
        title, *lines = self.admin.card_columns
        return [
            "title" if column.name == title else "line" if column.name in lines else "off"
            for column in self.columns
        ]

    @property
    def active_filters(self) -> int:
        return sum(filter.is_active for filter in self.filters)

    def url(self, rest: str = "", **changes: Any) -> str:
        """This list with some parameters changed; None drops one."""
        params = {name: value for name, value in (self.params | changes).items() if value}
        return self.admin.path + rest + ("?" + urlencode(params) if params else "")
