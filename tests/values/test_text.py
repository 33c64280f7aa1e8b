"""What a text may hold, and which texts read alike."""

from __future__ import annotations

import unicodedata

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from hhu_base.values import text

NONCHARACTERS = ["\ufffe", "\uffff", "\ufdd0", "\U0001fffe", "\U0010ffff"]
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u3164\u00ad\u180e\u202e\u2066"

# What people and their programs write, and all else.
LETTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from(
    "\u200b\u00ad\ufeff·•‧・･⽤⽅⻓ＶＰＮvpnＡ１２３- 　\n-－—Éé\u0301ß使用"
)
TEXTS = st.text(LETTERS, max_size=30)

# Each pair reads alike.
ALIKE = [
    ("差旅费", "差\u200b旅\u200b费"),
    ("VPN设置", "ＶＰＮ设置"),
    ("vpn设置", "VPN设置"),
    ("使用方案", "使⽤⽅案"),
    ("长安路", "⻓安路"),
    ("13812345678", "138 1234 5678"),
    ("138-1234-5678", "１３８－１２３４－５６７８"),
    ("025 83780000", "025—83780000"),
    ("138", "１３８"),
    ("信息系", "信\u00ad息\u202e系"),
    ("é", "e\u200b\u0301"),
    *(("阿卜杜拉·买买提", f"阿卜杜拉{dot}买买提") for dot in "•‧・･"),
    ("阿卜杜拉买买提", "阿卜杜拉·买买提"),
]


@pytest.mark.parametrize(
    "character", ["\0", "\x08", "\x1b", "\x7f", "\x85", "\ud800", *NONCHARACTERS]
)
def test_control_characters_and_what_is_no_character_are_not_storable(character):
    assert not text.is_storable(f"投影{character}仪")
    assert text.storable(f"投影{character}仪") == "投影仪"


@pytest.mark.parametrize("good", ["", "褚杰", "一\n二\t三\r\n", "😀❤️", "𠮷野", "é", "\u200b", "﷼"])
def test_all_that_people_write_is_storable(good):
    assert text.is_storable(good)


@pytest.mark.parametrize(
    "nothing", ["", "  ", "\u3000\n", *INVISIBLE, INVISIBLE, " \u200b ", "\ufe0f"]
)
def test_what_nobody_sees_is_blank(nothing):
    assert text.is_blank(nothing)
    assert text.trimmed(nothing) == text.clean_name(nothing) == ""


def test_the_ends_are_trimmed_and_names_are_clean_inside():
    assert text.trimmed("\ufeff 信\u200b息系 \u200b\n") == "信\u200b息系"
    assert text.trimmed("我❤️") == "我❤️"
    assert text.clean_name("\ufeff信\u200b息\u202e系\u200b") == "信息系"
    assert text.clean_name("信息系\n（南）") == "信息系 （南）"


def test_trimming_is_quick_for_long_runs_of_blanks():
    assert text.trimmed(" " * 100_000 + "x" + " \u200b" * 100_000) == "x"
    assert text.trimmed(("x" + " " * 50) * 20_000 + "y").endswith("y")


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_reads_alike_is_folded_alike(one, other):
    assert text.fold(one) == text.fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("末", "未"), ("301", "302"), ("a-b", "ab"), ("甲 乙", "甲乙")]
)
def test_what_reads_otherwise_is_folded_otherwise(one, other):
    assert text.fold(one) != text.fold(other)


def test_every_radical_that_stands_for_a_character_is_that_character():
    left = [
        code
        for code in range(0x2E80, 0x2FE0)
        if unicodedata.name(chr(code), "") and 0x2E80 <= ord(text.fold(chr(code))) < 0x2FE0
    ]
    # These have no character of their own in common use.
    assert left == [0x2E80, 0x2E91, 0x2EB4, 0x2EB5]


@given(TEXTS)
def test_folding_twice_is_folding_once(given_text):
    once = text.fold(given_text)
    assert text.fold(once) == once


@given(st.text(max_size=30))
def test_cleaning_leaves_what_is_storable_and_clean(given_text):
    clean = text.clean_name(text.storable(given_text))
    assert text.is_storable(clean)
    assert text.clean_name(clean) == clean
    assert not clean or not text.is_blank(clean)


def _folded_by_the_database(session, texts: list[str]) -> list[str]:
    given = sa.func.unnest(sa.cast(texts, sa.ARRAY(sa.Text()))).column_valued("given")
    return list(session.scalars(sa.select(sa.func.core_fold(given))))


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_the_database_folds_alike_what_reads_alike(session, one, other):
    first, second = _folded_by_the_database(session, [one, other])
    assert first == second == text.fold(one)


def test_the_database_folds_each_character_of_chinese_texts_as_we_do(session):
    ranges = (
        (0x20, 0x7F),
        (0xA0, 0x17F),
        (0x2000, 0x206F),
        (0x2E80, 0x303F),
        (0x3400, 0x3500),
        (0x4E00, 0x4F00),
        (0xF900, 0xFAFF),
        (0xFE00, 0xFE6F),
        (0xFF00, 0xFFEF),
    )
    # İ becomes two characters here, and one or two there.
    letters = [chr(c) for a, b in ranges for c in range(a, b + 1) if c != 0x130]
    theirs = _folded_by_the_database(session, [f"x{letter}y" for letter in letters])
    ours = [text.fold(f"x{letter}y") for letter in letters]
    assert [pair for pair in zip(letters, ours, theirs, strict=True) if pair[1] != pair[2]] == []


@settings(max_examples=10)
@given(texts=st.lists(TEXTS.map(text.storable), min_size=30, max_size=100))
def test_folding_twice_is_folding_once_in_the_database_too(engine, texts):
    with engine.connect() as connection:
        once = _folded_by_the_database(connection, texts)
        assert _folded_by_the_database(connection, once) == once
