"""The schema: one command over the base's branch and every plugin's."""

from __future__ import annotations

import traceback
from io import StringIO
from pathlib import Path
from typing import cast

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import to_tuple
from alembic.util.exc import CommandError

from alembic import command
from hhu_base import plugins
from hhu_base.database import ALEMBIC_FOLDER, Base, keys, make_engine


def alembic_config(settings, engine: sa.Engine | None = None) -> Config:
    """Alembic's configuration for these settings; its folder is found through the ini file.

    ``attributes["broken"]`` are the plugins whose models cannot be imported, where those are
    skipped: nothing is known of their tables.
    """
    broken = plugins.import_models(settings)
    config = Config(stdout=StringIO())  # what it says is said in our words
    config.set_main_option("script_location", str(_script_location(settings)).replace("%", "%%"))
    folders = "\n".join(str(folder) for folder in plugins.migration_folders().values())
    config.set_main_option("version_locations", folders.replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["engine"] = engine or make_engine(settings)
    config.attributes["metadata"] = Base.metadata
    config.attributes["broken"] = broken
    return config


def read_scripts(config: Config) -> ScriptDirectory:
    """All migrations. Raises CommandError, which names the file, if one can't be imported."""
    scripts = ScriptDirectory.from_config(config)
    try:
        list(scripts.walk_revisions())
    except CommandError:
        raise
    except Exception as error:
        where = _migration_in(error)
        raise CommandError(f"{where} can't be imported: {type(error).__name__}: {error}") from error
    return scripts


def _migration_in(error: Exception) -> str:
    """The last file on the way to the error; of one that is no Python, that file."""
    frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    found = [
        name for name in (*frames, getattr(error, "filename", None) or "") if "/migrations/" in name
    ]
    return found[-1] if found else "a migration"


def _script_location(settings) -> Path:
    return Path(ALEMBIC_FOLDER.read(settings) or Path(__file__).parents[2] / "alembic")


def upgrade(config: Config) -> None:
    """Bring every branch to its newest revision, and the keys that lists are sorted by with it."""
    read_scripts(config)
    command.upgrade(config, "heads")
    with config.attributes["engine"].begin() as connection:
        keys.refresh(connection)


def downgrade(config: Config, revision: str) -> None:
    """Go back to ``revision``: an id, ``rooms@base``, ``rooms@-1``, …

    Raises CommandError where the database is ahead of this release.
    """
    if unknown := unknown_revisions(config):
        raise CommandError(
            f"数据库里有这个版本不认识的迁移：{'、'.join(unknown)}。降级要用做了这些迁移的版本（新版本）"
            "来运行，例如 HHU_HOME=新版本的目录 hhu --owner migrate production.ini downgrade …，"
            "然后再换回旧版本；如果是卸载了的插件的迁移，先重新安装那个插件。"
        )
    command.downgrade(config, revision)


def revision(config: Config, branch: str, message: str, empty: bool = False) -> str:
    """Write a migration for what changed in ``branch``'s tables; returns its file's path.

    Raises CommandError for a branch that no installed plugin has, and PluginError where its models
    cannot be imported: they would look deleted.
    """
    folder = plugins.migration_folders().get(branch)
    if folder is None:
        raise CommandError(f"no installed plugin has a branch {branch!r}")
    if branch in config.attributes["broken"]:
        raise config.attributes["broken"][branch]
    scripts = read_scripts(config)
    count = sum(branch in script.branch_labels for script in scripts.walk_revisions())
    config.attributes["branch"] = branch
    made = command.revision(
        config,
        message,
        autogenerate=not empty,
        head=f"{branch}@head" if count else "base",
        branch_label=None if count else branch,
        depends_on=None if count or branch == "core" else "core_0001",
        rev_id=f"{branch}_{count + 1:04d}",
        version_path=str(folder),
    )
    return cast(Script, made).path


def not_in_step(settings, engine: sa.Engine) -> tuple[list[str], list[str]]:
    """Heads that are not applied to the database, and what is applied there and nobody here knows."""
    config = alembic_config(settings, engine)
    scripts, applied = read_scripts(config), _applied(engine)
    known = {script.revision: script for script in scripts.walk_revisions()}
    # Alembic does not note what something applied depends on, even if it is the head of a branch.
    done, waiting = set(), list(applied & known.keys())
    while waiting:
        script = known[waiting.pop()]
        if script.revision not in done:
            done.add(script.revision)
            waiting += [*to_tuple(script.down_revision, ()), *to_tuple(script.dependencies, ())]
    return sorted(set(scripts.get_heads()) - done), sorted(applied - known.keys())


def unknown_revisions(config: Config) -> list[str]:
    """What is applied to the database, and no migration that is installed here."""
    known = {script.revision for script in read_scripts(config).walk_revisions()}
    return sorted(_applied(config.attributes["engine"]) - known)


def _applied(engine: sa.Engine) -> set[str]:
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def check(config: Config) -> list[str]:
    """What is wrong: revisions that are not applied, or models that differ from the migrations."""
    read_scripts(config)
    try:
        command.check(config)
    except CommandError as problem:
        return [str(problem)]
    return []
