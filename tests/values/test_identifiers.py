"""Which staff numbers look the same, and what one may be."""

from importlib import import_module

import pytest

from hhu_base.values.identifiers import problem_with_staff_number, skeleton, tidy_staff_number

TWINS = [
    "Admin",
    "ADMIN",
    "ａｄｍｉｎ",
    "admin\u200b",
    "\ufeffadmin",
    "ad\u00admin",
    "ad\u2060min",
    "ad\u3164min",
    "admin\ufe0f",
    "\u202eadmin",
    "аdmin",  # Cyrillic а
    "АDМIN",  # Cyrillic А, М
    "аԁmіn",
    "αdmιn",  # Greek
    "ΑDΜΙΝ",
    " admin ",
]


@pytest.mark.parametrize("text", TWINS)
def test_what_looks_like_admin_is_admin(text):
    assert skeleton(text) == skeleton("admin")


@pytest.mark.parametrize("text", ["admin1", "adm1n", "a", "管理员", "t0001", "20200001"])
def test_what_looks_otherwise_is_another(text):
    assert skeleton(text) != skeleton("admin")


def test_what_is_folded_once_stays_as_it_is():
    for text in [*TWINS, "Ｔ０００１", "ﬁ", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ЁЇ", "İstanbul", "straße"]:
        assert skeleton(skeleton(text)) == skeleton(text)


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("Ｔ０００１", "T0001"),
        ("\u200et0001\u202c", "t0001"),
        (" t0001\u3000", "t0001"),
        ("t\x070001", "t0001"),
        ("张三", "张三"),
    ],
)
def test_what_nobody_sees_is_taken_off(text, tidied):
    assert tidy_staff_number(text) == tidied


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("t0001", None),
        ("x" * 150, None),
        ("", "不能为空"),
        ("x" * 151, "超过 150 个字符"),
        ("t 1", "中间有空白"),
        ("t\t1", "中间有空白"),
        ("t\ue000", "包含不能显示的字符"),
        ("t\ufffe", "包含不能显示的字符"),
    ],
)
def test_what_is_wrong_is_said(text, problem):
    assert problem_with_staff_number(text) == problem


def test_what_was_stored_by_the_migration_is_what_is_compared_now():
    migration = import_module("hhu_base.migrations.core_0009_staff_number_skeletons")
    everything = map(chr, (*range(0x20, 0xD800), *range(0xE000, 0x20000)))
    assert [c for c in everything if migration.skeleton(f"a{c}") != skeleton(f"a{c}")] == []
