"""When memory counts as having grown, for the judge at the end of a soak."""

from types import SimpleNamespace

import pytest
from soaking.weighing import EVERY, SHORTEST, WARM_UP, Scale


def judged(held, name: str = "web", seconds: float = 600.0) -> dict[str, bool | None]:
    """The verdict on a program that holds ``held(second)`` MB, all of it in the calm."""
    scale = Scale(SimpleNamespace())  # type: ignore[arg-type]
    scale._samples[name] = [
        (second, held(second)) for second in range(0, int(seconds) + 1, int(EVERY))
    ]
    return {row[0]: row[3] for row in scale.grown(0.0, seconds)}


def test_what_fills_its_caches_and_then_stays_has_not_grown():
    assert judged(lambda second: 140 if second > WARM_UP else 80) == {"web": True}


def test_what_gets_a_little_every_minute_has_grown():
    assert judged(lambda second: 100 + second / 20) == {"web": False}


def test_a_sawtooth_has_not_grown():
    assert judged(lambda second: 100 + second % 50 / 5) == {"web": True}


@pytest.mark.parametrize("name", ["postgres", "some-child"])
def test_what_shares_its_memory_or_comes_and_goes_is_not_judged(name):
    assert judged(lambda second: 100 + second, name) == {name: None}


def test_a_short_calm_is_not_judged():
    assert judged(lambda second: 100 + second, seconds=SHORTEST - 1) == {"web": None}


def test_before_the_calm_only_serve_is_judged():
    """The others were killed and began from nothing."""
    scale = Scale(SimpleNamespace())  # type: ignore[arg-type]
    for name in ("web", "serve"):
        scale._samples[name] = [
            (float(second), 10.0 + second / 20) for second in range(0, 1201, int(EVERY))
        ]
    verdicts = {row[0]: row[3] for row in scale.grown(1100.0, 1200.0)}
    assert verdicts == {"web": None, "serve": False}
