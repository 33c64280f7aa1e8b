"""``--against REF``: the same benchmarks of another commit and of this checkout, in turns.

A loaded machine is slow for both of a pair; the median of the pairs' ratios hardly depends on it.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.house import BenchmarkFailed
from benchmarks.tables import Cell, Table, show
from hhu_base.cli.serve.run import say

# This checkout, and these benchmarks, which measure the other one too.
HERE = Path(__file__).resolve().parents[2]
_DEPENDENCIES = ("setup.py", "constraints.txt", "pyproject.toml")
# Measures what a checkout's own scripts do, for which it needs an environment of its own.
_WITH_SCRIPTS = "start"

Report = Mapping[str, list[dict]]


@dataclass(frozen=True)
class Checkout:
    folder: Path
    python: Path


def compare(ref: str, names: Sequence[str], is_quick: bool, pairs: int) -> dict:
    """Measure in turns and show the ratios; what was measured. Raises BenchmarkFailed."""
    commit = _commit(ref)
    with _checked_out(commit, _WITH_SCRIPTS in names) as other:
        sides = {"before": other, "after": Checkout(HERE, Path(sys.executable))}
        reports: dict[str, list[Report]] = {name: [] for name in sides}
        for number in range(pairs):
            # Now the one begins and now the other.
            for side in sorted(sides, reverse=number % 2 == 0):
                say(f"  第 {number + 1} 对，共 {pairs} 对：{ref if side == 'before' else '本检出'}")
                reports[side].append(_run(sides[side], names, is_quick))
    for name in names:
        say(f"\n== {name}：本检出 ÷ {ref}，{pairs} 对的中位")
        for table in ratios(
            [each[name] for each in reports["before"]], [each[name] for each in reports["after"]]
        ):
            show(table)
    return {"against": commit, **reports}


def ratios(before: Sequence[list[dict]], after: Sequence[list[dict]]) -> list[Table]:
    """For each figure the median of after ÷ before; whole numbers that agree are no figures."""
    tables = []
    for number, table in enumerate(after[0]):
        pairs = [
            (_by_label(old[number]), _by_label(new[number]))
            for old, new in zip(before, after, strict=True)
        ]
        rows = [
            [
                _ratio([(old[key][column], new[key][column]) for old, new in pairs])
                for column in range(len(table["columns"]))
            ]
            for key in _by_label(table)
            if all(key in old and key in new for old, new in pairs)
        ]
        tables.append(Table(table["title"], table["columns"], rows))
    return tables


def _ratio(pairs: Sequence[tuple[Cell, Cell]]) -> Cell:
    _, label = pairs[0]
    if isinstance(label, str) or all(old == new and type(new) is int for old, new in pairs):
        return label
    figures = [
        new / old
        for old, new in pairs
        if isinstance(old, int | float) and isinstance(new, int | float) and old
    ]
    return statistics.median(figures) if figures else None


def _by_label(table: Mapping) -> dict[tuple, Sequence[Cell]]:
    """The rows by what they are called, since they may come in another order."""
    seen: Counter[tuple] = Counter()
    rows = {}
    for row in table["rows"]:
        label = tuple(cell for cell in row if isinstance(cell, str))
        rows[(*label, seen[label])] = row
        seen[label] += 1
    return rows


def _run(checkout: Checkout, names: Sequence[str], is_quick: bool) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.json"
        finished = subprocess.run(
            [checkout.python, "-m", "benchmarks", *names, "--json", path] + ["--quick"] * is_quick,
            cwd=checkout.folder,
            # Before what the environment has installed.
            env=os.environ | {"PYTHONPATH": f"{checkout.folder}{os.pathsep}{HERE / 'scripts'}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if finished.returncode:
            last = "\n".join(finished.stdout.splitlines()[-15:])
            raise BenchmarkFailed(f"测量 {checkout.folder} 失败：\n{last}")
        return json.loads(path.read_text(encoding="utf-8"))["results"]


@contextmanager
def _checked_out(commit: str, has_scripts: bool) -> Iterator[Checkout]:
    """The files of the commit, with our packages where it wants the same ones."""
    with tempfile.TemporaryDirectory(prefix="hhu-bench-") as name:
        folder = Path(name)
        # The embedded PostgreSQL runs under another account than root.
        folder.chmod(0o755)
        with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as files:
            files.extractall(folder, filter="data")
        python = Path(sys.executable)
        if has_scripts or any(_differs(folder, file) for file in _DEPENDENCIES):
            say("  安装它的依赖……")
            subprocess.run(
                ["bash", "-c", ". scripts/_setup.sh; set_up embedded"], cwd=folder, check=True
            )
            python = folder / ".venv" / "bin" / "python"
        yield Checkout(folder, python)


def _differs(folder: Path, file: str) -> bool:
    return (folder / file).read_bytes() != (HERE / file).read_bytes()


def _commit(ref: str) -> str:
    try:
        return (
            _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
            .decode()
            .strip()
        )
    except subprocess.CalledProcessError:
        raise BenchmarkFailed(f"没有这个提交、分支或标签：{ref}") from None


def _git(*words: str) -> bytes:
    try:
        return subprocess.run(["git", *words], cwd=HERE, check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise BenchmarkFailed("--against 需要 git。") from None
