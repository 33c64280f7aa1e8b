"""What a benchmark hands back, and how it is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from hhu_base.cli.serve.run import say

Cell = str | int | float | None


@dataclass(frozen=True)
class Goal:
    """A figure that is to be reached; ``reached`` may be a person's "almost", never ours."""

    name: str
    wanted: str
    measured: float
    reached: bool


@dataclass
class Table:
    """Rows of figures with the same columns, and the goals that they are held against."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[Cell]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def at_most(self, name: str, measured: float, limit: float, unit: str) -> None:
        self.goals.append(Goal(name, f"≤ {limit:g} {unit}", measured, measured <= limit))

    def at_least(self, name: str, measured: float, limit: float, unit: str) -> None:
        self.goals.append(Goal(name, f"≥ {limit:g} {unit}", measured, measured >= limit))


def show(table: Table) -> None:
    """Print it for people."""
    lines = [[*table.columns], *([_text(cell) for cell in row] for row in table.rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(table.columns))]
    say(f"\n{table.title}")
    for line in lines:
        first, *others = (_pad(text, width) for text, width in zip(line, widths, strict=True))
        # Names to the left, figures to the right.
        say("  " + "  ".join([first.rstrip() + " " * (len(first) - len(first.rstrip())), *others]))
    for goal in table.goals:
        mark = "达到" if goal.reached else "未达到"
        say(f"  {mark}：{goal.name} {_text(goal.measured)}（目标 {goal.wanted}）")


def _text(cell: Cell) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def _pad(text: str, width: int) -> str:
    blanks = " " * (width - _width(text))
    is_figure = text[:1].isdigit() or text in ("–", "")
    return blanks + text if is_figure else text + blanks


def _width(text: str) -> int:
    # A Chinese character takes the place of two.
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
