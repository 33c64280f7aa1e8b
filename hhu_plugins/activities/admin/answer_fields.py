"""The answers of one registration as a form, by the rules of the activity's own form.

The office may answer any field, whatever its condition says.
"""

from __future__ import annotations

from typing import Any

import colander

from hhu_base.admin import Choice
from hhu_base.rest import Text
from hhu_base.values.refusal import FieldErrors
from hhu_plugins.activities.answers import BadAnswers, clean, shown
from hhu_plugins.activities.form_variants import by_itself
from hhu_plugins.activities.models import Enrollment


def schema(row: Enrollment) -> colander.MappingSchema:
    """A node for each field of the form; ``f0``, ``f1``, …, since a label may be anything."""
    made = colander.MappingSchema()
    for number, (name, rule) in enumerate(row.activity.form_metas.items()):
        # A file is not typed: the page shows it below.
        if rule["type"] != "file":
            alone = by_itself(rule)
            made.add(_node(f"f{number}", name, alone, row.participating_metas.get(name)))
    return made


def read(row: Enrollment) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for number, (name, rule) in enumerate(row.activity.form_metas.items()):
        if rule["type"] == "file":
            continue
        answer = row.participating_metas.get(name)
        is_list = rule["type"] == "checkbox"
        values[f"f{number}"] = _texts(answer) if is_list else shown(answer)
    return values


def write(row: Enrollment, values: dict[str, Any]) -> None:
    """Change the answers that were touched; the others stay, whatever the form says today."""
    names = dict(enumerate(row.activity.form_metas))
    answers = dict(row.participating_metas)
    for node_name, value in values.items():
        name = names[int(node_name[1:])]
        try:
            answers |= clean({name: by_itself(row.activity.form_metas[name])}, {name: value})
        except BadAnswers as problem:
            raise FieldErrors({node_name: [str(problem)]}) from None
    row.participating_metas = answers


def old_answers(row: Enrollment) -> list[tuple[str, str]]:
    """What was answered to fields that the form no longer has."""
    form = row.activity.form_metas
    return [(k, shown(answer)) for k, answer in row.participating_metas.items() if k not in form]


def texts(row: Enrollment) -> dict[str, str]:
    """Field → answer, of those that have one."""
    pairs = ((name, shown(answer)) for name, answer in row.participating_metas.items())
    return {name: text for name, text in pairs if text}


def exported(answer: Any) -> Any:
    is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
    return answer if is_number else shown(answer)


def _node(node_name: str, title: str, rule: dict[str, Any], answer: Any) -> colander.SchemaNode:
    kind = rule["type"]
    common: dict[str, Any] = {"name": node_name, "title": title}
    if kind == "checkbox":
        return Choice(_choices(rule, _texts(answer)), several=True, **common)
    if not rule.get("required"):
        common |= {"blank": True, "missing": ""}
    if kind == "radio":
        return Choice(_choices(rule, [shown(answer)]), **common)
    return Text(max_length=None if kind == "textarea" else 1000, **common)


def _choices(rule: dict[str, Any], given: list[str]) -> list[tuple[str, str]]:
    """Those of the form, and what was chosen when it had others."""
    gone = [each for each in given if each and each not in rule["choices"]]
    return [(each, each) for each in rule["choices"]] + [
        (each, f"{each}（表单中已没有）") for each in gone
    ]


def _texts(answer: Any) -> list[str]:
    if isinstance(answer, list):
        return [str(each) for each in answer]
    return [str(answer)] if answer else []
