"""Lines for people, lines for machines, and what is in neither."""

import json
import logging

import pytest
import sqlalchemy as sa

from hhu_base import configure
from hhu_base.models import User
from hhu_base.settings import ConfigurationError
from hhu_base.telemetry import log_format, request_ids

from .conftest import FORMAT

logger = logging.getLogger("hhu_base.test")


def test_a_line_of_text_has_the_request_id_or_a_dash(capture):
    log = capture()
    with request_ids.following("abc"):
        logger.info("one %d", 1)
    logger.info("two")
    assert log.lines == ["INFO abc hhu_base.test: one 1", "INFO - hhu_base.test: two"]


def test_json_is_an_object_a_line_whatever_is_logged(capture):
    log = capture(is_json=True)
    with request_ids.following("abc"):
        logger.info("多行\n二", extra={"fields": {"status": 200}})
    try:
        raise ValueError("a\nb")
    except ValueError:
        logger.exception("failed")
    first, second = map(json.loads, log.lines)
    assert first["message"] == "多行\n二"
    assert (first["request_id"], first["status"], first["level"]) == ("abc", 200, "INFO")
    assert first["logger"] == "hhu_base.test"
    assert first["time"].endswith("+00:00")
    assert second["request_id"] is None
    assert "ValueError: a\nb" in second["exception"]


def test_what_no_stream_could_write_costs_no_line_in_json():
    formatter = log_format.LogFormatter(FORMAT)
    formatter.is_json = True
    line = formatter.format(logger.makeRecord("x", 20, "", 0, "\ud800 %s", ("号",), None))
    assert line.isascii()
    assert json.loads(line)["message"] == "\ud800 号"


@pytest.mark.parametrize("is_json", [False, True])
def test_the_values_that_the_database_quotes_are_left_out(capture, session, is_json):
    log = capture(is_json=is_json)
    for values in (
        {"username": "t0001", "phone": "13800000000"},
        {"username": "t0002", "description": "两行\n\n的秘密", "is_active": None},
    ):
        session.execute(sa.insert(User).values(username="t0001")) if not log.text else None
        try:
            with session.begin_nested():
                session.execute(sa.insert(User).values(values))
        except sa.exc.IntegrityError as error:
            logger.exception("refused: %s", error)
            logger.error("refused: %r", error)
    assert log.text.count("(not logged)") >= 6
    # What went wrong, and where, is still there.
    assert "uq_core_users_username" in log.text
    assert "is_active" in log.text
    assert "INSERT INTO core_users" in log.text
    for secret in ("t0001", "t0002", "13800000000", "秘密", json.dumps("秘密")[1:-1]):
        assert secret not in log.text


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize("long", ["字" * 100_000, '"\\\n' * 100_000, "\0字" * 50_000])
def test_nothing_that_is_logged_at_a_time_is_longer_than_8_kb(capture, is_json, long):
    log = capture(is_json=is_json)
    before = len(log.text)
    try:
        raise ValueError(f"begins {long} ends")
    except ValueError:
        logger.exception("first %s last", long, extra={"fields": {"path": long}})
    told = log.text[before:]
    assert len(told.encode()) <= 8192
    assert "bytes are not logged" in told
    for kept in ("first", " ends"):
        assert kept in told
    if is_json:
        assert json.loads(told)["level"] == "ERROR"


def test_the_style_is_given_to_the_handlers_that_have_our_formatter(settings, capture):
    log = capture()
    configure(settings | {"hhu.log_format": "json"})
    assert log.handler.formatter.is_json
    configure(dict(settings))
    assert not log.handler.formatter.is_json


def test_an_unknown_style_stops_the_start(settings):
    with pytest.raises(ConfigurationError, match=r"^hhu.log_format: 'xml' is none of text, json"):
        configure(settings | {"hhu.log_format": "xml"})


def test_the_ini_files_name_the_formatter(ini):
    import configparser

    for path in (ini, ini.replace("development", "production")):
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(path)
        section = parser["formatter_plain"]
        assert section["class"] == f"{log_format.__name__}.LogFormatter"
        assert "%(request_id)s" in section["format"]
        assert parser["logger_plugins"]["level"] == "INFO"
