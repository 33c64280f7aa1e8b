"""An uploaded table from one step to the next: kept, shown, agreed to, carried out.

What is carried out is exactly what was shown: users agree to a digest of the plan, and
if the plan is another one by then, it is shown anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.accounts.import_export.columns import BY_TITLE, KEY, normalize
from hhu_base.accounts.import_export.importer import plan_import
from hhu_base.accounts.import_export.plan import BadRow, Plan
from hhu_base.accounts.import_export.rows import ImportedPeople, PersonRow
from hhu_base.models import PeopleImport, User

SHOWN, AGREED, DONE = "shown", "agreed", "done"
# Nobody looks at a plan for longer, and people have changed by then.
KEPT = timedelta(hours=1)
REMEMBERED = timedelta(days=1)
# No import takes as long: its worker has died.
SILENCE = timedelta(minutes=1)
PROTECTED = "这是工作人员的账号，只有超级管理员可以修改"


def store_upload(
    session: Session, user_id: int, file_name: str, people: ImportedPeople
) -> PeopleImport:
    """Remember what somebody has uploaded; passwords are replaced by their hashes before."""
    rows = [asdict(row) for row in people.rows]
    kept = {"rows": rows, "ignored": people.ignored}
    job = PeopleImport(user_id=user_id, file_name=file_name, people=kept)
    session.add(job)
    session.flush()
    return job


def people_of(job: PeopleImport) -> ImportedPeople:
    kept = job.people or {"rows": [], "ignored": []}
    return ImportedPeople([PersonRow(**row) for row in kept["rows"]], kept["ignored"])


def leave_out_bad(session: Session, job: PeopleImport, actor_id: int, is_superuser: bool) -> None:
    """Only the rows that can be brought in go on; the others are to be mended and uploaded again."""
    people = people_of(job)
    good = without_bad(people, make_plan(session, people, actor_id, is_superuser))
    job.people = {"rows": [asdict(row) for row in good.rows], "ignored": good.ignored}


def without_bad(people: ImportedPeople, plan: Plan) -> ImportedPeople:
    bad = {each.number for each in plan.bad}
    return ImportedPeople([row for row in people.rows if row.number not in bad], people.ignored)


def find(session: Session, job_id: int, user_id: int, *, lock: bool = False) -> PeopleImport | None:
    """Somebody's own upload: others have no business with it."""
    statement = sa.select(PeopleImport).where(
        PeopleImport.id == job_id, PeopleImport.user_id == user_id
    )
    return session.scalar(statement.with_for_update() if lock else statement)


def make_plan(session: Session, people: ImportedPeople, actor_id: int, is_superuser: bool) -> Plan:
    """What importing would do if this person does it; users whom they may not change are bad rows."""
    plan = plan_import(session, people)
    if not is_superuser:
        protected = _protected(session, actor_id)
        refused = [change for change in plan.changed if change.username in protected]
        plan.changed = [change for change in plan.changed if change.username not in protected]
        plan.bad += [BadRow(change.number, change.username, [PROTECTED]) for change in refused]
        plan.bad.sort(key=lambda bad: bad.number)
    return plan


def _protected(session: Session, actor_id: int) -> set[str]:
    """As in the form of a single user."""
    statement = sa.select(User.username).where(
        User.is_superuser | (User.is_staff & (User.id != actor_id))
    )
    return {normalize(BY_TITLE[KEY], username) for username in session.scalars(statement)}


def digest(plan: Plan) -> str:
    """Two plans with the same one do the same."""
    does = (plan.added, plan.changed, plan.bad, plan.new_departments)
    return hashlib.sha256(repr(does).encode("utf-8", "surrogateescape")).hexdigest()


def agree(job: PeopleImport, agreed: str) -> None:
    job.state, job.agreed = AGREED, agreed
    job.problem, job.beat_at = "", None


def reopen(job: PeopleImport, problem: str) -> None:
    job.state, job.agreed, job.problem = SHOWN, None, problem


def claim(session: Session) -> int | None:
    """The id of an import that was agreed to and that no worker is at; then this one is."""
    silent = PeopleImport.beat_at < sa.func.now() - SILENCE
    waiting = (
        sa.select(PeopleImport.id)
        .where(PeopleImport.state == AGREED, PeopleImport.beat_at.is_(None) | silent)
        .order_by(PeopleImport.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalar(
        sa.update(PeopleImport)
        .where(PeopleImport.id == waiting.scalar_subquery())
        .values(beat_at=sa.func.now())
        .returning(PeopleImport.id)
        .execution_options(synchronize_session=False)
    )


def delete_old(session: Session) -> None:
    """Forget what nobody has agreed to, and later what is done."""
    age = sa.func.now() - PeopleImport.created_at
    session.execute(
        sa.delete(PeopleImport)
        .where(((PeopleImport.state == SHOWN) & (age > KEPT)) | (age > REMEMBERED))
        .execution_options(synchronize_session=False)
    )
