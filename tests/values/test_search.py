"""What a search may be."""

import pytest

from hhu_base.values.search import TOO_LONG, TOO_MANY, SearchError, search_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" 勤学\t投影 \u3000 x ", ["勤学", "投影", "x"]),
        ("a " * 10, ["a"] * 10),
        ("字" * 200, ["字" * 200]),
    ],
)
def test_a_search_is_its_words(text, words):
    assert search_words(text) == words


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("a " * 11, TOO_MANY), ("字" * 201, TOO_LONG), (" " * 201, TOO_LONG), ("a " * 9999, TOO_LONG)],
)
def test_a_search_of_too_much_is_refused(text, sentence):
    with pytest.raises(SearchError) as caught:
        search_words(text)
    assert str(caught.value) == sentence
