"""``ModelAdmin``: what a plugin says about a table so that its pages are drawn.

Attributes say what is shown; the methods are the rules that a plugin may replace. The first line
of the docstring is the title and the menu line.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import colander
import sqlalchemy as sa

from hhu_base.values.form_fields import choices_of


@dataclass(frozen=True)
class Column:
    """A column of a list that is more than a field.

    ``name``: a field, or ``relation.field``. ``value``: function of the row, for what no field
    holds. ``sort``: the fields to sort by, if the list can be. ``needs``: relations to be loaded
    for ``value``. ``href``: where a click on it leads, by the row. Where no index has its order, the
    list is sorted by it only while few are found.
    """

    name: str
    label: str | None = None
    value: Callable[[Any], Any] | None = None
    sort: tuple[str, ...] | None = None
    needs: tuple[str, ...] = ()
    href: Callable[[Any], str] | None = None


@dataclass(frozen=True)
class Action:
    """Something that can be done to a row, or to several: ``do(request, row, **values)``.

    ``do_many(request, rows, seen, **values)`` instead does it to all that were chosen, records it,
    and returns id → sentence of the rows that somebody else had first; ``done`` is what is said of
    the others, with their number in braces. ``seen`` is id → text of the ``state`` that each row had
    on the page. ``too_late`` says of a row why it is too late for it.

    It is asked about first: ``confirm`` is the question, ``schema`` what has to be filled in.
    ``is_for`` says for which rows it makes sense; with ``is_in_list`` these have a button in the
    list itself, which asks there: for what is done every day, and asks for no more than texts.
    """

    name: str
    title: str
    do: Callable[..., Any] | None = None
    confirm: str = ""
    schema: type[colander.MappingSchema] | None = None
    is_for: Callable[[Any], bool] = lambda row: True
    is_bulk: bool = True
    is_in_list: bool = False
    icon: str = "arrow-right-circle"
    style: str = "outline-secondary"
    do_many: Callable[..., dict[int, str]] | None = None
    state: Callable[[Any], Any] | None = None
    too_late: Callable[[Any], str] | None = None
    done: str = ""


@dataclass(frozen=True)
class Tab:
    """A part of a table that people look at by itself; the first tab is what a list opens with.

    ``condition`` is a function without arguments, so that it can speak of now, or ``of_user`` one of
    the id of who looks; ``order`` replaces the table's. ``is_counted``: its title says how many.
    ``without``: the columns that say nothing there.
    """

    name: str
    title: str
    condition: Callable[[], Any] | None = None
    order: Sequence[str] = ()
    of_user: Callable[[int], Any] | None = None
    is_counted: bool = False
    without: Sequence[str] = ()

    def conditions(self, user_id: int) -> list[Any]:
        """What holds of its rows."""
        found = [self.condition()] if self.condition else []
        return found + ([self.of_user(user_id)] if self.of_user else [])


class Badge(str):
    """A text that a list shows in a colour: ``good``, ``bad``, ``warn`` or ``calm``."""

    tone: str

    def __new__(cls, text: str, tone: str) -> Badge:
        made = super().__new__(cls, text)
        made.tone = tone
        return made


@dataclass(frozen=True)
class Link:
    """A page about the whole table, besides those that every table has.

    ``rest`` follows the table's path; ``permission`` is ``view`` or ``change``.
    """

    title: str
    rest: str
    icon: str = "box-arrow-up-right"
    permission: str = "view"


class ModelAdmin:
    """The pages of one table."""

    path: str  # /admin/<plugin>/<table>/
    model: Any
    schema: type[colander.MappingSchema] = colander.MappingSchema
    columns: Sequence[str | Column] = ()
    # What a row is called on a phone, where it is a card, and the lines below; else the first four.
    card: Sequence[str] = ()
    # What they are counted by: 26 位教师.
    unit = "条"
    # Fields, or relation.field, in which every word of a search is looked for.
    search: Sequence[str] = ()
    # Fields, or relation.field: a foreign key, a yes or no, a choice, a moment, or the values that
    # occur, also in lists.
    filters: Sequence[str] = ()
    # Fields; "-name" is descending. The key is added, so that the order is total.
    order: Sequence[str] = ("-id",)
    actions: Sequence[Action] = ()
    # Buttons above the list, and further lines of its menu 导出.
    links: Sequence[Link] = ()
    exports: Sequence[Link] = ()
    tabs: Sequence[Tab] = ()
    # Fields of the form whose values tell a row from all others, such as ("location", "name"): then
    # rows can be imported from a spreadsheet, whose columns are the titles of the form's fields.
    import_key: Sequence[str] = ()
    # Fields that 保存并再新增一条 keeps for the next one.
    kept: Sequence[str] = ()
    # Titles of fields that are not in the schema.
    labels: dict[str, str] = {}
    icon = "table"
    hint = ""
    page_size = 50
    can_add = can_change = can_delete = True
    # Those of the same number stand in the menu as they were declared.
    menu_order = 0
    # What a row's page looks like; ``row_context`` gives what the template needs besides.
    row_template = "hhu_base.admin:templates/row.jinja2"
    only_superusers = False
    is_in_menu = True
    # The site's; set when the table is declared.
    zone: tzinfo

    def __init__(self) -> None:
        _, _, self.plugin, self.table, _ = self.path.split("/")
        self.title = inspect.cleandoc(self.__doc__ or self.table).splitlines()[0].rstrip("。.")
        self.key: Any = sa.inspect(self.model).primary_key[0]
        self.nodes = {node.name: node for node in self.schema().children}
        self.all_columns = [
            each if isinstance(each, Column) else Column(each) for each in self.columns
        ]
        if self.import_key:
            self.links = (*self.links, Link("导入", "import", "upload", "change"))
        # Plugins whose forms point to this table; known once all tables are declared.
        self.pointed_at_by: set[str] = set()

    # What a plugin may replace.

    def label(self, row) -> str:
        """What people call the row."""
        return str(getattr(row, "name", f"#{row.id}"))

    def note(self, row) -> str:
        """What is said beside the label, where one of several rows is chosen."""
        return ""

    def query(self, request) -> sa.Select:
        """The rows that this page is about."""
        return sa.select(self.model)

    def form_schema(self, request, row) -> colander.MappingSchema:
        """The schema of the form for ``row`` (None: a new one), not yet bound; drop or add nodes."""
        return self.schema().clone()

    def shown(self, request, name: str, value: Any) -> Any:
        """What a list and a filter show for the value of a field or column."""
        titles = dict(choices_of(self.nodes[name])) if name in self.nodes else {}
        if isinstance(value, list):
            return [titles.get(each, each) for each in value]
        return titles.get(value, value)

    def filter_options(self, request, name: str) -> dict[str, str] | None:
        """What a filter of whole numbers offers, value → text, where no foreign key says it."""
        return None

    def read(self, request, row) -> dict[str, Any]:
        """The values of the form's fields."""
        return {name: getattr(row, name) for name in self.nodes if hasattr(row, name)}

    def write(self, request, row, values: dict[str, Any]) -> None:
        """Give the row the values that have changed; for a new one that is all of them."""
        for name, value in values.items():
            setattr(row, name, value)

    def save(self, request, row, values: dict[str, Any], is_new: bool) -> None:
        """Write and store. A rule may refuse by raising ``Refusal`` or ``FieldErrors``."""
        self.write(request, row, values)
        request.db.add(row)
        request.db.flush()

    def delete(self, request, row) -> None:
        request.db.delete(row)
        request.db.flush()

    def refusal(self, request, row) -> str | None:
        """Why the person who asks may not change or delete this row, or None."""
        return None

    def closed(self, request, row) -> str | None:
        """Why the form of this row cannot be saved, while its actions still can be done; or None."""
        return None

    def facts(self, request, row) -> Sequence[tuple[str, Any]]:
        """What the row's page says above the form: pairs of title and value."""
        return ()

    def row_context(self, request, row) -> dict[str, Any]:
        """What ``row_template`` needs besides what every row's page has."""
        return {}

    def row_url(self, request, row) -> str:
        """Where the row's page is drawn again: of one with tabs, the same tab."""
        return self.url(row)

    def before_writing(self, request) -> None:
        """Take the locks that have to be taken before those of the rows."""

    # What the pages ask.

    def new(self, request) -> Any:
        return self.model()

    def label_of(self, name: str) -> str:
        if name in self.labels:
            return self.labels[name]
        if name in self.nodes and self.nodes[name].title:
            return self.nodes[name].title
        return "编号" if name == "id" else name

    def counted(self, number: int) -> str:
        """``26 位教师``."""
        return f"{number} {self.unit}{self.title}"

    @property
    def card_columns(self) -> list[str]:
        """The names of the columns that a row has on a phone, the title first."""
        return list(self.card) or [column.name for column in self.all_columns[:4]]

    def url(self, row=None, rest: str = "") -> str:
        return f"{self.path}{row.id}/{rest}" if row is not None else self.path + rest

    def action(self, name: str) -> Action | None:
        return next((action for action in self.actions if action.name == name), None)
