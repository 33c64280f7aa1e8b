"""The pages of an import, and the tables that are handed out."""

from __future__ import annotations

import io
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response

from hhu_base.accounts.import_export import jobs
from hhu_base.accounts.import_export.columns import BY_FIELD, COLUMNS
from hhu_base.accounts.import_export.importer import (
    HEADER,
    export_people,
    plan_import,
    replace_passwords,
)
from hhu_base.accounts.import_export.plan import ChangedUser, Plan
from hhu_base.accounts.import_export.rows import ImportedPeople, read_people
from hhu_base.accounts.password_hashes import hash_passwords
from hhu_base.database import among
from hhu_base.database.transactions import commit
from hhu_base.documents.reader import read_table
from hhu_base.models import PeopleImport, User
from hhu_base.values.spreadsheets import write_table
from hhu_base.values.spreadsheets.headers import REASONS
from hhu_base.values.spreadsheets.tables import MAX_ROWS, TableError
from hhu_base.web import responses, sessions
from hhu_base.web.security import hold_identity
from hhu_base.web.uploads import posted_file

PATH = "/admin/core/users/import"
# What the web server takes is not much more.
MAX_BYTES = 10 * 2**20
# Each takes 25 ms: more at once would keep the browser waiting, and others from signing in.
MAX_PASSWORDS = 500
_MOST_SHOWN = 200
_MOST_WARNINGS = 20
# No staff number has a blank: who forgets to delete this row is told so, and nobody comes in.
_EXAMPLE = {
    "username": "20260001 示例 请删除这一行",
    "last_name": "欧阳",
    "first_name": "明远",
    "email": "ouyang@hhu.example",
    "department": "信息系",
    "password": "Chu-shi_2026",
    "post": "副教授",
    "qq": "",
    "wechat": "",
    "tel": "025-00000000",
    "phone": "15400000000",
    "description": "",
}


def show_form(request) -> dict[str, Any]:
    """``GET /admin/core/users/import``"""
    return {
        "title": "导入教师",
        "error": "",
        "columns": [column.title for column in COLUMNS],
        "max_rows": MAX_ROWS,
        "max_bytes": MAX_BYTES,
    }


