"""What must not be told: by a repr, a log, an error, a command line."""

from __future__ import annotations

import logging

import pytest
from click.testing import CliRunner

from hhu_base import configure
from hhu_base.accounts.import_export.plan import NewUser
from hhu_base.accounts.import_export.rows import PersonRow
from hhu_base.accounts.sign_in import Candidate
from hhu_base.accounts.wechat.client import WeChatClient
from hhu_base.calendars.keys import FeedKeys
from hhu_base.cli import main
from hhu_base.mail.transports import SmtpTransport
from hhu_base.settings import ConfigurationError
from hhu_plugins.activities.clockin_codes import ClockinCodes

SECRET = "very-secret-of-ours"
ALL = [
    Candidate(1, SECRET),
    WeChatClient("https://x", "app", SECRET, 1, 1, 1),
    SmtpTransport("h", 25, "none", "u", SECRET, 1, 1),
    ClockinCodes(SECRET.encode(), 25, 5),
    FeedKeys(SECRET.encode()),
    NewUser(1, "t1", {}, SECRET),
    PersonRow(1, {"password": SECRET}),
]


@pytest.mark.parametrize("thing", ALL, ids=lambda thing: type(thing).__name__)
def test_a_thing_does_not_tell_its_secret(thing):
    assert SECRET not in repr(thing)
    assert SECRET not in str(thing)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sqlalchemy.url", f"postgresql://u:{SECRET}@h:notaport/x"),
        ("sqlalchemy.url", f"mysql://u:{SECRET}@h/x"),
        ("admin.session_secret", SECRET),
        ("activities.secret", SECRET[:10]),
    ],
)
def test_a_setting_that_is_wrong_is_named_and_not_told(production, key, value):
    with pytest.raises((ConfigurationError, Exception)) as error:
        configure(production | {key: value}).commit()
    assert value not in str(error.value)
    assert SECRET not in str(error.value)


def test_a_database_that_refuses_does_not_tell_the_password(settings, caplog):
    url = f"postgresql://nobody:{SECRET}@127.0.0.1:1/x"
    config = configure(settings | {"sqlalchemy.url": url})
    from webtest import TestApp

    app = config.make_wsgi_app()
    try:
        with caplog.at_level(logging.DEBUG):
            answer = TestApp(app).post_json(
                "/auth/get-token/", {"username": "t", "password": SECRET + "2"}, status=503
            )
    finally:
        app.registry["listener"].stop()
        app.registry["engine"].dispose()
    assert SECRET not in answer.text + caplog.text + repr(app.registry["engine"])


def test_the_command_line_lists_plugins_and_no_settings(ini, monkeypatch):
    monkeypatch.setenv("HHU_ADMIN_SESSION_SECRET", SECRET)
    monkeypatch.setenv("HHU_ACTIVITIES_SECRET", SECRET)
    result = CliRunner().invoke(main, ["plugins", ini])
    assert "rooms" in result.output
    assert SECRET not in result.output


def test_what_was_typed_is_in_no_log_and_no_answer(api, browser, caplog, teacher):
    with caplog.at_level(logging.DEBUG):
        wrong = api.post("/auth/get-token/", {"username": "t0001", "password": SECRET}, status=400)
        page = browser.sign_in("t0001", SECRET, status=400)
        mine = api.as_user(teacher)
        weak = mine.put(
            "/current-user/",
            {"first_name": SECRET, "last_name": "", "password": SECRET},
            status=400,
        )
    assert SECRET not in wrong.text + page.text + weak.text
    assert SECRET not in caplog.text
    assert mine.token not in caplog.text


def test_a_crash_tells_the_log_and_nobody_else(admin, caplog, monkeypatch):
    def fail(*args):
        raise RuntimeError(SECRET)

    monkeypatch.setattr("hhu_base.admin.list_views.Listing", fail)
    assert SECRET not in admin.get("/admin/core/users/", status=500).text
    assert "Traceback" not in admin.get("/admin/core/users/export.csv", status="*").text
