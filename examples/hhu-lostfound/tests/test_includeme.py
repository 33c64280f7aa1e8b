from datetime import timedelta

import pytest
import sqlalchemy as sa
from webtest import TestApp

from hhu_base import configure
from hhu_base.cli import demo, migrate
from hhu_base.mail.models import Mail
from hhu_base.settings import ConfigurationError
from hhu_lostfound.demo import load
from hhu_lostfound.models import CLAIMED, HANDED_ON, WAITING, Thing
from hhu_lostfound.service_texts import TEXTS


def test_what_it_registers(app):
    assert app.registry["lostfound.keep"] == timedelta(days=30)
    assert app.registry["tasks"]["lostfound.hand_on"].every == 3600
    assert app.registry["admin.sections"]["lostfound"] == "失物招领"


def test_a_wrong_setting_is_named(settings):
    with pytest.raises(ConfigurationError, match="^lostfound.keep_days: 0 is less than 1"):
        configure(settings | {"lostfound.keep_days": "0"})


def test_what_nobody_claims_is_handed_on_and_its_finder_told(run_task, add_thing, session):
    long_ago = sa.func.now() - timedelta(days=31)
    old = add_thing(created_at=long_ago)
    claimed = add_thing(created_at=long_ago, status=CLAIMED)
    new = add_thing()
    run_task("lostfound.hand_on")
    assert [thing.status for thing in (old, claimed, new)] == [HANDED_ON, CLAIMED, WAITING]
    run_task("lostfound.hand_on")
    assert [mail.subject for mail in session.scalars(sa.select(Mail))] == [
        "【失物招领】U 盘：已移交"
    ]


def test_the_api_document_tells_of_each_service_in_chinese(app):
    paths = TestApp(app).get("/openapi.json").json["paths"]
    told = [
        operation["summary"]
        for path, operations in paths.items()
        if path.startswith("/lostfound/")
        for operation in operations.values()
    ]
    first_lines = sorted(text.partition("\n")[0] for name, text in TEXTS.items() if name)
    assert sorted(told) == first_lines


def test_the_demo_is_loaded_once(session):
    demo.load(session, lambda password: "hash")
    load(session, {})
    load(session, {})
    things = session.scalars(sa.select(Thing).order_by(Thing.id)).all()
    assert len(things) == 5
    assert {thing.status for thing in things} >= {WAITING, CLAIMED}


def test_models_and_migrations_agree(settings, engine):
    assert migrate.check(migrate.alembic_config(settings, engine)) == []
