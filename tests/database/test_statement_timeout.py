"""How long a statement of a web request may take, and how its end is told."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy.orm import Session
from webtest import TestApp

from hhu_base import configure
from hhu_base.database import limit_statements, lock
from hhu_base.models import User
from hhu_base.settings import ConfigurationError

TOO_LONG = "这一步用时过长，已经中止。请缩小范围，或者稍后再试。"


def look_long(request):
    request.db.execute(sa.text("SELECT pg_sleep(20)"))
    return {}


def wait_for_a_lock(request):
    lock(request.db, "test.database")
    return {}


def read_piece_by_piece(request):
    """Each piece takes less than the limit, and all of them much more."""
    rows = request.db.execute(
        sa.text("SELECT pg_sleep(0.1) FROM generate_series(1, 12)").execution_options(yield_per=1)
    )
    return {"rows": sum(1 for _ in rows)}


@pytest.fixture(scope="module")
def limited(settings, engine):
    """The application as the web server serves it, with a limit that can be waited for."""
    config = configure(settings | {"sqlalchemy.statement_timeout": "0.5"})
    views = (look_long, wait_for_a_lock, read_piece_by_piece)
    for view in views:
        for path in (f"/{view.__name__}/", f"/admin/{view.__name__}"):
            config.add_route(path, path)
            config.add_view(
                view, route_name=path, renderer="json", permission=NO_PERMISSION_REQUIRED
            )
    app = config.make_wsgi_app()
    limit_statements(app.registry)
    yield TestApp(app)
    app.registry["engine"].dispose()


def test_a_statement_that_takes_too_long_is_ended_and_told_as_such(limited, caplog):
    answer = limited.get("/look_long/", status=504)
    assert answer.json == {"detail": TOO_LONG}
    assert "a statement was stopped at its time limit during 'GET' /look_long/" in caplog.text
    page = limited.get("/admin/look_long", status=504)
    assert TOO_LONG in page.text
    assert 'href="/admin/"' in page.text


def test_who_waits_for_a_lock_is_told_to_try_again(limited, engine):
    with Session(engine) as other:
        lock(other, "test.database")
        answer = limited.get("/wait_for_a_lock/", status=503)
    assert answer.headers["Retry-After"]


def test_what_is_read_piece_by_piece_may_take_longer(limited):
    assert limited.get("/read_piece_by_piece/").json == {"rows": 12}


def test_what_is_no_web_request_has_no_limit(settings):
    config = configure(settings | {"sqlalchemy.statement_timeout": "0.1"})
    with config.registry["engine"].connect() as connection:
        assert connection.scalar(sa.text("SHOW statement_timeout")) == "0"
        connection.execute(sa.text("SELECT pg_sleep(0.3)"))
    config.registry["engine"].dispose()


def test_a_limit_that_is_none_stops_the_start(settings):
    with pytest.raises(ConfigurationError, match="^sqlalchemy.statement_timeout: "):
        configure(settings | {"sqlalchemy.statement_timeout": "0"})


def test_a_figure_that_takes_too_long_does_not_make_the_database_look_away(settings, engine):
    token = "figures-of-the-tests"  # noqa: S105
    config = configure(settings | {"sqlalchemy.statement_timeout": "0.3", "metrics.token": token})
    config.add_metric(
        "hhu_slow", "Slow.", lambda session: session.scalar(sa.text("SELECT 1 FROM pg_sleep(20)"))
    )
    config.add_metric(
        "hhu_users", "Users.", lambda session: session.scalar(sa.select(sa.func.count(User.id)))
    )
    app = config.make_wsgi_app()
    limit_statements(app.registry)
    told = TestApp(app).get("/metrics", headers={"Authorization": f"Bearer {token}"}).text
    app.registry["engine"].dispose()
    assert "hhu_database_up 1.0" in told
    assert "hhu_users " in told
    assert "hhu_slow " not in told
