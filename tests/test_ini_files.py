"""development.ini and production.ini are the same file with other values."""

import configparser
from pathlib import Path

import pytest
from pyramid.paster import get_appsettings

from hhu_base import configure
from hhu_base.settings import ConfigurationError, server, variable

ROOT = Path(__file__).parents[1]
INI_FILES = [ROOT / "development.ini", ROOT / "production.ini"]


def test_both_have_the_same_keys_in_the_same_order():
    development, production = (_keys(path) for path in INI_FILES)
    assert development == production


@pytest.mark.parametrize("path", INI_FILES, ids=lambda path: path.name)
def test_every_key_of_the_application_has_a_comment_above_its_group(path):
    section = path.read_text().split("[app:main]")[1].split("[server:main]")[0]
    for group in section.strip().split("\n\n")[1:]:
        assert group.startswith("#"), group


def test_production_wants_its_secrets_from_the_environment_and_says_so_at_once(
    settings, monkeypatch
):
    values = get_appsettings(str(ROOT / "production.ini"))
    wanted = _FOR_PRODUCTION | {
        key: settings[key] for key in ("sqlalchemy.url", "celery.broker_url")
    }
    with pytest.raises(ConfigurationError) as caught:
        configure(values)
    lines = str(caught.value).splitlines()
    assert {line.partition(": ")[0] for line in lines} == set(wanted)
    assert all(variable(line.partition(": ")[0]) in line for line in lines)
    for key, value in wanted.items():
        monkeypatch.setenv(variable(key), value)
    configure(values).make_wsgi_app()


def test_every_setting_is_in_both_files(app):
    """But what has no value for a file: secrets of others, and what hardly anybody changes."""
    written = {key for _, key in _keys(INI_FILES[0])}
    left_out = {
        "auth.oidc.client_secret",
        "wechat.app_secret",
        "mail.password",
        "auth.hashes_at_once",
        "sqlalchemy.pool_timeout",
    }
    assert {*app.registry["settings"], *server.KEYS} - written == left_out


def test_the_values_that_the_files_share_are_the_defaults(app):
    """A value that was changed in one place only would go unnoticed."""
    development, production = (dict(get_appsettings(str(path))) for path in INI_FILES)
    for setting in app.registry["settings"].values():
        value = production.get(setting.key, "")
        is_shared = value and value == development.get(setting.key) and "/" not in value
        if is_shared and setting.key != "hhu.plugins":
            assert setting.read({setting.key: value}) == setting.default, setting.key


_FOR_PRODUCTION = {
    "hhu.public_url": "https://hhu.example",
    "mail.host": "mail.hhu.example",
    "mail.sender": "noreply@hhu.example",
    "activities.secret": "0123456789abcdef" * 2,
    "admin.session_secret": "s3cret" * 6,
    "calendars.secret": "0123456789abcdef" * 2,
}


def _keys(path: Path) -> list[tuple[str, str]]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(path)
    return [(section, key) for section in parser.sections() for key in parser[section]]
