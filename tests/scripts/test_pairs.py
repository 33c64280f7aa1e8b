"""``scripts/bench --against``: ratios of figures that were measured in turns."""

import pytest
from benchmarks import pairs
from benchmarks.__main__ import main
from click.testing import CliRunner


def table(*rows):
    return [
        {"title": "页面", "columns": ["页面", "数", "毫秒"], "rows": [list(row) for row in rows]}
    ]


def ratios(before, after):
    [found] = pairs.ratios(before, after)
    return [list(row) for row in found.rows]


def test_each_figure_is_the_median_of_what_the_pairs_say():
    before = [table(["a", 8, 10.0]), table(["a", 8, 100.0]), table(["a", 8, 1.0])]
    after = [table(["a", 8, 5.0]), table(["a", 8, 30.0]), table(["a", 8, 4.0])]
    assert ratios(before, after) == [["a", 8, 0.5]]


def test_rows_belong_together_by_their_names_in_whatever_order_they_come():
    before = [table(["b", 1, 10.0], ["a", 1, 2.0], ["gone", 1, 2.0])]
    after = [table(["a", 1, 1.0], ["b", 1, 20.0])]
    assert ratios(before, after) == [["a", 1, 0.5], ["b", 1, 2.0]]


def test_rows_of_one_name_belong_together_by_their_order():
    before = [table(["a", 50, 10.0], ["a", 200, 2.0])]
    after = [table(["a", 50, 5.0], ["a", 200, 4.0])]
    assert ratios(before, after) == [["a", 50, 0.5], ["a", 200, 2.0]]


def test_what_was_not_measured_has_no_ratio():
    assert ratios([table(["a", 1, None])], [table(["a", 1, 3.0])]) == [["a", 1, None]]
    assert ratios([table(["a", 1, 0.0])], [table(["a", 1, 3.0])]) == [["a", 1, None]]


@pytest.mark.parametrize("ref", ["no-such-branch", "--all", "", "HEAD:README.md"])
def test_a_ref_that_is_none_is_named_before_anything_is_measured(ref):
    result = CliRunner().invoke(main, ["contacts", "--against", ref])
    assert result.exit_code == 1
    assert f"没有这个提交、分支或标签：{ref}" in result.output


def test_so_is_a_benchmark_that_is_none():
    result = CliRunner().invoke(main, ["no-such"])
    assert result.exit_code == 2
    assert "no-such" in result.output
