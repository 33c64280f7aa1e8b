"""A misspelt setting stops the start, and everything that is wrong is told at once."""

import pytest

from hhu_base import configure
from hhu_base.settings import ConfigurationError, Integer, server


def problems(settings) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        configure(settings)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("rooms.granularty", "rooms.granularity"),
        ("mail.hots", "mail.host"),
        ("granularity", "rooms.granularity"),
        ("sqlalchemy.pool_sizes", "sqlalchemy.pool_size"),
        ("hhu.enviroment", "hhu.environment"),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest(settings, key, nearest):
    assert problems(settings | {key: "1"}) == [
        f"{key}: there is no such setting; did you mean {nearest}?"
    ]


def test_an_unknown_variable_is_told_with_the_nearest(settings, monkeypatch):
    monkeypatch.setenv("HHU_MAIL_HOTS", "mail.hhu.example")
    assert problems(settings) == [
        "HHU_MAIL_HOTS: there is no such setting; did you mean HHU_MAIL_HOST?"
    ]


def test_what_is_no_setting_of_ours_is_left_alone(settings, monkeypatch):
    # What the web server takes, what `hhu create-admin` takes, and what Pyramid reads.
    for name in ("HHU_THREADS", "HHU_URL_SCHEME", "HHU_ADMIN_PASSWORD"):
        monkeypatch.setenv(name, "1")
    configure(settings | {"pyramid.reload_templates": "yes"})


def test_all_that_is_wrong_is_told_at_once(settings):
    wrong = {
        "hhu.zone": "Mars",
        "rooms.granularity": "seven",
        "rooms.min_minutes": "-1",
        "contacts.colleagues": "everybody",
        "mail.port": "0",
        "mail.timeout": "soon",
        "auth.account_tries": "0",
        "auth.argon2_time_cost": "0",
        "celery.broker_url": "kafka://localhost",
        "admin.session_secret": "short",
        "rooms.granularty": "1",
    }
    assert sorted(line.partition(":")[0] for line in problems(settings | wrong)) == sorted(wrong)


@pytest.mark.parametrize("name", ["rooms", "submarines"])
def test_the_settings_of_a_plugin_that_is_off_or_left_out_are_not_unknown(
    settings, monkeypatch, name
):
    monkeypatch.setenv(f"HHU_{name.upper()}_SIZE", "1")
    named = "contacts" if name == "rooms" else f"contacts {name}"
    changed = {"hhu.plugins": named, "hhu.on_plugin_error": "skip", f"{name}.size": "1"}
    config = configure(settings | changed)
    assert config.registry["plugins"] == ["contacts"]


def test_a_plugin_that_is_named_twice_is_told(settings):
    [line] = problems(settings | {"hhu.plugins": "rooms contacts rooms"})
    assert line.startswith("hhu.plugins: rooms stands there twice")


@pytest.mark.parametrize(
    "url", ["kafka://broker", "localhost:6379", "redis:/localhost", "sqs://", "http://x"]
)
def test_a_broker_that_nobody_here_can_speak_to_is_told_without_its_password(settings, url):
    [line] = problems(settings | {"celery.broker_url": url.replace("//", "//u:s3cret@")})
    assert line.startswith("celery.broker_url: is no address of a Redis")
    assert "s3cret" not in line


@pytest.mark.parametrize(
    "url", ["redis://:x@h/0", "rediss://h", "amqp://u:p@h/v", "redis+socket:///run/s"]
)
def test_redis_and_rabbitmq_are_taken(settings, url):
    assert configure(settings | {"celery.broker_url": url}).registry["broker_url"] == url


def test_two_who_declare_the_same_are_told(settings):
    from hhu_base import assemble

    config = assemble(settings, ["rooms"])
    config.declare_settings(Integer("rooms.granularity", 7, "mine"))
    assert [str(error) for error in config.registry["settings.problems"]] == [
        "rooms.granularity: is declared twice"
    ]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"listen": "nonsense"}, "listen"),
        ({"listen": "127.0.0.1:http"}, "listen"),
        ({"listen": "127.0.0.1:70000"}, "listen"),
        ({"listen": ""}, "listen"),
        ({"threads": "many"}, "threads"),
        ({"threads": "0"}, "threads"),
        ({"thread": "9"}, "thread"),
        ({"connection_limit": "-1"}, "connection_limit"),
        ({"trusted_proxy": "nginx.hhu.example"}, "trusted_proxy"),
        ({"max_request_body_size": "100M"}, "max_request_body_size"),
        ({"trusted_proxy": "::1", "trusted_proxy_headers": "x-client"}, "[server:main]"),
        ({"backlog": "long"}, "[server:main]"),
        ({"port": "80"}, "[server:main]"),
    ],
)
def test_what_is_wrong_with_the_web_server_is_told(changes, key):
    [error] = server.problems({"listen": "127.0.0.1:6543"} | changes)
    assert str(error).startswith(f"{key}: ")


def test_the_variables_of_the_web_server_are_checked_too(monkeypatch):
    monkeypatch.setenv("HHU_THREADS", "many")
    monkeypatch.setenv("HHU_LISTEN", "*:1")
    section = {"listen": "[::1]:1 localhost:2", "trusted_proxy": "*"}
    assert [error.key for error in server.problems(section)] == ["threads"]
