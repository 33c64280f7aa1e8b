"""The simulated queue agrees with what is known of queues without simulating them."""

import pytest
from click.testing import CliRunner
from simulation.__main__ import main
from simulation.queue import Costs, most_a_second, simulate


def test_alone_a_request_waits_for_nothing_but_its_own_work():
    found = simulate(Costs(once=1.5, each=0.5, commit=1, beside=2), 1, 1, seconds=100)
    assert found.left == 0
    assert found.percentile(0.5) == pytest.approx(5)
    assert found.transactions == len(found.waits)


def test_none_is_answered_twice_or_forgotten():
    found = simulate(Costs(1, 0.1, 1, 1), 1000, 4, seconds=5)
    assert len(found.waits) + found.left == pytest.approx(5000, rel=0.05)


def test_who_comes_while_others_are_decided_is_decided_with_those_who_came_meanwhile():
    few = simulate(Costs(5, 0.01, 5, 0), 10, 1, seconds=20)
    many = simulate(Costs(5, 0.01, 5, 0), 5000, 1, seconds=5)
    assert many.is_stable
    assert len(many.waits) / many.transactions > 40 * len(few.waits) / few.transactions


def test_a_worker_decides_no_more_than_its_work_for_each_allows():
    costs = Costs(once=1, each=0.5, commit=1, beside=0)
    assert 1600 < most_a_second(costs, 1, within=200) < 2000
    assert not simulate(costs, 2500, 1, seconds=5).is_stable


def test_shards_divide_the_work_for_each_but_not_the_disk():
    of_work = Costs(once=1, each=0.5, commit=0.1, beside=0)
    assert most_a_second(of_work, 4, 200) > 3 * most_a_second(of_work, 1, 200)
    # Where committing is all there is, more of those who commit only wait for each other.
    of_disk = Costs(once=0.01, each=0, commit=10, beside=0)
    one, four = (simulate(of_disk, 500, shards, seconds=10) for shards in (1, 4))
    assert four.percentile(0.5) > 1.5 * one.percentile(0.5)


@pytest.mark.slow
def test_the_command_shows_both_tables():
    result = CliRunner().invoke(main, ["--within", "50"])
    assert result.exit_code == 0, result.output
    assert "16 个分片" in result.output
    assert "99% 在 50 毫秒内" in result.output
