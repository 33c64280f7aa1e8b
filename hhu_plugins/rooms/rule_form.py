"""How something is repeated, as forms have it: a kind, and the fields that belong to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hhu_base.values.refusal import FieldErrors
from hhu_plugins.rooms.models import Term

DAY, WEEK, WEEKS = "day", "week", "weeks"
NO_WEEKS = "请填写教学周，例如：1-16 单周，或 3,5,7-9。"
FIELDS = {DAY: ("every", "until", "count"), WEEK: ("every", "until", "count")} | {
    WEEKS: ("weeks", "term")
}


def texts_of(kind: str, texts: Mapping[str, str], weekdays: Sequence[str]) -> dict[str, Any]:
    """What ``RuleSchema`` reads, of the fields of this kind. Raises FieldErrors."""
    rule: dict[str, Any] = {} if kind == WEEKS else {"every": "1", "unit": kind}
    rule |= {name: text for name in FIELDS[kind] if (text := texts.get(name, "").strip())}
    if kind == WEEKS and "weeks" not in rule:
        raise FieldErrors({"weeks": [NO_WEEKS]})
    if kind != DAY and weekdays:
        rule["weekdays"] = list(weekdays)
    return rule


def terms(request) -> Sequence[Term]:
    """Those that are not over, the next one first."""
    today = datetime.now(request.registry.site_zone).date()
    is_ahead = Term.first_monday + 7 * Term.weeks_count > today
    return request.db.scalars(sa.select(Term).where(is_ahead).order_by(Term.first_monday)).all()