def upload(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /admin/core/users/import``"""
    name, content = posted_file(request, MAX_BYTES)
    try:
        if not name:
            raise TableError("请先选择一个文件。")
        if len(content) > MAX_BYTES:
            raise TableError(f"文件超过 {MAX_BYTES // 2**20} MB。")
        user_id = request.identity.user_id
        # Reading and hashing take seconds, in which nobody waits for this connection.
        commit(request)
        people = read_people(read_table(name, content))
        if not people.rows:
            raise TableError("表格里只有标题行，没有人。")
        _hash_passwords(request, people)
    except TableError as error:
        request.response.status = 400
        return show_form(request) | {"error": str(error)}
    hold_identity(request)  # reading took its time
    job = jobs.store_upload(request.db, user_id, name, people)
    return HTTPSeeOther(f"{PATH}/{job.id}/")


def _hash_passwords(request, people: ImportedPeople) -> None:
    """What is kept until somebody agrees has no passwords in it, only their hashes."""
    plan = plan_import(request.db, people)
    if len(plan.passwords) > MAX_PASSWORDS:
        raise TableError(
            f"一次最多为 {MAX_PASSWORDS} 名新用户设置初始密码，这个文件里有 {len(plan.passwords)} 名。"
            "请分成几个文件，或者在服务器上用 hhu users import 导入。"
        )
    commit(request)
    hashes = hash_passwords(plan.passwords, request.registry["passwords"].hash)
    replace_passwords(people, plan, dict(hashes))


def show(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET /admin/core/users/import/ID/``: the plan, how far it is, or what has been done."""
    job = _find(request)
    if job is None:
        return _expired(request)
    page = {"title": _TITLES[job.state], "job": job}
    return page | _plan_page(request, job) if job.state == jobs.SHOWN else page


_TITLES = {jobs.SHOWN: "导入预演", jobs.AGREED: "正在导入", jobs.DONE: "导入完成"}


def agree(request) -> HTTPSeeOther:
    """``POST /admin/core/users/import/ID/``: do what was shown."""
    hold_identity(request)
    job = _find(request, lock=True)
    if job is None:
        return _expired(request)
    if job.state == jobs.SHOWN:  # not sent twice
        if "without_bad" in request.POST:
            identity = request.identity
            jobs.leave_out_bad(request.db, job, identity.user_id, identity.is_superuser)
        jobs.agree(job, request.POST.get("agreed", "")[:64])
        request.enqueue("core.import_people")
    return HTTPSeeOther(f"{PATH}/{job.id}/")


def _find(request, lock: bool = False) -> PeopleImport | None:
    text = request.matchdict["id"]
    if len(text) > 18:
        return None
    return jobs.find(request.db, int(text), request.identity.user_id, lock=lock)


def _expired(request) -> HTTPSeeOther:
    sessions.flash(request, "这次导入已经过期，请重新上传。", "warning")
    return HTTPSeeOther(PATH)


def _plan_page(request, job: PeopleImport) -> dict[str, Any]:
    people = jobs.people_of(job)
    identity = request.identity
    plan = jobs.make_plan(request.db, people, identity.user_id, identity.is_superuser)
    # What is left without the bad rows may be told in another way: a department's name is the
    # one that stands first.
    rest = jobs.without_bad(people, plan)
    good = (
        jobs.make_plan(request.db, rest, identity.user_id, identity.is_superuser)
        if plan.bad
        else plan
    )
    most = None if "all" in request.GET else _MOST_SHOWN
    changed = plan.changed[:most]
    names = _names(request.db, changed)
    return {
        "plan": plan,
        "good": good,
        "agreed": jobs.digest(good),
        "does_something": bool(good.added or good.changed),
        "reasons_title": REASONS,
        "added": plan.added[:most],
        "changed": [(each, names.get(each.username, ""), _lines(each)) for each in changed],
        "notes": _notes(plan, people),
    }


def _names(session, changed: list[ChangedUser]) -> dict[str, str]:
    usernames = [each.username for each in changed]
    users = session.scalars(sa.select(User).where(among(User.username, usernames)))
    return {user.username: user.fullname for user in users}


def _lines(change: ChangedUser) -> list[tuple[str, str, str]]:
    return [(BY_FIELD[name].title, old, new) for name, (old, new) in change.changes.items()]


def _notes(plan: Plan, people: ImportedPeople) -> list[str]:
    """What is good to know before one agrees."""
    notes = []
    if plan.new_departments:
        notes.append(f"将新建系所：{'、'.join(plan.new_departments)}。如果是写错了，请先改正。")
    if people.ignored:
        notes.append(f"不认识的列，不会导入：{'、'.join(people.ignored)}。")
    notes += people.notes
    if without := plan.without_password:
        notes.append(f"新增的人里有 {without} 人没有初始密码，暂时不能用密码登录。")
    notes += plan.warnings[:_MOST_WARNINGS]
    if (more := len(plan.warnings) - _MOST_WARNINGS) > 0:
        notes.append(f"还有 {more} 处只差开头的 0。")
    if plan.unused_passwords:
        count = len(plan.unused_passwords)
        notes.append(f"已有用户的密码不会改动：{count} 人的初始密码不会使用。")
    return notes


def download_bad(request) -> Response:
    """``GET /admin/core/users/import/ID/bad.xlsx``: the bad rows, to mend and bring back.

    There are no passwords in it: nobody knows them any more.
    """
    job = _find(request)
    if job is None or job.state != jobs.SHOWN:
        return _expired(request)
    people, identity = jobs.people_of(job), request.identity
    plan = jobs.make_plan(request.db, people, identity.user_id, identity.is_superuser)
    reasons = {bad.number: "；".join(bad.reasons) for bad in plan.bad}
    cells = [
        [reasons[row.number], *(row.values.get(column.field, "") for column in COLUMNS)]
        for row in people.rows
        if row.number in reasons
    ]
    header = [REASONS, *(column.title for column in COLUMNS)]
    content = write_table("bad.xlsx", header, cells)
    return responses.table(io.BytesIO(content), responses.dated(request, "教师-有误的行"), "xlsx")


def template(request) -> Response:
    """``GET /admin/core/users/import/template.xlsx``"""
    header = [column.title for column in COLUMNS]
    row = [_EXAMPLE[column.field] for column in COLUMNS]
    content = write_table("template.xlsx", header, [row])
    return responses.table(io.BytesIO(content), "教师-导入模板", "xlsx")


def everybody(request) -> Response:
    """``GET /admin/core/users/everybody.xlsx`` and ``.csv``: as it can be imported again."""
    kind = request.matchdict["kind"]
    content = write_table(f"everybody.{kind}", HEADER, export_people(request.db))
    name = responses.dated(request, "教师-全部资料")
    return responses.table(io.BytesIO(content), name, kind)
