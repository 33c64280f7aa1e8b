"""The rules of a registration form: what an administrator may make of it.

A form is a mapping, field name → rule, in the order in which it is shown::

    {"性别": {"type": "radio", "required": true, "default": "", "choices": ["男", "女"]}}

What a rule may have besides, for pages only, is told in ``form_variants.py``.

The form builder, its preview, the import and the plugin's own code all read forms through
``parse_form``; what was answered is checked by ``answers.py`` against the same rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from hhu_base.values.text import ascii_digits, clean_name, is_storable, trimmed
from hhu_plugins.activities.form_variants import CONDITION, FILLS

TYPES = ("text", "textarea", "number", "radio", "checkbox", "file")
WITH_CHOICES = ("radio", "checkbox")

MOST_FIELDS = 50
MOST_CHOICES = 100
LONGEST_NAME = 1000
_SHOWN_NAME = 50
LONGEST_CHOICE = 100
LONGEST_DEFAULT = 1000
LONGEST_FORM = 64 * 1024  # characters of its JSON

_NUMBER = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{1,10})?")
PROPERTIES = {"type", "required", "default", "choices", "fill", "when"}

ONLY_DIGITS = "名称不能只是数字，手机会打乱这些字段的次序；可以写成“第 1 项”。"
NO_FORM = "表单必须是一个 JSON 对象：字段名称 → 规则。"


class FormError(ValueError):
    """The form is no form; ``problems`` are sentences for people, each naming its field."""

    def __init__(self, *problems: str):
        super().__init__("".join(problems))
        self.problems = list(problems)


def parse_form(form: object) -> dict[str, dict[str, Any]]:
    """The form in its one stored shape, from JSON text or from what was parsed already.

    Raises FormError with everything that is wrong with it.
    """
    if isinstance(form, str):
        form = _load(form)
    if not isinstance(form, Mapping):
        raise FormError(NO_FORM)
    if len(form) > MOST_FIELDS:
        raise FormError(f"表单最多有 {MOST_FIELDS} 个字段。")
    problems: list[str] = []
    result: dict[str, dict[str, Any]] = {}
    for name, rule in form.items():
        problems += _name_problems(name)
        found, checked = _parse_rule(rule)
        problems += [f"字段“{str(name)[:_SHOWN_NAME]}”：{problem}" for problem in found]
        if isinstance(name, str):
            if clean_name(name) in result:
                problems.append(f"字段“{clean_name(name)}”出现了不止一次。")
            result[clean_name(name)] = checked
    problems += _condition_problems(result)
    if problems:
        raise FormError(*problems)
    if len(dump(result)) > LONGEST_FORM:
        raise FormError(f"表单过大，其 JSON 不能超过 {LONGEST_FORM} 个字符。")
    return result


def parse_new_form(form: object, known: Collection[str] = ()) -> dict[str, dict[str, Any]]:
    """A form as somebody saves it; ``known`` are the names that the stored one has.

    The stored ones are taken with any name; a new name must be more than digits, since the phones
    keep forms in objects of JavaScript, which sort such names before all others.
    Raises FormError.
    """
    parsed = parse_form(form)
    numbers = [name for name in parsed if name.isdecimal() and name not in known]
    if numbers:
        raise FormError(*(f"字段“{name}”：{ONLY_DIGITS}" for name in numbers))
    return parsed


def dump(metas: Mapping[str, Any]) -> str:
    """A form, or the answers to one, as the JSON text of the contract."""
    return json.dumps(metas, ensure_ascii=False, allow_nan=False)


def read_number(text: str) -> int | float | None:
    """The number that a digit string stands for; None if it is none."""
    text = ascii_digits(trimmed(text))
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def _load(text: str) -> object:
    if len(text) > 2 * LONGEST_FORM:
        raise FormError(f"表单过大，其 JSON 不能超过 {LONGEST_FORM} 个字符。")
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise FormError(f"第 {error.lineno} 行第 {error.colno} 列不是有效的 JSON。") from None
    except RecursionError:
        raise FormError("JSON 嵌套过深。") from None
    except FormError:
        raise
    except ValueError:
        raise FormError("其中有 JSON 不允许的数值。") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # The last one would win in silence, and a field would be lost.
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise FormError(f"“{name[:_SHOWN_NAME]}”出现了不止一次。")
        result[name] = value
    return result


def _refuse(name: str):
    raise ValueError(name)


def _name_problems(name: object) -> list[str]:
    if not isinstance(name, str) or not clean_name(name):
        return ["字段名称不能为空。"]
    if not is_storable(name):
        return ["字段名称含有空字符或无效字符。"]
    if len(clean_name(name)) > LONGEST_NAME:
        shown = clean_name(name)[:_SHOWN_NAME]
        return [f"字段“{shown}…”：名称不能超过 {LONGEST_NAME} 个字符。"]
    return []


def _parse_rule(rule: object) -> tuple[list[str], dict[str, Any]]:
    """What is wrong with a rule, and its stored shape as far as it could be read."""
    if not isinstance(rule, Mapping):
        return ["规则必须是一个 JSON 对象。"], {}
    kind = rule.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        return [f"类型（type）必须是 {'、'.join(TYPES)} 之一。"], {}
    problems = [f"没有“{str(name)[:20]}”这个属性。" for name in rule if name not in PROPERTIES]
    required = rule.get("required", False)
    if not isinstance(required, bool):
        problems.append("必填（required）必须是 true 或 false。")
    choices, found = _parse_choices(kind, rule.get("choices"))
    default, more = _parse_default(kind, rule.get("default"), choices)
    parsed = {"type": kind, "required": required, "default": default}
    if kind in WITH_CHOICES:
        parsed["choices"] = choices
    if rule.get("fill"):
        parsed["fill"] = rule["fill"]
        if kind != "text" or rule["fill"] not in FILLS:
            problems.append(f"自动填写（fill）只用于单行文字，是 {'、'.join(FILLS)} 之一。")
    if rule.get("when"):
        when = _parse_condition(rule["when"])
        parsed |= {"when": when} if when else {}
        if when is None:
            problems.append('显示条件（when）应写成 {"field": 字段名称, "is": 选项}。')
    return problems + found + more, parsed


def _parse_condition(given: object) -> dict[str, str] | None:
    if not isinstance(given, Mapping) or given.keys() != CONDITION:
        return None
    field, choice = (_text(given[key], LONGEST_NAME, clean_name) for key in ("field", "is"))
    return {"field": field, "is": choice} if field and choice else None


def _condition_problems(form: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A condition speaks of a choice that comes before: whoever fills in the form has made it."""
    problems = []
    earlier: dict[str, Mapping[str, Any]] = {}
    for name, rule in form.items():
        when = rule.get("when")
        if when and when["is"] not in earlier.get(when["field"], {}).get("choices", ()):
            problems.append(
                f"字段“{name[:_SHOWN_NAME]}”：显示条件必须是前面某个单选或多选字段的一个选项。"
            )
        earlier[name] = rule
    return problems


