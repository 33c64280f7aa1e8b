"""What every test can ask for, beyond ``hhu_base.testing``, which plugins of other people share."""

import gc
import json
import os
import signal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from xdist.scheduler import LoadScopeScheduling

from hhu_base.cli import main
from hhu_base.cli.django_import import report
from hhu_base.cli.django_import.dump import read_dump
from hhu_base.cli.django_import.importer import DjangoImport
from hhu_base.cli.django_import.records import PRESENT, SET_ASIDE, TAKEN
from hhu_base.cli.django_import.runner import DJANGO, OFF, UNKNOWN, import_dump
from hhu_base.database import make_engine
from hhu_base.mail.models import Mail

pytest_plugins = ["hhu_base.testing"]


def pytest_configure() -> None:
    # The CAS server of the tests brings lxml along, and openpyxl would use it; elsewhere there is none.
    os.environ["OPENPYXL_LXML"] = "False"
    # Whoever runs the tests in the background of a script makes them, and all their children,
    # ignore what Ctrl-C sends, and whoever uses nohup what a closed terminal sends. The children
    # are to hear both.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


# Those of a folder in one process: they share what takes longer to start than most of them last.
TOGETHER = ("browser", "flows")


class ByFile(LoadScopeScheduling):
    """The tests of a file run in one process, and those of some folders."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::")[0]
        folder = path.split("/")[1]
        return folder if folder in TOGETHER else path


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take longest begin first."""
    items.sort(key=lambda item: item.path.parent.name not in TOGETHER)


def pytest_collection_finish() -> None:
    """What is there now stays: to look through it again and again costs a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture
def ini() -> str:
    """The path of development.ini."""
    return str(Path(__file__).parents[1] / "development.ini")


@pytest.fixture
def production(settings) -> dict[str, str]:
    """Settings with which production starts."""
    return settings | {
        "hhu.environment": "production",
        "hhu.public_url": "https://hhu.example",
        "activities.secret": "0123456789abcdef" * 2,
        "admin.session_secret": "x" * 40,
        "calendars.secret": "y" * 40,
        "mail.host": "mail.hhu.example",
        "mail.sender": "noreply@hhu.example",
    }


@pytest.fixture
def hhu(settings, engine, monkeypatch):
    """Run ``hhu`` on a database of its own."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CREATE DATABASE cli"))
        url = sa.make_url(settings["sqlalchemy.url"]).set(database="cli")
        url_text = url.render_as_string(hide_password=False)
        monkeypatch.setenv("HHU_SQLALCHEMY_URL", url_text)
        monkeypatch.setenv("HHU_DATA_DIR", settings["hhu.data_dir"])
        monkeypatch.setenv("HHU_AUTH_ARGON2_TIME_COST", settings["auth.argon2_time_cost"])
        monkeypatch.setenv("HHU_AUTH_ARGON2_MEMORY_KIB", settings["auth.argon2_memory_kib"])

        def run(*arguments: str, code: int = 0, **kw) -> str:
            result = CliRunner().invoke(main, list(arguments), **kw)
            assert result.exit_code == code, result.output
            return result.output

        run.engine = make_engine({"sqlalchemy.url": url_text})  # type: ignore[attr-defined]
        yield run
        run.engine.dispose()  # type: ignore[attr-defined]
        connection.execute(sa.text("DROP DATABASE IF EXISTS cli WITH (FORCE)"))


@pytest.fixture
def migrated(hhu, engine, migrated_copy):
    """The database of ``hhu`` is up to date, as after ``hhu migrate … upgrade``."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("DROP DATABASE cli WITH (FORCE)"))
    with migrated_copy("cli"):
        yield


@pytest.fixture
def take_objects(app, session):
    """``take_objects(object, …)``: a takeover of these, as all parts of the application do it."""

    def take(*objects, **options) -> DjangoImport:
        zone = ZoneInfo("Asia/Shanghai")
        takeover = DjangoImport(session, read_dump(json.dumps(objects).encode()), zone, **options)
        import_dump(takeover, app.registry)
        session.expire_all()
        assert_adds_up(takeover)
        return takeover

    return take


def assert_adds_up(takeover: DjangoImport) -> None:
    """Each record of the dump has exactly one outcome, and one that is set aside has reasons."""
    counted = report.counts(takeover)
    for model, records in takeover.dump.items():
        assert counted[model].total() == len(records)
        assert set(counted[model]) <= {TAKEN, PRESENT, SET_ASIDE, OFF, DJANGO, UNKNOWN}
        assert counted[model][SET_ASIDE] == sum(bool(record.reasons) for record in records)


@pytest.fixture
def mails(session):
    """``mails()``: all that were written, in order."""

    def mails() -> list[Mail]:
        session.flush()
        return list(session.scalars(sa.select(Mail).order_by(Mail.id)))

    return mails


@pytest.fixture
def search(browser, teacher):
    """``search("王")``: what t0001 finds, as kind → title → what is said of it."""
    signed_in = browser.as_user(teacher)

    def find(text: str) -> dict[str, dict[str, str]]:
        page = signed_in.get("/app/search/results", {"q": text})
        found: dict[str, dict[str, str]] = {}
        for section in page.html.find_all("section"):
            for link in section.select("a span"):
                title, *detail = link.stripped_strings
                found.setdefault(section.h2.text, {})[title] = "".join(detail)
        return found

    return find


@pytest.fixture(scope="session")
def running_college():
    """One running system for tests/flows and tests/browser: to start it takes longer than a test."""
    from tests.flows.college import run_college

    with run_college() as college:
        yield college
