"""Which paths two plugins cannot both serve."""

import pytest

from hhu_base.plugins.paths import Claim, find_clash


def claim(owner: str, path: str, *methods: str) -> Claim:
    return Claim(owner, f"{owner} {path}", path, frozenset(methods))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/things/{id}/", "/things/{id}/"),
        ("/things/{id}/", "/things/{name}/"),
        ("/things/", "/things"),
        (r"/things/{id:\d+}/", r"/things/{number:\d+}"),
        (r"/things/{id:\d{1,18}}/file", r"/things/{thing:\d{1,18}}/file"),
        ("/things/{code:Q[7-9]{3}}/", "/things/{other:Q[7-9]{3}}/"),
        ("/things/{anything}/", "/things/new/"),
        ("/things/{slug}/", r"/things/{id:\d+}/"),
        ("/things/export.{kind:xlsx|csv}", "/things/export.csv"),
        ("/things/*rest", "/things/{id}/"),
    ],
)
def test_of_these_the_first_would_answer_for_the_second(first, second):
    claims = [claim("one", first), claim("two", second)]
    assert find_clash(claims) == tuple(claims)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (r"/things/{id:\d+}/", "/things/{word:[a-z]+}/"),
        ("/things/new/", "/things/{id}/"),
        ("/things/{id}/", "/things/{id}/more/"),
        ("/things/", "/thing/"),
        ("/things.json", "/thingsxjson"),
    ],
)
def test_these_go_together(first, second):
    assert find_clash([claim("one", first), claim("two", second)]) is None


def test_one_may_have_the_same_path_twice_and_two_may_share_it_by_their_methods():
    assert find_clash([claim("one", "/things/"), claim("one", "/things")]) is None
    assert find_clash([claim("one", "/things/", "GET"), claim("two", "/things/", "POST")]) is None
    assert find_clash([claim("one", "/things/", "GET"), claim("two", "/things/", "GET")])
