"""Forms that nobody can correct any more: what can be read of them is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hhu_base.values.text import storable
from hhu_plugins.activities.forms import (
    MOST_FIELDS,
    NO_FORM,
    PROPERTIES,
    WITH_CHOICES,
    FormError,
    parse_form,
)

Form = dict[str, dict[str, Any]]


def salvage_form(form: object) -> tuple[Form, list[str]]:
    """The form without the fields that can't be read, and what is wrong with those.

    A rule loses its default, or what no rule has, rather than its field.
    """
    problems: list[str] = []

    def keep_first(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                problems.append(f"“{name[:50]}”出现了不止一次，只保留第一个。")
            else:
                found[name] = value
        return found

    if isinstance(form, str):
        try:
            form = json.loads(form, object_pairs_hook=keep_first, parse_constant=lambda name: None)
        except (ValueError, RecursionError):
            return {}, ["表单不是有效的 JSON，舍弃整个表单。"]
    if not isinstance(form, Mapping):
        return {}, [f"{NO_FORM}舍弃整个表单。"]
    result: Form = {}
    for name, rule in form.items():
        try:
            field, lost = _salvage_field(storable(name), rule)
            if len(result) == MOST_FIELDS:
                raise FormError(f"表单最多有 {MOST_FIELDS} 个字段。")
            if field.keys() & result.keys():
                raise FormError("名称只有首尾的空格不同。")
            # Together they may be too large.
            parse_form(result | field)
        except FormError as error:
            problems.append(f"{error}舍弃字段“{name.strip()[:50]}”。")
        else:
            result |= field
            problems += lost
    return result, problems


def _salvage_field(name: str, rule: object) -> tuple[Form, list[str]]:
    """A form of one field, and what it lost. Raises FormError where nothing helps."""
    try:
        return parse_form({name: rule}), []
    except FormError as error:
        if not isinstance(rule, Mapping):
            raise
        reason = str(error)
    kept = {key: value for key, value in rule.items() if key in PROPERTIES}
    if rule.get("type") not in WITH_CHOICES:
        kept.pop("choices", None)
    elif isinstance(kept.get("choices"), list):
        texts = [str(each).strip() for each in kept["choices"] if isinstance(each, str | int)]
        kept["choices"] = [each for each in dict.fromkeys(texts) if each]
    if not isinstance(kept.get("required"), bool):
        kept.pop("required", None)
    for attempt in (kept, {key: kept[key] for key in kept if key != "default"}):
        try:
            return parse_form({name: attempt}), [reason]
        except FormError:
            continue
    raise FormError(reason)
