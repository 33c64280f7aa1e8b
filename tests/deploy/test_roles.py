"""Who may do what in the database: ``deploy/postgres-roles.sql``, as it stands."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from pyramid.scripting import prepare
from webtest import TestApp

from hhu_base import configure
from hhu_base.cli import main, migrate
from hhu_base.cli.backup.dump import make_backup
from hhu_base.cli.demo import load_all
from hhu_base.cli.doctor import Deployment
from hhu_base.cli.doctor.database import check_role

from .conftest import ROOT

pytestmark = pytest.mark.slow

DENIED = psycopg.errors.InsufficientPrivilege


@pytest.fixture(scope="module")
def app_as_app(deployed, settings, tmp_path_factory):
    """The application as it runs in production, with the demo college."""
    folder = str(tmp_path_factory.mktemp("data"))
    config = configure(
        settings | {"sqlalchemy.url": deployed.url("hhu_app"), "hhu.data_dir": folder}
    )
    app = config.make_wsgi_app()
    with prepare(registry=app.registry) as env, env["request"].tm:
        hash_password = app.registry["passwords"].hash
        assert load_all(app.registry, env["request"].db, hash_password)
    yield app
    app.registry["listener"].stop()
    app.registry["engine"].dispose()


def run_as(deployed, role: str, statement: str):
    with deployed.engine(role).connect() as connection:
        return connection.execute(sa.text(statement))


def denied_to(deployed, role: str, statement: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError) as refusal:
        run_as(deployed, role, statement)
    assert isinstance(refusal.value.orig, DENIED), refusal.value


def test_the_system_runs_with_the_rights_of_the_application(app_as_app):
    client = TestApp(app_as_app)
    pair = {"username": "t0001", "password": "teach-hhu-2026"}
    token = client.post_json("/auth/get-token/", pair, status=201).json["token"]
    headers = {"Authorization": f"Token {token}"}
    [room, *_] = client.get("/meetingrooms/", headers=headers).json
    # Beyond the demo's own.
    begin = (datetime.now() + timedelta(days=300)).replace(hour=10, minute=0)  # noqa: DTZ005
    wish = {
        "meetingroom": room["id"],
        "reserve_from": f"{begin:%Y-%m-%dT%H:%M}",
        "reserve_to": f"{begin + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "description": "例会",
    }
    made = client.post_json("/reservations/", wish, headers=headers, status=201).json
    client.delete(f"/reservations/{made['id']}/", headers=headers, status=204)
    assert client.get("/contacts/", headers=headers).json
    for task in app_as_app.registry["tasks"].values():
        if task.every:
            with prepare(registry=app_as_app.registry) as env, env["request"].tm:
                task.function(env["request"])


def test_a_backup_needs_no_more_than_that(app_as_app, tmp_path):
    registry = app_as_app.registry
    manifest = make_backup(registry["engine"], registry["stored_files"], tmp_path / "backup")
    assert manifest.count > 0
    assert manifest.damaged == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_audit SET actor = 'nobody'",
        "DELETE FROM core_audit",
        "TRUNCATE core_audit",
        "ALTER TABLE core_audit DISABLE TRIGGER ALL",
        "DROP TRIGGER core_audit_append_only ON core_audit",
        "CREATE OR REPLACE FUNCTION core_audit_refuse() RETURNS trigger LANGUAGE sql AS ''",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = 'x'",
        "CREATE TABLE mine ()",
        "DROP TABLE rooms_reservations",
        "TRUNCATE core_users CASCADE",
        "ALTER TABLE rooms_reservations DROP CONSTRAINT ex_rooms_reservations_overlap",
        "COPY core_users TO PROGRAM 'cat'",
        "SET ROLE hhu_owner",
    ],
)
def test_the_application_can_change_neither_the_structure_nor_the_audit(deployed, statement):
    denied_to(deployed, "hhu_app", statement)


def test_what_a_later_migration_makes_is_there_for_the_application(deployed):
    run_as(
        deployed, "hhu_owner", "CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY, x int)"
    )
    run_as(deployed, "hhu_app", "INSERT INTO later (x) VALUES (1)")
    run_as(deployed, "hhu_app", "DELETE FROM later")
    denied_to(deployed, "hhu_app", "TRUNCATE later")
    run_as(deployed, "hhu_owner", "DROP TABLE later")


def test_nobody_else_gets_in(deployed):
    with pytest.raises(sa.exc.OperationalError, match="permission denied for database"):
        run_as(deployed, "hhu_stranger", "SELECT 1")


def test_setting_the_roles_again_changes_nothing(deployed, settings):
    def rights() -> list:
        with deployed.engine("hhu_owner").connect() as connection:
            return connection.execute(
                sa.text("SELECT relname, relacl::text FROM pg_class ORDER BY relname")
            ).all()

    before = rights()
    deployed.set_roles()
    assert rights() == before
    owner = settings | {"sqlalchemy.url": deployed.url("hhu_owner")}
    config = migrate.alembic_config(owner)
    assert migrate.check(config) == []
    config.attributes["engine"].dispose()


@pytest.mark.parametrize(("role", "level"), [("hhu_app", "好"), ("hhu_owner", "注意")])
def test_the_doctor_knows_them_apart(deployed, production, monkeypatch, app, role, level):
    monkeypatch.setitem(app.registry, "engine", deployed.engine(role))
    deployment = Deployment(ROOT / "production.ini", production, {}, app.registry)
    assert [finding.level for finding in check_role(deployment)] == [level]


@pytest.mark.parametrize(
    ("change", "back", "sign"),
    [
        (
            "GRANT UPDATE ON core_audit TO hhu_app",
            "REVOKE UPDATE ON core_audit FROM hhu_app",
            "操作日志",
        ),
        (
            "GRANT DELETE ON alembic_version TO hhu_app",
            "REVOKE DELETE ON alembic_version FROM hhu_app",
            "迁移的记录",
        ),
        (
            "REVOKE SELECT, INSERT ON core_users FROM hhu_app",
            "GRANT SELECT, INSERT ON core_users TO hhu_app",
            "不能读写",
        ),
    ],
)
def test_the_doctor_finds_out_that_the_roles_were_not_set_again(
    deployed, production, monkeypatch, app, change, back, sign
):
    run_as(deployed, "hhu_owner", change)
    monkeypatch.setitem(app.registry, "engine", deployed.engine("hhu_app"))
    deployment = Deployment(ROOT / "production.ini", production, {}, app.registry)
    [finding] = check_role(deployment)
    run_as(deployed, "hhu_owner", back)
    assert finding.level == "错误"
    assert sign in finding.what
    assert "postgres-roles.sql" in finding.advice


@pytest.mark.parametrize(
    "arguments",
    [("migrate", "downgrade", "rooms@base", "--yes"), ("migrate", "upgrade")],
    ids=["downgrade", "upgrade"],
)
def test_who_does_not_own_the_tables_is_told_to_be_the_owner(
    deployed, settings, monkeypatch, arguments
):
    command, *rest = arguments
    if rest == ["upgrade"]:
        run_as(deployed, "hhu_owner", "REVOKE SELECT ON alembic_version FROM hhu_app")
    monkeypatch.setenv("HHU_SQLALCHEMY_URL", deployed.url("hhu_app"))
    monkeypatch.setenv("HHU_DATA_DIR", settings["hhu.data_dir"])
    result = CliRunner().invoke(main, [command, str(ROOT / "development.ini"), *rest])
    run_as(deployed, "hhu_owner", "GRANT SELECT ON alembic_version TO hhu_app")
    assert result.exit_code == 1, result.output
    assert "hhu --owner" in result.output
    assert result.output.count("\n") == 1
