"""The database: is it there, is it ours, and do its clock and ours agree?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hhu_base.cli.doctor.contract import Deployment, Finding, error, first_line, good, notice
from hhu_base.database import Base
from hhu_base.settings.server import PROCESSES

_OLDEST_VERSION = 15
# Rotating codes change every few seconds, and another machine may show them.
_NOTICEABLE = timedelta(seconds=1)
_HARMFUL = timedelta(seconds=5)
_SET_ROLES = "再运行一次 deploy/postgres-roles.sql：第一次迁移以后也要运行。"


def is_reachable(deployment: Deployment) -> bool:
    try:
        with deployment.engine.connect():
            return True
    except sa.exc.SQLAlchemyError:
        return False


def check_connection(deployment: Deployment) -> Iterator[Finding]:
    where = _where(deployment.engine.url)
    try:
        with deployment.engine.connect() as connection:
            version = int(connection.execute(sa.text("SHOW server_version_num")).scalar_one())
    except sa.exc.SQLAlchemyError as problem:
        yield error(
            f"数据库 {where} 连不上：{first_line(problem)}",
            "检查 HHU_SQLALCHEMY_URL（地址、用户、密码、库名）、pg_hba.conf，以及 PostgreSQL 是否在运行。",
        )
        return
    if version // 10000 < _OLDEST_VERSION:
        yield error(
            f"PostgreSQL {version // 10000} 太旧。", f"升级到 {_OLDEST_VERSION} 或更新的版本。"
        )
    else:
        yield good(f"数据库 {where} 可以连接，PostgreSQL {version // 10000}。")


def check_migrations(deployment: Deployment) -> Iterator[Finding]:
    """Is every migration applied, and is everything there that they make?"""
    try:
        missing, unknown = _not_in_step(deployment)
        tables = [] if missing or unknown else _missing_tables(deployment)
    except sa.exc.ProgrammingError as problem:
        yield error(f"数据库用户看不到数据表：{first_line(problem)}", _SET_ROLES)
        return
    except Exception as problem:
        # Whatever a migration of somebody else's does when it is imported.
        yield error(
            f"数据库迁移无法读取：{first_line(problem)}",
            "运行 hhu plugins INI，改好或卸载相应的插件。",
        )
        return
    if unknown:
        yield error(
            f"数据库里有这个版本的程序不认识的迁移：{' '.join(unknown)}。",
            "程序比数据库旧，或者少装了插件：安装相应的版本。",
        )
    elif missing:
        yield error(
            f"数据库结构不是最新，缺少 {' '.join(missing)}。",
            "运行 hhu migrate INI upgrade（数据库角色分开时是 hhu --owner migrate INI upgrade）。",
        )
    elif tables:
        yield error(
            f"数据库里没有 {'、'.join(tables)}，相应的插件不能用。",
            "插件没有带上 migrations/，或者表被删除了：重新安装插件，或从备份恢复。",
        )
    else:
        yield good("数据库结构是最新的。")


def is_up_to_date(deployment: Deployment) -> bool:
    """Whether the tables are there that all the other checks look into."""
    try:
        return _not_in_step(deployment) == ([], []) and not _missing_tables(deployment)
    # Why not is told by check_migrations.
    except Exception:
        return False


def _not_in_step(deployment: Deployment) -> tuple[list[str], list[str]]:
    # The web server and the workers know these checks, and need no Alembic: 8 MB for each.
    from hhu_base.cli import migrate

    return migrate.not_in_step(deployment.settings, deployment.engine)


def _missing_tables(deployment: Deployment) -> list[str]:
    """Tables of the base and of enabled plugins that are not there."""
    enabled = ("core", *deployment.registry["plugins"])
    names = [
        name for name in Base.metadata.tables if name.startswith(tuple(f"{e}_" for e in enabled))
    ]
    there = set(sa.inspect(deployment.engine).get_table_names())
    return sorted(set(names) - there)


def check_role(deployment: Deployment) -> Iterator[Finding]:
    """An attacker who takes over the application should not own the tables."""
    with deployment.engine.connect() as connection:
        role, is_superuser, owns, may_read, may_change = connection.execute(
            sa.text(
                "SELECT current_user, rolsuper,"
                " pg_catalog.pg_has_role(c.relowner, 'USAGE'),"
                " has_table_privilege('core_users', 'SELECT, INSERT'),"
                " has_table_privilege('core_audit', 'UPDATE, DELETE')"
                " OR has_table_privilege('alembic_version', 'INSERT, UPDATE, DELETE') FROM pg_catalog.pg_roles,"
                " pg_catalog.pg_class c WHERE rolname = current_user AND c.oid = 'core_audit'::regclass"
            )
        ).one()
    advice = "日常运行用 deploy/postgres-roles.sql 里的 hhu_app，迁移用 hhu_owner。"
    if is_superuser and deployment.is_production:
        yield error(f"数据库用户 {role} 是超级用户。", advice)
    elif owns and deployment.is_production:
        yield notice(f"数据库用户 {role} 拥有这些表，因此可以改动操作日志。", advice)
    elif not owns and not may_read:
        yield error(f"数据库用户 {role} 不能读写数据表。", _SET_ROLES)
    elif not owns and may_change:
        yield error(f"数据库用户 {role} 可以改动操作日志或迁移的记录。", _SET_ROLES)
    else:
        yield good(f"数据库用户是 {role}。")


def check_connections(deployment: Deployment) -> Iterator[Finding]:
    """Each web process opens as many as it needs, up to its pool and one that listens."""
    with deployment.engine.connect() as connection:
        most, used = connection.execute(
            sa.text(
                "SELECT current_setting('max_connections')::int"
                " - current_setting('superuser_reserved_connections')::int,"
                " (SELECT count(*) FROM pg_catalog.pg_stat_activity"
                "  WHERE backend_type = 'client backend')"
            )
        ).one()
    processes = PROCESSES.read(deployment.settings)
    wanted = processes * (deployment.engine.pool.size() + 1)  # type: ignore[attr-defined]
    if most - used < wanted:
        yield notice(
            f"数据库的 {most} 个连接已用 {used} 个，再来 {processes} 个网站进程（升级时新旧并存，要 {wanted} 个）就不够。",
            "增大 max_connections，或减小 sqlalchemy.pool_size 或 web.processes。",
        )
    else:
        yield good(f"数据库的 {most} 个连接已用 {used} 个。")


def check_archive(deployment: Deployment) -> Iterator[Finding]:
    """Log that can't be archived stays, until the disk of the database is full."""
    with deployment.engine.connect() as connection:
        is_on, name, has_failed = connection.execute(
            sa.text(
                "SELECT current_setting('archive_mode') <> 'off', last_failed_wal,"
                " last_failed_time > coalesce(last_archived_time, '-infinity')"
                " FROM pg_catalog.pg_stat_archiver"
            )
        ).one()
    if is_on and has_failed:
        yield error(
            f"数据库日志（WAL）{name} 归档失败，它们会一直留着，直到数据库的磁盘写满。",
            "看 PostgreSQL 的日志，检查归档目录是否挂载、是否写满、权限是否正确。",
        )
    elif is_on:
        yield good("数据库日志（WAL）的归档正常。")


