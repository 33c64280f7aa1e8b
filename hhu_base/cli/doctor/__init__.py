"""``hhu doctor``: what is wrong with a deployment, and what to do about it.

A check is a function that takes a :class:`Deployment` and gives findings. Plugins add theirs::

    config.add_check("guides.folder", checks.check_folder)

Checks change nothing, and send nothing to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hhu_base.cli.doctor import database, machine, queues, secrets, site
from hhu_base.cli.doctor.contract import (
    DATABASE,
    NOTHING,
    SERVICES,
    TABLES,
    Check,
    Deployment,
    Finding,
    error,
    good,
    notice,
)

__all__ = [
    "DATABASE",
    "NOTHING",
    "SERVICES",
    "TABLES",
    "Deployment",
    "Finding",
    "error",
    "good",
    "includeme",
    "notice",
]


def add_check(
    config,
    name: str,
    function: Callable[[Deployment], Iterable[Finding]],
    *,
    needs: str = NOTHING,
) -> None:
    """Directive: ``hhu doctor`` asks ``function`` too, if what it needs is there.

    ``needs``: NOTHING, SERVICES (others than the embedded ones, or these run), DATABASE (it can be
    reached) or TABLES (all migrations are applied).
    """
    config.action(
        ("doctor-check", name),
        lambda: config.registry["checks"].append(Check(name, function, needs)),
    )


def includeme(config) -> None:
    """``config.add_check``, and the checks of what all features stand on."""
    config.registry["checks"] = []
    config.add_directive("add_check", add_check)
    config.add_check("core.environment", site.check_environment)
    config.add_check("core.public_url", site.check_public_url)
    config.add_check("core.zone", site.check_zone)
    config.add_check("core.secrets", secrets.check_secrets)
    config.add_check("core.secrets_in_files", secrets.check_ini_file)
    config.add_check("core.web_server", site.check_web_server)
    config.add_check("core.account", machine.check_account)
    config.add_check("core.data_dir", machine.check_data_dir, needs=SERVICES)
    config.add_check("core.disk", machine.check_disk, needs=SERVICES)
    # Says itself that the database is away; the others then need not.
    config.add_check("core.database", database.check_connection, needs=SERVICES)
    config.add_check("core.migrations", database.check_migrations, needs=DATABASE)
    config.add_check("core.role", database.check_role, needs=TABLES)
    config.add_check("core.connections", database.check_connections, needs=DATABASE)
    config.add_check("core.archive", database.check_archive, needs=DATABASE)
    config.add_check("core.clock", database.check_clock, needs=DATABASE)
    config.add_check("core.database_zone", database.check_zone, needs=DATABASE)
    config.add_check("core.broker", queues.check_broker, needs=SERVICES)
    config.add_check("core.workers", queues.check_workers, needs=TABLES)
    config.add_check("core.periodic", queues.check_periodic, needs=TABLES)
    config.add_check("core.backup", queues.check_backup, needs=TABLES)
    config.add_check("core.certificates", machine.check_certificates)
