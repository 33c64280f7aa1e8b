"""The worker's part: bring everybody in at once.

Should two workers be at the same import, because one was taken for dead, they do it one after the
other, and only one finds something left to do.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa

from hhu_base.accounts.import_export import jobs
from hhu_base.accounts.import_export.columns import BY_TITLE, KEY, normalize
from hhu_base.accounts.import_export.importer import LOCK, PlanOutdated, apply
from hhu_base.accounts.import_export.plan import NewUser, Plan
from hhu_base.database import among, lock
from hhu_base.database.transactions import abort, commit
from hhu_base.models import Department, PeopleImport, User
from hhu_base.web import audit
from hhu_base.web.security import permissions_of

logger = logging.getLogger(__name__)

_CHANGED_MEANWHILE = "预演之后有人改动了用户，所以没有导入。下面是新的预演，请再看一遍。"
_NOT_ALLOWED = "确认导入的账号已经没有修改用户的权限，所以没有导入。"
_FAILED = "导入时遇到意外错误，已经记入日志，没有导入任何人。请稍后重试，或者联系系统管理员。"
_ADDED, _CHANGED = "导入新增", "导入修改"


def run_imports(request) -> None:
    """The task: carry out whatever has been agreed to."""
    jobs.delete_old(request.db)
    while (job_id := jobs.claim(request.db)) is not None:
        commit(request)
        try:
            _bring_in(request, job_id)
        except sa.exc.OperationalError:
            raise  # the database is away: later, by the worker that finds it
        except Exception:
            logger.exception("the import %d has failed", job_id)
            abort(request)
            _say(request.db, job_id, _FAILED)
        commit(request)


def _bring_in(request, job_id: int) -> None:
    """All of it, or nothing and why."""
    session = request.db
    lock(session, LOCK)
    job = session.get(PeopleImport, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.state != jobs.AGREED:
        return
    # Under the lock that the pages of people and groups take, too: nobody loses the right between
    # this and the commit.
    if not _may_import(session, job.user_id):
        _say(session, job_id, _NOT_ALLOWED)
        return
    try:
        with session.begin_nested():
            plan = _plan(session, job)
            if jobs.digest(plan) != job.agreed:
                raise PlanOutdated
            apply(session, plan, must_change=request.registry["accounts.change_first"])
            _record(request, job, plan)
    except (PlanOutdated, sa.exc.IntegrityError):
        # IntegrityError: something that does not take the lock, such as psql, was quicker.
        _say(session, job_id, _CHANGED_MEANWHILE)
        return
    job.state, job.people = jobs.DONE, None
    job.added, job.changed = len(plan.added), len(plan.changed)


def _may_import(session, user_id: int) -> bool:
    """Whether who agreed to it still may."""
    user = session.get_one(User, user_id, populate_existing=True)
    is_in = user.is_active and user.is_staff
    return is_in and (user.is_superuser or "core.change" in permissions_of(session, user_id))


def _plan(session, job: PeopleImport) -> Plan:
    actor = session.get_one(User, job.user_id, populate_existing=True)
    return jobs.make_plan(session, jobs.people_of(job), actor.id, actor.is_superuser)


def _say(session, job_id: int, problem: str) -> None:
    job = session.get(PeopleImport, job_id, populate_existing=True)
    if job is not None:
        jobs.reopen(job, problem)


def _record(request, job: PeopleImport, plan: Plan) -> None:
    """An entry for everybody who came or changed, so that each person's page tells of it."""
    session = request.db
    titles = request.registry["admin.by_model"][User].label_of
    people = {
        normalize(BY_TITLE[KEY], user.username): user for user in session.scalars(sa.select(User))
    }

    def entry(action: str, username: str, before: dict, after: dict) -> dict:
        user = people[username]
        return {
            "action": action,
            "table_name": User.__tablename__,
            "row_id": user.id,
            "row_label": f"{user.username} {user.fullname}".strip(),
            "before": {_title(titles, name): text for name, text in before.items() if text},
            "after": {_title(titles, name): text for name, text in after.items()},
        }

    def secret(new: NewUser) -> dict[str, str]:
        return {"password": audit.SECRET} if new.has_password else {}

    added = [entry(_ADDED, new.username, {}, new.values | secret(new)) for new in plan.added]
    changed = [
        entry(
            _CHANGED,
            each.username,
            {name: old for name, (old, _) in each.changes.items()},
            each.values,
        )
        for each in plan.changed
    ]
    departments = session.scalars(
        sa.select(Department).where(among(Department.name, plan.new_departments))
    )
    new = [
        {
            "action": _ADDED,
            "table_name": Department.__tablename__,
            "row_id": department.id,
            "row_label": department.name,
            "before": {},
            "after": {"名称": department.name},
        }
        for department in departments
    ]
    actor = session.get_one(User, job.user_id)
    audit.record_many(session, actor, [*new, *added, *changed])


def _title(titles, field: str) -> str:
    return titles("department_id" if field == "department" else field)
