"""What a plugin adds to everybody's pages fails alone, and is named."""

import pytest
import sqlalchemy as sa

from hhu_base import configure
from hhu_base.database import Base
from hhu_base.testing.clients import AdminClient, ApiClient
from tests.flows.college import until

TOKEN = "figures-of-the-tests"  # noqa: S105
state = {"is_broken": True}


def crashes(request):
    if state["is_broken"]:
        raise KeyError("figure")
    return {"title": "又好了", "figure": 7}


def asks_for_a_table_that_is_not_there(request):
    request.db.execute(sa.text("SELECT * FROM broken_things"))


def cannot_be_drawn(request):
    return {"title": "坏卡", "lines": 5}


def is_good(request):
    return {"title": "好卡", "figure": request.db.scalar(sa.text("SELECT 41 + 1"))}


def refuses(request):
    raise RuntimeError("this menu is broken")


@pytest.fixture(scope="module")
def damaged(settings, engine):
    """An application with good and bad contributions of the plugin ``broken``."""
    config = configure(settings | {"metrics.token": TOKEN, "hhu.plugins": "contacts rooms"})
    registry = config.registry
    registry["plugins.current"] = "broken"
    cards = (crashes, asks_for_a_table_that_is_not_there, cannot_be_drawn, is_good)
    for card in cards:
        config.add_admin_card(card)
    config.add_metric("hhu_broken_things", "Broken.", lambda session: session.scalar("nonsense"))
    config.add_admin_page(lambda request: {}, "/admin/broken/page/", "坏页", renderer="json")
    app = config.make_wsgi_app()
    (line,) = (line for line in registry["admin.menu"] if line.title == "坏页")
    object.__setattr__(line, "context", refuses)
    yield app
    registry["listener"].stop()
    registry["engine"].dispose()


@pytest.fixture
def home(damaged, sessions, session):
    state["is_broken"] = True
    browser = AdminClient(damaged, sessions, session)
    return lambda user: browser.as_user(user).get("/admin/")


def test_a_card_that_fails_leaves_the_rest_of_the_page_as_it_is(home, add_staff):
    page = home(add_staff("rooms.view"))
    heads = [head.text for head in page.html.select(".card-home h2")]
    assert heads[-4:] == ["broken", "broken", "broken", "好卡"]
    assert page.html.text.count("暂时无法显示") == 3
    assert "42" in page.html.select(".card-home")[-1].text
    # Which of them, and why, is for who may everything.
    assert "KeyError" not in page.text
    assert page.html.select("#side a[href^='/admin/rooms/']")
    assert not page.html.select("#side a[href='/admin/broken/page/']")


def test_superusers_are_told_what_fails_and_why_until_it_works_again(home, superuser):
    home(superuser)  # the menu is drawn after the cards
    told = home(superuser).html.select_one(".card-home").text
    assert "1个插件有一部分出错：broken" in "".join(told.split())
    for reason in (
        "KeyError: 'figure'",
        "TypeError: 'int' object is not iterable",
        '请运行 hhu migrate（relation "broken_things" does not exist',
        "RuntimeError: this menu is broken",
    ):
        assert reason in told
    state["is_broken"] = False
    page = home(superuser)
    assert "又好了" in page.text
    assert "KeyError" not in page.text


def test_whoever_watches_is_told_the_plugin_and_not_the_reason(
    home, damaged, sessions, session, add_staff
):
    api = ApiClient(damaged, sessions, session)
    home(add_staff("rooms.view"))
    answer = api.get("/readyz", status=503)
    assert answer.json["failing"] == ["broken"]
    assert "KeyError" not in answer.text


def test_a_figure_that_fails_is_named_too(damaged, sessions, session):
    failures = damaged.registry["plugins.failures"]
    client = ApiClient(damaged, sessions, session).client
    told = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    assert "hhu_database_up 1.0" in told
    assert ("broken", "hhu_broken_things") in failures.reasons


def test_a_plugin_without_its_tables_is_named_before_anybody_needs_them(
    damaged, sessions, session, admin, add_user
):
    table = sa.Table(
        "rooms_forgotten",
        Base.metadata,
        sa.Column("user_id", sa.ForeignKey("core_users.id")),
    )
    try:
        api = ApiClient(damaged, sessions, session)
        # What is told is found out in the background.
        until(lambda: "rooms" in api.get("/readyz", status=503).json["failing"], 20, "it is told")
        # To delete somebody counts what hangs on them, in the tables that there are.
        user = add_user("t0009")
        assert "t0009" in admin.get(f"/admin/core/users/delete?id={user.id}").text
    finally:
        Base.metadata.remove(table)
