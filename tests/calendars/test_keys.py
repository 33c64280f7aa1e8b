"""GET, POST and PUT /current-user/calendar/, and whom a key stands for."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hhu_base import configure
from hhu_base.accounts import users
from hhu_base.calendars import ical
from hhu_base.calendars.keys import FeedKeys
from hhu_base.models import User
from hhu_base.settings import ConfigurationError

PATH = "/current-user/calendar/"


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def addresses(app) -> FeedKeys:
    return app.registry["calendars.addresses"]


def test_it_tells_the_addresses_of_every_plugins_feeds(mine, teacher):
    answer = mine.get(PATH)
    assert answer.headers["Cache-Control"] == "no-store"
    key = answer.json["key"]
    assert key.startswith(f"{teacher.id}-")
    site = "http://127.0.0.1:6543"
    own = f"{site}/reservations/calendar.ics?key={key}"
    assert answer.json["url"] == own
    assert {feed["name"]: feed["url"] for feed in answer.json["feeds"]} == {
        "reservations": own,
        "meetingroom": f"{site}/meetingrooms/{{id}}/calendar.ics?key={key}",
        "activity": f"{site}/activities/{{id}}/calendar.ics?key={key}",
    }
    assert all(feed["title"] for feed in answer.json["feeds"])
    # The same whenever it is asked for, in both forms of the path.
    assert mine.get(PATH.rstrip("/")).json == answer.json


def test_every_address_answers(mine, api, session, teacher):
    """What is declared is also served; of an object that is not there: 404."""
    for feed in mine.get(PATH).json["feeds"]:
        address = feed["url"].removeprefix("http://127.0.0.1:6543")
        status = 404 if "{id}" in address else 200
        for form in (address, address.replace(".ics?", ".ics/?")):
            answer = api.get(form.replace("{id}", "999999"), status=status)
            kind = "application/json" if status == 404 else "text/calendar"
            assert answer.content_type == kind


@pytest.mark.parametrize("method", ["post", "put"])
@pytest.mark.parametrize("path", [PATH, PATH.rstrip("/")])
def test_renewed_addresses_make_the_old_ones_worthless(mine, api, addresses, session, method, path):
    old = mine.get(PATH).json
    new = getattr(mine, method)(path, status=200).json
    assert new["key"] != old["key"]
    assert mine.get(PATH).json == new
    for answer, status in ((old, 404), (new, 200)):
        api.get(f"/reservations/calendar.ics?key={answer['key']}", status=status)


def test_renewing_is_nobody_elses_matter(mine, api, add_user):
    other = api.as_user(add_user("t0002"))
    key = other.get(PATH).json["key"]
    mine.post(PATH, status=200)
    assert other.get(PATH).json["key"] == key


def test_a_key_opens_nothing_but_feeds(mine, api):
    key = mine.get(PATH).json["key"]
    for path in (PATH, "/current-user/", "/reservations/"):
        api.get(f"{path}?key={key}", status=401)
    api.put(f"{PATH}?key={key}", status=401)


def test_without_key_the_token_counts(mine, api, session):
    assert mine.get("/reservations/calendar.ics").content_type == "text/calendar"
    answer = api.get("/reservations/calendar.ics", status=401)
    assert answer.json == {"detail": "身份认证信息未提供。"}
    bad = {"Authorization": "Token nonsense"}
    answer = api.get("/reservations/calendar.ics", status=401, headers=bad)
    assert answer.json == {"detail": "认证令牌无效。"}


def test_a_key_counts_whatever_token_comes_with_it(mine, api, add_user):
    """A browser extension that still sends an old header must not keep the feed away."""
    key = mine.get(PATH).json["key"]
    bad = {"Authorization": "Token nonsense"}
    api.get(f"/reservations/calendar.ics?key={key}", headers=bad)
    mine.get("/reservations/calendar.ics?key=nonsense", status=404)


@pytest.mark.parametrize(
    "change",
    [
        lambda key: "",
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: key.upper(),
        lambda key: "0" + key,
        lambda key: key.replace("-", "--", 1),
        lambda key: key.partition("-")[2],
        lambda key: f"{10**18}-{key.partition('-')[2]}",
        lambda key: f"{10**19 - 1}-{key.partition('-')[2]}",
        lambda key: "1" * 5000,
        lambda key: key + "%00",
        lambda key: "%EF%BC%91" + key,
    ],
)
def test_what_is_no_key_finds_nothing(mine, api, change):
    key = mine.get(PATH).json["key"]
    answer = api.get(f"/reservations/calendar.ics?key={change(key)}", status=404)
    assert answer.json == {"detail": "未找到。"}


def test_a_key_is_its_owners_and_no_other_sites(mine, api, session, teacher, add_user, addresses):
    key = addresses.key_of(session, teacher.id)
    other = add_user("t0002")
    assert addresses.reader_of(session, key) == teacher.id
    forged = f"{other.id}-{key.partition('-')[2]}"
    assert addresses.reader_of(session, forged) is None
    assert FeedKeys(b"another secret of 32 characters!").reader_of(session, key) is None


def test_the_database_alone_makes_no_key(session, teacher, addresses):
    key = addresses.key_of(session, teacher.id).partition("-")[2]
    row = session.execute(sa.select(User.__table__).where(User.id == teacher.id)).one()
    assert not any(key in str(value) for value in row)


def test_two_users_have_two_numbers(session, teacher, add_user):
    number = sa.select(User.calendar_number)
    other = add_user("t0002")
    found = session.scalars(number.where(User.id.in_([teacher.id, other.id]))).all()
    assert len(set(found)) == 2


def test_who_is_switched_off_has_no_feed_until_he_is_back(mine, api, session, teacher):
    address = f"/reservations/calendar.ics?key={mine.get(PATH).json['key']}"
    users.deactivate(session, teacher.id)
    api.get(address, status=404)
    teacher.is_active = True
    api.get(address)


def test_nobody_sees_addresses_without_a_token(api):
    for method in (api.get, api.post, api.put):
        method(PATH, status=401)


def test_the_log_of_an_error_has_no_key(mine, api, caplog, monkeypatch):
    def fail(*args):
        raise RuntimeError("on purpose")

    monkeypatch.setattr(ical, "write", fail)
    key = mine.get(PATH).json["key"]
    with caplog.at_level("DEBUG"):
        api.get(f"/reservations/calendar.ics?key={key}", status=500)
    assert "on purpose" in caplog.text
    assert key not in caplog.text


def test_production_needs_a_secret_of_its_own(production):
    for secret in ("", "only-good-for-trying-out"):
        with pytest.raises(ConfigurationError, match="^calendars.secret: "):
            configure(production | {"calendars.secret": secret})
    assert configure(production).registry["calendars.addresses"].secret == b"y" * 40


def test_without_a_plugin_there_are_no_feeds(settings):
    app = configure(settings | {"hhu.plugins": "contacts"}).make_wsgi_app()
    assert app.registry["calendars.feeds"] == []
    app.registry["engine"].dispose()
