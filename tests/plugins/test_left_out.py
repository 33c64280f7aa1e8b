"""A plugin that cannot be loaded stops the start, or is left out as a whole."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest
import sqlalchemy as sa
from pyramid.interfaces import IRoutesMapper

from hhu_base import configure, main, plugins
from hhu_base.models import User
from hhu_base.plugins.errors import PluginError
from hhu_base.settings import ConfigurationError
from hhu_base.testing.clients import AdminClient, ApiClient
from tests.sampling import first

from .conftest import MODELS, REGISTERS_ALL, includeme

FAILING = {
    "its package does not import": (
        {"__init__.py": "import no_such_library"},
        "ModuleNotFoundError: No module named 'no_such_library' (hhu_broken, line 1)",
    ),
    "it is no Python": ({"__init__.py": "def includeme(config) pass"}, "SyntaxError: "),
    "it has no includeme": ({"__init__.py": "answer = 42"}, "has no attribute 'includeme'"),
    "its includeme fails at the end": (
        {"__init__.py": includeme(REGISTERS_ALL + "    config.no_such_directive()")},
        "AttributeError: no_such_directive (hhu_broken, line 19)",
    ),
    "a setting of it is wrong": (
        {
            "__init__.py": includeme(
                REGISTERS_ALL + "    Integer('broken.size', 1, '').read({'broken.size': 'x'})",
                before="from hhu_base.settings import Integer",
            )
        },
        "broken.size: 'x' is not a whole number (set it in the ini file or as HHU_BROKEN_SIZE)",
    ),
    "it wants a path of the base": (
        {
            "__init__.py": includeme(
                REGISTERS_ALL + "    config.add_route('healthz', '/healthz', request_method='POST')"
            )
        },
        "Conflicting configuration actions",
    ),
    "what it registers cannot be done": (
        {
            "__init__.py": includeme(
                REGISTERS_ALL + "    config.add_view(lambda r: None, route_name='nowhere')"
            )
        },
        "No route named nowhere found for view registration",
    ),
    "its models fail half-way": (
        {"__init__.py": includeme(REGISTERS_ALL), "models.py": MODELS + "\nraise KeyError('half')"},
        "KeyError: 'half' (hhu_broken.models, line 13)",
    ),
    "a class of its models cannot be mapped": (
        {
            "__init__.py": includeme(REGISTERS_ALL),
            "models.py": MODELS + "\n\nclass Other(Base):\n    __tablename__ = 'broken_others'",
        },
        "could not assemble any primary key columns",
    ),
    "its models point to nothing": (
        {
            "__init__.py": includeme(REGISTERS_ALL),
            "models.py": MODELS
            + "    other: Mapped[User] = relationship('Nobody', foreign_keys=user_id)\n",
        },
        "'Nobody' failed to locate a name",
    ),
    "it is not installed": (None, "is not installed; installed: activities"),
}
failing = pytest.mark.parametrize(
    ("files", "reason"),
    first(3, FAILING.values(), names=2),
    ids=[name.replace(" ", "-") for name in FAILING],
)


@pytest.fixture
def broken_settings(settings):
    return settings | {"hhu.plugins": "contacts broken rooms"}


@pytest.fixture
def skipping(broken_settings):
    return broken_settings | {"hhu.on_plugin_error": "skip"}


@pytest.fixture
def start():
    """``start(settings)``: the application as the web server gets it."""
    apps = []

    def start(settings):
        apps.append(main({}, **settings))
        return apps[-1]

    yield start
    for app in apps:
        app.registry["engine"].dispose()


@failing
def test_it_stops_the_start_and_is_named_with_the_reason(
    shelf, broken_settings, start, files, reason
):
    if files is not None:
        shelf.install("broken", files)
    with pytest.raises(PluginError, match="'broken'") as caught:
        start(broken_settings)
    assert reason.removeprefix("is not installed; ") in str(caught.value)
    assert "\n" not in str(caught.value)


@failing
def test_the_rest_serves_without_it_and_nothing_of_it_is_there(
    shelf, skipping, start, caplog, files, reason
):
    if files is not None:
        shelf.install("broken", files)
    app = start(skipping)
    registry = app.registry
    assert registry["plugins"] == ["contacts", "rooms"]
    assert list(registry["plugins.left_out"]) == ["broken"]
    assert reason in registry["plugins.left_out"]["broken"]
    said = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert f"the plugin broken is left out: {registry['plugins.left_out']['broken']}" in [
        record.getMessage() for record in said
    ]
    # The same as if nobody had named it.
    control = start(skipping | {"hhu.plugins": "contacts rooms"}).registry
    assert _registered(registry) == _registered(control)
    assert "rooms.decide" in registry["tasks"]


@pytest.mark.parametrize("case", first(1, [name for name in FAILING if "models" in name]))
def test_broken_models_do_not_hurt_the_others(
    shelf, skipping, start, sessions, session, teacher, case
):
    """One mapped class that cannot be configured fails every query, if it is not left alone."""
    shelf.install("broken", FAILING[case][0])
    app = start(skipping)
    # A second time, too: what is left of the first must not give another reason.
    again = start(skipping)
    assert again.registry["plugins.left_out"] == app.registry["plugins.left_out"]
    ApiClient(app, sessions, session).as_user(teacher).get("/meetingrooms/")
    assert session.scalar(sa.select(User).where(User.id == teacher.id)) is teacher
    assert "broken_things" not in User.metadata.tables


@pytest.mark.slow
def test_what_a_broken_one_imports_of_the_base_is_not_taken_along(shelf):
    """It may be the first in its process that asks for those modules."""
    models = "from hhu_base.mail.models import Mail\n" + MODELS + "\nraise KeyError('half')"
    shelf.install("broken", {"models.py": models})
    code = (
        "from hhu_base.plugins import errors, installed, loading\n"
        "from hhu_base.database import Base\n"
        "try:\n"
        "    loading.load(installed()['broken'])\n"
        "except errors.PluginError:\n"
        "    print(*sorted(Base.metadata.tables))\n"
        "from hhu_base.mail.models import Mail\n"
        "Mail()\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=os.environ | {"PYTHONPATH": str(shelf.folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    tables = done.stdout.split()
    assert {"core_users", "core_mails"} <= set(tables)
    assert "broken_things" not in tables


def test_of_two_that_do_not_go_together_the_first_stays(shelf, skipping, start):
    body = "    config.add_route('{0}', '/{0}/')\n    config.add_task('same', print)"
    for name in ("broken", "brokentoo"):
        shelf.install(name, {"__init__.py": includeme(body.format(name))})
    app = start(skipping | {"hhu.plugins": "broken rooms brokentoo"})
    assert app.registry["plugins"] == ["broken", "rooms"]
    assert "Conflicting configuration" in app.registry["plugins.left_out"]["brokentoo"]


def test_of_two_that_want_the_same_path_both_are_named(shelf, broken_settings, start):
    for name, path in (("broken", "/broken/{id}/"), ("brokentoo", "/broken/{name}")):
        body = f"    config.add_route('{name}.route', '{path}')"
        shelf.install(name, {"__init__.py": includeme(body)})
    with pytest.raises(PluginError) as caught:
        start(broken_settings | {"hhu.plugins": "broken brokentoo"})
    assert str(caught.value) == (
        "hhu.plugins: the plugin 'brokentoo' cannot be loaded: its path '/broken/{name}' is served"
        " by the plugin 'broken' already as '/broken/{id}/', which would answer for it"
    )


@pytest.mark.parametrize(
    ("path", "by"),
    [("/admin/sign-in/", "the base"), ("/admin/rooms/meetingrooms/", "the plugin 'rooms'")],
)
def test_a_path_of_somebody_else_is_not_to_be_had(shelf, broken_settings, start, path, by):
    body = f"    config.add_route('broken.route', '{path}')"
    shelf.install("broken", {"__init__.py": includeme(body)})
    with pytest.raises(PluginError, match="'broken' cannot be loaded") as caught:
        start(broken_settings | {"hhu.plugins": "rooms broken"})
    assert f"{path!r} is served by {by} already" in str(caught.value)


def test_a_good_one_is_whole(shelf, skipping, start):
    shelf.install("broken", {"__init__.py": includeme(REGISTERS_ALL)})
    app = start(skipping)
    assert app.registry["plugins"] == ["contacts", "broken", "rooms"]
    assert app.registry["plugins.left_out"] == {}
    assert "broken.sweep" in app.registry["tasks"]
    assert app.registry["admin.sections"]["broken"] == "broken"


def test_a_wrong_setting_of_the_base_still_stops_the_start(shelf, skipping):
    shelf.install("broken", FAILING["its package does not import"][0])
    with pytest.raises(ConfigurationError, match="^hhu.zone: 'Mars'"):
        configure(skipping | {"hhu.zone": "Mars"})
    with pytest.raises(ConfigurationError, match="^hhu.on_plugin_error: 'ignore'"):
        configure(skipping | {"hhu.on_plugin_error": "ignore"})


def test_only_superusers_read_the_reason_on_the_home_page(
    shelf, skipping, start, sessions, session, superuser, add_staff
):
    shelf.install("broken", FAILING["its includeme fails at the end"][0])
    browser = AdminClient(start(skipping), sessions, session)
    page = browser.as_user(superuser).get("/admin/")
    assert "1 个插件无法加载" in page.html.text
    assert "no_such_directive" in page.text
    page = browser.as_user(add_staff("core.change")).get("/admin/")
    assert "无法加载" not in page.text
    assert "no_such_directive" not in page.text


def test_whoever_watches_is_told_the_name_and_not_the_reason(
    shelf, skipping, start, sessions, session
):
    shelf.install("broken", FAILING["its includeme fails at the end"][0])
    answer = ApiClient(start(skipping), sessions, session).get("/readyz", status=503)
    assert answer.json["left_out"] == ["broken"]
    assert "no_such_directive" not in answer.text


def test_the_folder_with_its_migrations_is_found_all_the_same(shelf):
    shelf.install(
        "broken",
        {"__init__.py": "import no_such_library", "migrations/broken_0001_things.py": ""},
    )
    assert plugins.migration_folders()["broken"] == shelf.folder / "hhu_broken" / "migrations"


def _registered(registry) -> dict:
    """What the plugins of an application have registered, as far as two can be compared."""
    routes = registry.queryUtility(IRoutesMapper).get_routes(include_static=True)
    return {
        "routes": sorted((route.name, route.path) for route in routes),
        "services": sorted(registry.cornice_services),
        "tasks": sorted(registry["tasks"]),
        "menu": [line.path for line in registry["admin.menu"]],
        "sections": dict(registry["admin.sections"]),
        "tables": sorted(registry["admin.tables"]),
        "assets": sorted(registry["assets"]),
        "cards": len(registry["admin.cards"]),
        "demo": list(registry["demo_loaders"]),
        "takeover": [part.models for part in registry["takeover_parts"]],
        "stores": sorted(registry["mail.stores"]),
        "files": [each.name for each in registry["stored_files"]],
        "feeds": [each.name for each in registry["calendars.feeds"]],
        "metrics": sorted(registry["metrics"]),
        "checks": sorted(each.name for each in registry["checks"]),
        "own": sorted(key for key in registry if key.startswith("broken")),
        "schedule": sorted(registry["celery"].conf.beat_schedule),
    }
