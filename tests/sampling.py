"""Parametrizations of which some cases run each time, and all of them with ``--all``."""

from collections.abc import Iterable

import pytest


def first(count: int, cases: Iterable, names: int = 1) -> list:
    """So many of these each time, the others with ``--all``: the first stand for their kind.

    ``names``: of how many arguments each case is made.
    """
    return [
        case
        if number < count
        else pytest.param(*(case if names > 1 else [case]), marks=pytest.mark.slow)
        for number, case in enumerate(cases)
    ]
