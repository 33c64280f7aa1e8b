"""Searches of tens of thousands of words, and statements that take long, while others work."""

from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from .college import Wish, at

pytestmark = pytest.mark.slow

# An address of 8 KB, one of 132 KB, and one that the web server just takes.
WORDS = (4_000, 66_000, 120_000)
LONGEST_LINE = 8 * 1024
SLEEP = """
CREATE FUNCTION sleep_long() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
CREATE TRIGGER sleep_long BEFORE INSERT ON repairs_requests
FOR EACH ROW EXECUTE FUNCTION sleep_long()
"""
WAKE = "DROP FUNCTION sleep_long() CASCADE"


def web_log(college) -> str:
    return (college.folder / "var" / "log" / "web.log").read_text("utf-8")


def test_searches_of_thousands_of_words_are_refused_while_others_reserve(college):
    rooms = [college.add_room() for _ in range(16)]
    said_before = len(web_log(college))
    wishes = [Wish(room, at(1, 10), at(1, 11)) for room in rooms]
    with college.asking_at_once(wishes) as futures:
        for number, words in enumerate(WORDS):
            for path in ("/guides/", "/activities/"):
                with college.client(number) as client:
                    answer = client.get(f"{path}?{urlencode({'search': 'a ' * words})}")
                assert answer.status == 400
                assert list(answer.json) == ["search"]
        answers = [future.result().answer for future in futures]
    assert [answer.status for answer in answers] == [201] * len(rooms)
    said = web_log(college)[said_before:]
    assert "GET" in said
    assert max(len(line.encode()) for line in said.splitlines()) <= LONGEST_LINE
    assert "SELECT" not in said


def test_a_statement_that_takes_long_is_ended_and_said_to_have(college):
    with college.engine.begin() as connection:
        connection.execute(sa.text(SLEEP))
    try:
        with college.client() as client:
            answer = client.request(
                "POST", "/repairs/", {"location": "勤学楼301", "description": "投影仪不亮"}
            )
    finally:
        with college.engine.begin() as connection:
            connection.execute(sa.text(WAKE))
    assert answer.status == 504
    assert "用时过长" in answer.json["detail"]
    assert "a statement was stopped at its time limit" in web_log(college)
