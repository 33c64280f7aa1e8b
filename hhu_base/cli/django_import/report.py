"""What a takeover tells: sentences by what they say, then a line for each model, which add up."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from hhu_base.cli.django_import.dump import Record
from hhu_base.cli.django_import.importer import DjangoImport
from hhu_base.cli.django_import.records import PRESENT, SET_ASIDE, TAKEN
from hhu_base.cli.django_import.runner import DJANGO, OFF, UNKNOWN

_OUTCOMES = (TAKEN, PRESENT, SET_ASIDE, OFF, DJANGO, UNKNOWN)
_MOST_KEYS = 20
_LONGEST_VALUE = 60
# Of these it is told that they differ, and not how.
_SECRET = frozenset({"password", "wechat_openid"})


def refused(takeover: DjangoImport) -> list[Record]:
    return [record for records in takeover.dump.values() for record in records if record.reasons]


def counts(takeover: DjangoImport) -> dict[str, Counter[str]]:
    """Model → outcome → how many records; each record has exactly one."""
    return {
        model: Counter(record.outcome for record in records)
        for model, records in sorted(takeover.dump.items())
    }


def lines(takeover: DjangoImport) -> Iterator[str]:
    """All that there is to tell, the figures last."""
    yield from _section("要解决的问题", takeover.problems)
    reasons = ((record, reason) for record in refused(takeover) for reason in record.reasons)
    yield from _section("不能导入的记录", _grouped(reasons))
    yield from _section("以前导入过、后来在原系统有变化的", _differences(takeover))
    yield from _section("说明", [*_grouped(takeover.notes), *takeover.remarks, *_remarks(takeover)])
    total: Counter[str] = Counter()
    for model, by_outcome in counts(takeover).items():
        total += by_outcome
        yield f"{model}：{_sum(by_outcome)}"
    yield f"合计：{_sum(total)}"


def write_refused(takeover: DjangoImport, path: Path) -> None:
    """The refused records with their reasons, one JSON object a line; for their owner's eyes."""
    if path.is_file():
        path.unlink()  # others may read it, and would read on
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        for record in refused(takeover):
            line = {"model": record.model, "pk": record.pk, "reasons": record.reasons}
            # Lone surrogates would not be UTF-8; as escapes they can be kept.
            text = json.dumps({**line, "fields": record.fields}, ensure_ascii=False)
            file.write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def _sum(by_outcome: Counter[str]) -> str:
    always = (TAKEN, PRESENT, SET_ASIDE)
    parts = [
        f"{outcome} {by_outcome[outcome]}"
        for outcome in _OUTCOMES
        if by_outcome[outcome] or (outcome in always and any(by_outcome[it] for it in always))
    ]
    return f"共 {by_outcome.total()} = {' + '.join(parts)}"


def _section(title: str, sentences: Iterable[str]) -> Iterator[str]:
    found = list(sentences)
    if found:
        yield f"{title}："
        yield from (f"  {sentence}" for sentence in found)


def _grouped(told: Iterable[tuple[Record, str]]) -> Iterator[str]:
    """What is said of several records of a model is said once."""
    keys: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for record, sentence in told:
        keys[record.model, sentence].append(record.pk)
    for (model, sentence), pks in keys.items():
        shown = "、".join(f"#{pk}" for pk in pks[:_MOST_KEYS])
        more = f"等 {len(pks)} 条" if len(pks) > _MOST_KEYS else ""
        yield f"{model} {shown}{more}：{sentence}"


def _differences(takeover: DjangoImport) -> Iterator[str]:
    number = 0
    for difference in takeover.differences:
        if difference.changed:
            number += 1
            changes = "；".join(
                f"{name} {_shown(takeover, name, old)} → {_shown(takeover, name, new)}"
                for name, (old, new) in difference.changed.items()
            )
            yield f"{difference.record.model} #{difference.record.pk}：{changes}"
    if number:
        done = "按原系统更新" if takeover.is_update else "保留这里的内容；加上 --update 才会更新"
        yield f"共 {number} 条有变化，{done}。"


def _shown(takeover: DjangoImport, name: str, value: Any) -> str:
    if name in _SECRET:
        return "（不显示）"
    if value in (None, "", []):
        return "（空）"
    if isinstance(value, datetime):
        return f"{value.astimezone(takeover.zone):%Y-%m-%d %H:%M:%S}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def _remarks(takeover: DjangoImport) -> Iterator[str]:
    edited = Counter(it.record.model for it in takeover.differences if it.is_edited_here)
    for model, number in edited.items():
        yield f"{model}：{number} 条导入以后在这里改过，保留这里的内容。"
    if takeover.naive_times:
        yield f"{takeover.naive_times} 个时间没有时区，按站点的时区 {takeover.zone} 理解。"
    if takeover.bad_addresses:
        number = len(takeover.bad_addresses)
        yield from _grouped((record, "邮箱地址不合法") for record in takeover.bad_addresses)
        yield f"{number} 个邮箱地址不合法，照样导入，但寄不到。"
