"""Asks one check after the other; one that fails is a finding too."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from hhu_base.cli.doctor.contract import (
    DATABASE,
    NOTHING,
    SERVICES,
    TABLES,
    Check,
    Deployment,
    Finding,
    error,
    first_line,
    notice,
)
from hhu_base.cli.doctor.database import is_reachable, is_up_to_date
from hhu_base.database import URL
from hhu_base.settings.services import EMBEDDED

logger = logging.getLogger(__name__)


def run_checks(deployment: Deployment) -> Iterator[Finding]:
    """The findings of all checks, as they come."""
    checks: list[Check] = deployment.registry["checks"]
    there = {NOTHING}
    # What is missing is said by the checks of the base; the others need not say it again.
    if is_reachable(deployment):
        there |= {SERVICES, DATABASE}
        if is_up_to_date(deployment):
            there.add(TABLES)
    elif URL.read(deployment.settings) == EMBEDDED:
        yield notice(
            "内嵌的数据库没有在运行，数据库、队列、数据目录都没有检查。",
            "用 scripts/serve 启动整个系统以后再检查一次。",
        )
    else:
        there.add(SERVICES)
    for check in checks:
        if check.needs not in there:
            continue
        try:
            yield from check.function(deployment)
        except SQLAlchemyError as problem:
            yield error(
                f"检查 {check.name} 时数据库出错：{first_line(problem)}",
                "看数据库的日志，检查数据库用户的权限（deploy/postgres-roles.sql）。",
            )
        except Exception as problem:
            logger.exception("the check %s failed", check.name)
            yield error(
                f"检查 {check.name} 没有做完：{type(problem).__name__}: {first_line(problem)}",
                "这是程序的问题，请把上面的记录交给开发者。",
            )
