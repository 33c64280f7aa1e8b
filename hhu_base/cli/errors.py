"""What a command fails with, as a sentence for who deploys the system; it says what to do."""

from __future__ import annotations

from pathlib import Path

_SPLIT_ROLES = "数据库角色分开时（deploy/postgres-roles.sql），用 hhu --owner 运行"


def sentence(error: BaseException, ini: Path | None) -> str | None:
    """The sentence, or None for what nobody but a developer can mend."""
    # By name: a command that needs none of these libraries should not import them.
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "ConfigurationError" in kinds:
        from hhu_base.plugins.inspection import explain

        return "\n".join(f"配置错误：{each}" for each in explain(error, ini))  # type: ignore[arg-type]
    if "CommandError" in kinds:  # Alembic's
        hint = "（相应的插件没有安装？）" if "locate revision" in str(error) else ""
        return f"数据库迁移：{error}{hint}"
    if "DBAPIError" in kinds:
        return _of_the_database(error)
    return None


def _of_the_database(error) -> str | None:
    """``error`` is SQLAlchemy's, ``orig`` psycopg's."""
    what, state = first_line(error.orig), getattr(error.orig, "sqlstate", None)
    if state == "42501":
        return (
            f"数据库用户没有权限：{what}。{_SPLIT_ROLES}；仍然如此就再运行一次 postgres-roles.sql。"
        )
    if state == "42P01":
        return f"数据库里没有需要的表：{what}。先运行 hhu migrate INI upgrade；{_SPLIT_ROLES}。"
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "OperationalError" not in kinds:
        return None
    if state is None or state.startswith(("08", "28", "3D", "57P")):
        return (
            f"数据库连不上：{what}。检查 HHU_SQLALCHEMY_URL（地址、用户、密码、库名），"
            "以及 PostgreSQL（embedded 时是 scripts/serve）是否在运行。"
        )
    return f"数据库现在做不了：{what}。稍后再试；仍然如此就看数据库的日志。"


def first_line(problem: BaseException) -> str:
    """What an exception says, short enough for a line."""
    lines = str(problem).strip().splitlines()
    return lines[0][:300].rstrip("。.") if lines else type(problem).__name__
