"""The answers to a registration form: checked and cleaned by the form's own rules.

One function for the mini-program, the preview and the administrators' edit form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hhu_base.values.text import clean_name, is_blank, is_storable, trimmed
from hhu_plugins.activities.form_variants import is_asked, needs_browser
from hhu_plugins.activities.forms import read_number

LONGEST_TEXT = 1000
LONGEST_TEXTAREA = 10_000
LONGEST_ANSWERS = 256 * 1024  # characters of their JSON

FileAnswer = dict[str, Any]  # {"file": its id, "name": "证明.pdf"}

NO_ANSWERS = "报名失败：报名表单不合法。"


class BadAnswers(ValueError):
    """The message is the first thing that is wrong, a sentence for people."""


def clean(
    form: Mapping[str, Any], given: object, files: Mapping[str, FileAnswer] | None = None
) -> dict[str, Any]:
    """The answers to ``form``, in its order, from JSON text or an object.

    Fields left out have their default, numbers are numbers, unknown names are dropped, and so is
    what is not asked of somebody who answers so. ``files``: what was sent for fields of this kind;
    None: the client can't send any.
    Raises BadAnswers.
    """
    answers = _read(given)
    cleaned: dict[str, Any] = {}
    for name, rule in form.items():
        if not is_asked(rule, cleaned):
            continue
        if rule["type"] == "file":
            cleaned[name] = _clean_file(name, rule, files)
        else:
            cleaned[name] = _clean_field(name, rule, answers.get(name))
    return cleaned


def shown(answer: Any) -> str:
    """An answer as people read it."""
    if isinstance(answer, list):
        return "、".join(map(str, answer))
    if isinstance(answer, Mapping):
        return str(answer.get("name", ""))
    return "" if answer is None else str(answer)


def for_clients(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Stored answers as the contract has them: of a file its name."""
    return {
        name: shown(answer) if isinstance(answer, Mapping) else answer
        for name, answer in answers.items()
    }


def _clean_file(
    name: str, rule: Mapping[str, Any], files: Mapping[str, FileAnswer] | None
) -> FileAnswer | str:
    if files and name in files:
        return files[name]
    if rule.get("required"):
        raise BadAnswers(
            needs_browser([name]) if files is None else f"请上传“{name}”。（字段：{name}）"
        )
    return ""


def _read(given: object) -> Mapping[str, Any]:
    if isinstance(given, str):
        if len(given) > LONGEST_ANSWERS:
            raise BadAnswers(NO_ANSWERS)
        try:
            given = json.loads(given, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise BadAnswers(NO_ANSWERS) from None
    if not isinstance(given, Mapping):
        raise BadAnswers(NO_ANSWERS)
    return given


def _refuse(name: str):
    raise ValueError(name)


def _clean_field(name: str, rule: Mapping[str, Any], answer: object) -> Any:
    kind = rule["type"]
    if _is_empty(answer):
        if rule.get("required"):
            raise BadAnswers(f"必填项{name}不得为空。（字段：{name}）")
        return _without_answer(kind, rule, answer)
    if kind == "number":
        return _clean_number(name, answer)
    if kind == "radio":
        return _clean_radio(name, rule, answer)
    if kind == "checkbox":
        return _clean_checkbox(name, rule, answer)
    return _clean_text(name, kind, answer)


def _is_empty(answer: object) -> bool:
    # Zero is an answer.
    return answer is None or answer == [] or (isinstance(answer, str) and is_blank(answer))


def _without_answer(kind: str, rule: Mapping[str, Any], answer: object) -> Any:
    """What stands for nothing: what was emptied on purpose stays empty, the rest has its default."""
    if kind == "checkbox":
        return [] if answer == [] else list(rule.get("default") or [])
    if kind in ("text", "textarea") and answer is not None:
        return ""
    default = rule.get("default") or ""
    if kind == "number":
        number = read_number(str(default))
        return default if number is None else number
    return default


def _clean_text(name: str, kind: str, answer: object) -> str:
    text = _as_text(answer)
    if text is None:
        raise BadAnswers(NO_ANSWERS)
    if not is_storable(text):
        raise BadAnswers(f"不允许包含空字符或无效字符。（字段：{name}）")
    longest = LONGEST_TEXTAREA if kind == "textarea" else LONGEST_TEXT
    if len(text) > longest:
        raise BadAnswers(f"请确保这个字段不能超过 {longest} 个字符。（字段：{name}）")
    return trimmed(text)


def _clean_number(name: str, answer: object) -> int | float:
    number: int | float | None = None
    if isinstance(answer, str):
        number = read_number(answer)
    elif isinstance(answer, int | float) and not isinstance(answer, bool):
        number = answer
    # Within these bounds every number is exact in JSON, in JavaScript and in a spreadsheet.
    # Written so that NaN, which is neither smaller nor greater, does not slip through.
    if number is None or not abs(number) < 10**15:
        raise BadAnswers(f"数字不合法（字段：{name}）")
    return number


def _clean_radio(name: str, rule: Mapping[str, Any], answer: object) -> str:
    text = _as_text(answer)
    chosen = None if text is None else _choices(rule).get(clean_name(text))
    if chosen is None:
        raise BadAnswers(f"单选项不合法（字段：{name}）")
    return chosen


def _clean_checkbox(name: str, rule: Mapping[str, Any], answer: object) -> list[str]:
    texts = [_as_text(each) for each in answer] if isinstance(answer, list) else [None]
    chosen = {clean_name(text) for text in texts if text is not None}
    choices = _choices(rule)
    if None in texts or not chosen <= choices.keys():
        raise BadAnswers(f"多选项不合法（字段：{name}）")
    return [choice for clean, choice in choices.items() if clean in chosen]


def _choices(rule: Mapping[str, Any]) -> dict[str, str]:
    """The choices by what they look like: old forms may have some with invisible characters."""
    return {clean_name(choice): choice for choice in rule["choices"]}


def _as_text(answer: object) -> str | None:
    """A string; a number counts as its digits."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return None
    # Only what a person would write in digits: longer ones cost time, and NaN is no number.
    return str(answer) if abs(answer) < 10**15 else None
