from dataclasses import replace

import pytest

from hhu_base.cli.doctor import secrets

from .conftest import levels

GOOD = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("secret", "level"),
    [(GOOD, "好"), ("", "注意"), ("short1234567", "错误"), ("a" * 64, "错误"), ("xy" * 30, "错误")],
)
def test_a_secret_is_there_long_and_no_pattern(deployment, secret, level):
    for key in ("admin.session_secret", "calendars.secret", "activities.secret"):
        changed = replace(deployment, settings={key: secret})
        assert sorted(levels(secrets.check_secrets(changed))) == sorted([level, "注意", "注意"])


def test_no_secret_is_used_twice(deployment):
    same = {"admin.session_secret": GOOD, "activities.secret": GOOD}
    found = levels(secrets.check_secrets(replace(deployment, settings=same)))
    assert sorted(found) == sorted(["好", "好", "注意", "错误"])


@pytest.mark.parametrize(
    ("key", "value"),
    [("mail.password", "x"), ("sqlalchemy.url", "postgresql://hhu:secret@127.0.0.1/hhu")],
)
def test_secrets_in_the_file_are_told(in_production, tmp_path, key, value):
    ini = tmp_path / "site.ini"
    ini.touch(0o644)
    written = replace(in_production, ini=ini, settings=in_production.settings | {key: value})
    [finding] = secrets.check_ini_file(written)
    assert finding.level == "错误"
    assert value not in str(finding)
    ini.chmod(0o600)
    assert [finding.level for finding in secrets.check_ini_file(written)] == ["注意"]


def test_what_is_no_secret_may_stand_in_the_file(in_production):
    values = {"hhu.environment": "production", "sqlalchemy.url": "postgresql://hhu@/hhu"}
    assert levels(secrets.check_ini_file(replace(in_production, settings=values))) == []
