"""The registration form of an activity as its administrator made it, in the teachers' pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hhu_plugins.activities.answers import LONGEST_TEXT, LONGEST_TEXTAREA, BadAnswers, clean

_HINT_IN_SENTENCE = "（字段："


@dataclass(frozen=True)
class FormField:
    """A field as it is drawn: ``id`` is its name in the form, since a label may be anything."""

    id: str
    name: str
    kind: str
    is_required: bool
    choices: list[str]
    value: Any
    longest: int
    error: str = ""


def fields(
    form: Mapping[str, Any], answers: Mapping[str, Any] | None = None, *, is_checked: bool = False
) -> list[FormField]:
    """The fields with these answers, or their defaults; ``is_checked``: with what is wrong, too."""
    made = []
    for number, (name, rule) in enumerate(form.items()):
        default = rule.get("default") or ([] if rule["type"] == "checkbox" else "")
        value = default if answers is None else answers.get(name, default)
        made.append(
            FormField(
                id=f"f{number}",
                name=name,
                kind=rule["type"],
                is_required=bool(rule.get("required")),
                choices=list(rule.get("choices", ())),
                value=value,
                longest=LONGEST_TEXTAREA if rule["type"] == "textarea" else LONGEST_TEXT,
                error=_problem(name, rule, value) if is_checked else "",
            )
        )
    return made


def read(form: Mapping[str, Any], posted) -> dict[str, Any]:
    """What was filled in, as REST gets it: field → text, or list of texts."""
    return {
        name: posted.getall(f"f{number}")
        if rule["type"] == "checkbox"
        else posted.get(f"f{number}", "")
        for number, (name, rule) in enumerate(form.items())
    }


def _problem(name: str, rule: Mapping[str, Any], value: Any) -> str:
    try:
        clean({name: rule}, {name: value})
    except BadAnswers as problem:
        # The field's name is right above.
        return str(problem).partition(_HINT_IN_SENTENCE)[0]
    return ""