def check_clock(deployment: Deployment) -> Iterator[Finding]:
    with deployment.engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
        before = datetime.now(UTC)
        theirs = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
        after = datetime.now(UTC)
    # The answer was true at some moment in between.
    skew = max(before - theirs, theirs - after, timedelta(0))
    seconds = skew.total_seconds()
    advice = "在两台机器上都启用 NTP（chrony 或 systemd-timesyncd）。"
    if skew > _HARMFUL:
        yield error(f"本机与数据库的时钟相差 {seconds:.1f} 秒。", advice)
    elif skew > _NOTICEABLE:
        yield notice(f"本机与数据库的时钟相差 {seconds:.1f} 秒。", advice)
    else:
        yield good("本机与数据库的时钟一致。")


def check_zone(deployment: Deployment) -> Iterator[Finding]:
    """Python and PostgreSQL each bring time zone data of their own."""
    zone: ZoneInfo = deployment.registry.site_zone
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    moments = [noon + timedelta(days=days) for days in range(0, 366, 30)]
    advice = "更新系统的 tzdata 和 Python 的 tzdata 包。"
    with deployment.engine.connect() as connection:
        try:
            theirs = list(
                connection.scalars(
                    sa.text(
                        "SELECT moment AT TIME ZONE :zone"
                        " FROM unnest(CAST(:moments AS timestamptz[])) AS moment"
                    ),
                    {"zone": zone.key, "moments": moments},
                )
            )
        except sa.exc.DBAPIError:
            yield error(f"PostgreSQL 不认识时区 {zone.key}。", advice)
            return
    if theirs != [moment.astimezone(zone).replace(tzinfo=None) for moment in moments]:
        yield error(f"Python 与 PostgreSQL 的时区 {zone.key} 不一致。", advice)
    else:
        yield good(f"Python 与 PostgreSQL 的时区 {zone.key} 一致。")


def _where(url: sa.URL) -> str:
    host = url.host or url.query.get("host") or "localhost"
    port = f":{url.port}" if url.port else ""
    return f"{url.database or url.username or 'postgres'}@{host}{port}"
