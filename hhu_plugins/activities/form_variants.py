"""One form, seen by different people: filled in from their card, with conditions, or without.

A rule of a stored form may have, besides what every client knows (see ``forms.py``)::

    "fill": "fullname"                        # text: the answer that the person's card proposes
    "when": {"field": "住宿", "is": "是"}     # only asked where an earlier choice is this

and the type ``file``. The clients that are out there know none of it: they get forms, and are
answered, as if it were not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hhu_base.models import User

FILLS = {"fullname": "姓名", "username": "工号", "department": "系所", "phone": "手机"}
CONDITION = {"field", "is"}

Form = Mapping[str, Mapping[str, Any]]


def is_asked(rule: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    """Whether a field is shown to somebody who has answered so far like this.

    A field that depends on one that was not asked is not asked either.
    """
    when = rule.get("when")
    if when is None:
        return True
    answer = answers.get(when["field"])
    return when["is"] in answer if isinstance(answer, list) else answer == when["is"]


def by_itself(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The rule of a field that is looked at alone: nobody can be made to answer what may not be asked."""
    alone = {name: value for name, value in rule.items() if name != "when"}
    return alone | {"required": False} if "when" in rule else alone


def filled(form: Form, person: User | None) -> dict[str, dict[str, Any]]:
    """The form with the answers that the person's card proposes as defaults."""
    return {name: _filled(rule, person) for name, rule in form.items()}


def has_fills(form: Form) -> bool:
    return any("fill" in rule for rule in form.values())


def for_old_clients(form: Form, person: User | None) -> dict[str, dict[str, Any]]:
    """What clients get that know neither conditions nor files.

    Where a file has to be sent, a sentence stands where the form would.
    """
    needed = [name for name, rule in form.items() if _needs_file(rule) and "when" not in rule]
    if needed:
        return {needs_browser(needed): {"type": "text", "required": False, "default": ""}}
    known = ("type", "required", "default", "choices")
    return {
        name: {key: value for key, value in by_itself(rule).items() if key in known}
        for name, rule in filled(form, person).items()
        if rule["type"] != "file"
    }


def needs_browser(names: list[str]) -> str:
    """Why somebody has to enroll in the browser."""
    return f"报名需要上传文件（{'、'.join(names)}），请用浏览器打开教师页面报名。"


def _needs_file(rule: Mapping[str, Any]) -> bool:
    return rule["type"] == "file" and bool(rule.get("required"))


def _filled(rule: Mapping[str, Any], person: User | None) -> dict[str, Any]:
    fill = rule.get("fill")
    if person is None or fill is None:
        return dict(rule)
    if fill == "department":
        value = person.department.name if person.department else ""
    else:
        value = getattr(person, fill) or ""
    return {**rule, "default": value or rule.get("default", "")}
