"""What a list of registrations is asked for: the query string, read leniently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from hhu_base.values.search import SearchError, search_words
from hhu_base.values.text import storable, trimmed
from hhu_plugins.activities import enrollment_search, expressions
from hhu_plugins.activities.expressions import sentences
from hhu_plugins.activities.models import Activity

# Of those without a department.
NO_DEPARTMENT = "none"
_LONGEST = 100
_LONGEST_FIELD = 1000
_MOST_CHIPS = 12
_NAMES = (
    *("activity", "department", "from", "to", "held_from", "held_to", "came"),
    *("q", "field", "answer", "e"),
)


@dataclass(frozen=True)
class Problem:
    """What can't be read of an expression: ``before`` is readable, ``at`` is where it stops."""

    sentence: str
    before: str
    at: str
    after: str


@dataclass(frozen=True)
class Chip:
    """A clock-in item above the list: what the sentence says of it, and where each choice leads."""

    label: str
    state: bool | None
    # Title, whether it is chosen, and the query string that chooses it.
    choices: list[tuple[str, bool, str]]


class Asked:
    """The filters of a request. An expression that can't be read leaves the last good one."""

    def __init__(self, request):
        self.params = {name: _clean(request.GET.get(name, "")) for name in _NAMES}
        self.params["q"], self.search_problem = person_searched(request)
        self.expression = self.good_expression = trimmed(storable(request.GET.get("e", "")))
        zone = request.registry.site_zone
        self.activity_id = identifier(self.params["activity"])
        self.activity = (
            request.db.get(Activity, self.activity_id) if self.activity_id is not None else None
        )
        self.labels = enrollment_search.labels(request.db, self.activity_id)
        first = _midnight(self.params["from"], zone)
        last = _midnight(self.params["to"], zone)
        name, text = self.params["field"], self.params["answer"]
        filters = enrollment_search.Filters(
            activity_id=self.activity_id,
            department_id=identifier(self.params["department"]),
            enrolled_from=first,
            enrolled_to=_next(last),
            held_from=_midnight(self.params["held_from"], zone),
            held_to=_next(_midnight(self.params["held_to"], zone)),
            has_come={"yes": True, "no": False}.get(self.params["came"]),
            has_no_department=self.params["department"] == NO_DEPARTMENT,
            person="" if self.search_problem else self.params["q"],
            answers={name: text} if name and text else {},
        )
        self.problem: Problem | None = None
        try:
            expression = expressions.parse(self.expression, self.labels)
        except expressions.ExpressionError as error:
            self.problem = _problem(self.expression, error)
            self.good_expression = trimmed(storable(request.GET.get("was", "")))
            try:
                expression = expressions.parse(self.good_expression, self.labels)
            except expressions.ExpressionError:
                self.good_expression, expression = "", None
        self.filters = replace(filters, expression=expression)
        self.hidden = _hidden(request)
        self.sort = trimmed(storable(request.GET.get("sort", "")))[:_LONGEST_FIELD]

    @property
    def understood(self) -> list[sentences.Word]:
        """What the sentence was taken to mean."""
        return sentences.words(self.filters.expression)

    @property
    def chips(self) -> list[Chip]:
        """One for each clock-in; of all activities together there would be too many."""
        if self.activity is None and len(self.labels) > _MOST_CHIPS:
            return []
        return [self._chip(label) for label in self.labels]

    def _chip(self, label: str) -> Chip:
        now = sentences.state(self.filters.expression, label)
        choices = []
        for title, wanted in (("不限", None), ("已", True), ("未", False)):
            changed = sentences.with_state(self.filters.expression, label, wanted)
            text = sentences.sentence(changed, self.labels)
            if text or changed is None:
                choices.append((title, wanted is now, self.query(e=text)))
        return Chip(label, now, choices)

    @property
    def is_active(self) -> bool:
        """Whether anything is on besides the activity, whose page this is."""
        return any(value for name, value in self.params.items() if name != "activity")

    @property
    def active_filters(self) -> int:
        """How many are on, of those that fold on a phone; the activity is the page's title."""
        pairs = {"held_from": "held_to", "from": "to", "answer": "", "field": "answer"}
        on = {name for name, value in self.params.items() if value} - {"q", "activity"}
        return sum(pairs.get(name) not in on for name in on if name != "field")

    def query(self, **changes: object) -> str:
        """What is shown, as a query string."""
        params = {**self.params, "e": self.good_expression, "sort": self.sort, **changes}
        kept = [(name, value) for name, value in params.items() if value]
        return urlencode(kept + [("hide", name) for name in self.hidden])


def person_searched(request) -> tuple[str, str]:
    """Who is looked for, and why it can't be, if it can't; the page is then a 400."""
    text = request.GET.get("q", "").replace("\0", "").encode("utf-8", "replace").decode().strip()
    try:
        search_words(text)
    except SearchError as refusal:
        request.response.status = 400
        return text, str(refusal)
    return text, ""


def identifier(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def page_number(request) -> int:
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def _hidden(request) -> list[str]:
    """The columns that are not shown: by name, or of a form all those that are not ticked."""
    given = request.GET
    names = given.getall("hide")
    if "columns" in given:
        ticked = set(given.getall("column"))
        names = [name for name in given.getall("columns") if name not in ticked]
    return list(dict.fromkeys(storable(name)[:_LONGEST_FIELD] for name in names))


def _clean(text: str) -> str:
    return trimmed(storable(text))[:_LONGEST]


def _midnight(text: str, zone) -> datetime | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return datetime.combine(day, time(), zone) if 1970 <= day.year <= 9998 else None


def _next(midnight: datetime | None) -> datetime | None:
    return midnight + timedelta(days=1) if midnight else None


def _problem(text: str, error: expressions.ExpressionError) -> Problem:
    at = error.position
    return Problem(str(error), text[:at], text[at : at + 1], text[at + 1 :])
