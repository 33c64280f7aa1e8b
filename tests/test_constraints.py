"""The pinned versions can be installed on every Python that we promise, its first releases too."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PINS = dict(re.findall(r"^([^#\s=]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.M))
# The first of each, and the one that Debian 12 brings.
PYTHONS = ["3.11.0", "3.11.2", "3.12.0", "3.13.0", "3.14.0"]


@pytest.mark.parametrize("python", PYTHONS)
def test_no_pinned_package_wants_a_newer_release_of_that_python(python):
    too_new = {}
    installed = 0
    for name in PINS:
        try:
            metadata = distribution(name).metadata
        except PackageNotFoundError:
            continue  # another Python needs it
        installed += 1
        if not SpecifierSet(metadata.get("Requires-Python", "")).contains(python):
            too_new[name] = metadata.get("Requires-Python")
    assert too_new == {}
    assert installed > 100


@pytest.mark.parametrize("python", PYTHONS)
def test_all_that_is_installed_on_that_python_is_pinned(python):
    needed: set[str] = set()
    todo = [Requirement("hhu-services[embedded,test]")]
    seen: set[str] = set()
    while todo:
        wanted = todo.pop()
        if str(wanted) in seen:
            continue
        seen.add(str(wanted))
        needed.add(canonicalize_name(wanted.name))
        try:
            requires = distribution(wanted.name).requires or []
        except PackageNotFoundError:
            continue
        for requirement in map(Requirement, requires):
            if requirement.marker is None or any(
                requirement.marker.evaluate(
                    {
                        "python_version": python.rpartition(".")[0],
                        "python_full_version": python,
                        "extra": extra,
                    }
                )
                for extra in ("", *wanted.extras)
            ):
                todo.append(requirement)
    assert len(needed) > 100
    assert needed - {canonicalize_name(name) for name in PINS} == {"hhu-services"}