def _parse_choices(kind: str, given: object) -> tuple[list[str], list[str]]:
    if kind not in WITH_CHOICES:
        return [], [] if given in (None, []) else ["只有单选和多选才有选项（choices）。"]
    if not isinstance(given, list) or not given:
        return [], ["选项（choices）必须是一个列表，至少有一项。"]
    if len(given) > MOST_CHOICES:
        return [], [f"选项（choices）最多有 {MOST_CHOICES} 项。"]
    choices = [_text(choice, LONGEST_CHOICE, clean_name) for choice in given]
    if not all(choices):
        return [], [f"每个选项必须是不超过 {LONGEST_CHOICE} 个字符的非空文字。"]
    texts = [choice for choice in choices if choice]
    problems = ["选项（choices）有重复。"] if len(set(texts)) < len(texts) else []
    return texts, problems


def _parse_default(kind: str, given: object, choices: list[str]) -> tuple[Any, list[str]]:
    if kind == "file":
        return "", [] if given in (None, "") else ["文件没有默认值（default）。"]
    if kind == "checkbox":
        if given is None or given == "":
            return [], []
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            return [], ["多选的默认值（default）必须是一个列表。"]
        chosen = {clean_name(each) for each in given}
        wrong = chosen - set(choices)
        return [each for each in choices if each in chosen], (
            ["默认值（default）不在选项之中。"] if wrong else []
        )
    clean = clean_name if kind == "radio" else trimmed
    default = "" if given is None else _text(given, LONGEST_DEFAULT, clean)
    if default is None:
        return "", [f"默认值（default）必须是不超过 {LONGEST_DEFAULT} 个字符的文字。"]
    if kind == "radio" and default and default not in choices:
        return "", ["默认值（default）不在选项之中。"]
    if kind == "number" and default and read_number(default) is None:
        return "", ["默认值（default）不是数字。"]
    return default, []


def _text(value: object, longest: int, clean: Callable[[str], str]) -> str | None:
    """A clean string; a number counts as its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = clean(str(value))
    return text if len(text) <= longest and is_storable(text) else None
