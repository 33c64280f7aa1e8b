"""How settings are read, and which ones stop the start."""

import pytest

from hhu_base import configure
from hhu_base.settings import Boolean, ConfigurationError, Integer, Seconds, Words


def test_a_setting_is_read_with_its_type():
    settings = {"a.number": " 5 ", "a.flag": "yes", "a.words": "one\n two", "a.pause": "0.5"}
    assert Integer("a.number", 0, "").read(settings) == 5
    assert Boolean("a.flag", False, "").read(settings) is True
    assert Words("a.words", [], "").read(settings) == ["one", "two"]
    assert Seconds("a.pause", 1, "").read(settings) == 0.5


def test_a_setting_that_is_not_there_has_its_default():
    number = Integer("a.number", 7, "")
    assert number.read({}) == 7
    assert number.read({"a.number": ""}) == 7


def test_the_environment_overrides_the_ini(monkeypatch):
    monkeypatch.setenv("HHU_ROOMS_MAX_DAYS_AHEAD", "9")
    monkeypatch.setenv("HHU_PLUGINS", "rooms")
    days = Integer("rooms.max_days_ahead", 60, "")
    assert days.read({"rooms.max_days_ahead": "5"}) == 9
    assert Words("hhu.plugins", [], "").read({}) == ["rooms"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hhu.zone", "Asia/Atlantis"),
        ("hhu.zone", "../../etc/passwd"),
        ("hhu.environment", "staging"),
        ("hhu.max_waiting", "0"),
        ("hhu.max_body_bytes", "many"),
        ("hhu.plugins", "rooms submarines"),
        ("hhu.public_url", "ftp://hhu.example"),
        ("hhu.public_url", "hhu.example"),
        ("hhu.public_url", "https://hhu.example/?a=b"),
        ("hhu.public_url", "https://[hhu"),
        ("mail.security", "ssl3"),
        ("mail.port", "70000"),
        ("mail.sender", "nobody"),
        ("mail.sender", "a@hhu.example, b@hhu.example"),
        ("mail.sender", "a@hhu.example\nBcc: b@hhu.example"),
        ("mail.timeout", "0"),
        ("mail.patience", "nan"),
        ("mail.max_attempts", "0"),
        ("mail.max_attachment_bytes", "-1"),
        ("mail.password", ""),
        ("auth.token_lifetime", "-1"),
        ("sqlalchemy.url", ""),
        ("sqlalchemy.url", "mysql://root@localhost/x"),
        ("sqlalchemy.url", "nonsense"),
        ("sqlalchemy.pool_size", "1.5"),
        ("celery.broker_url", ""),
        ("rooms.granularity", "7"),
        ("rooms.min_minutes", "200"),
        ("rooms.max_minutes", "2000"),
        ("rooms.reservation_timeout", "nan"),
        ("rooms.max_days_ahead", "-1"),
        ("calendars.secret", "short"),
        ("activities.secret", "short"),
        ("activities.code_interval", "0"),
        ("activities.code_grace", "-1"),
    ],
)
def test_a_bad_setting_stops_the_start_and_is_named(settings, key, value):
    # "rooms.min_minutes = 200" is more than rooms.max_minutes, which is named then.
    named = "rooms.max_minutes" if key == "rooms.min_minutes" else key
    server = {"mail.host": "localhost", "mail.user": "hhu", "mail.password": "secret"}
    with pytest.raises(ConfigurationError, match=f"^{named}: "):
        configure(settings | server | {key: value}).make_wsgi_app()


def test_production_refuses_the_embedded_services(production):
    with pytest.raises(ConfigurationError, match="^sqlalchemy.url: "):
        configure(production | {"sqlalchemy.url": "embedded"})


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("mail.host", {"mail.host": ""}),
        ("mail.sender", {"mail.sender": ""}),
        ("hhu.public_url", {"hhu.public_url": ""}),
        ("mail.security", {"mail.user": "hhu", "mail.password": "x", "mail.security": "none"}),
    ],
)
def test_production_mails_through_a_server_and_never_tells_its_password_to_all(
    production, key, changes
):
    with pytest.raises(ConfigurationError, match=f"^{key}: "):
        configure(production | changes)
