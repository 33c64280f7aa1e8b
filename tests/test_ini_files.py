"""development.ini and production.ini are the same file with other values."""

import configparser
from pathlib import Path

import pytest
from pyramid.paster import get_appsettings

from hhu_base import configure
from hhu_base.settings import ConfigurationError

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


def test_production_wants_its_secrets_from_the_environment(settings, monkeypatch):
    values = get_appsettings(str(ROOT / "production.ini"))
    with pytest.raises(ConfigurationError, match="^sqlalchemy.url: .* HHU_SQLALCHEMY_URL"):
        configure(values)
    monkeypatch.setenv("HHU_SQLALCHEMY_URL", settings["sqlalchemy.url"])
    with pytest.raises(ConfigurationError, match="^celery.broker_url: .* HHU_CELERY_BROKER_URL"):
        configure(values)
    monkeypatch.setenv("HHU_CELERY_BROKER_URL", settings["celery.broker_url"])
    for key in (
        "hhu.public_url",
        "mail.host",
        "mail.sender",
        "calendars.secret",
        "admin.session_secret",
        "activities.secret",
    ):
        variable = "HHU_" + key.removeprefix("hhu.").upper().replace(".", "_")
        with pytest.raises(ConfigurationError, match=f"^{key}: "):
            configure(values)
        monkeypatch.setenv(variable, _FOR_PRODUCTION[key])
    configure(values).make_wsgi_app()


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
