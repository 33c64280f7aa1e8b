"""The base's part: departments and users.

Expected fields:

- ``user.department``: ``name``
- ``user.user``: those of Django's AbstractUser, ``department`` and ``wechat_open_id``
- ``user.usermeta``: ``user``, ``post``, ``qq``, ``wechat``, ``tel``, ``phone``, ``description``
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hhu_base.accounts.staff_numbers import taken_by
from hhu_base.models import Department, User
from hhu_base.taking_over.dump import Record
from hhu_base.taking_over.takeover import MERGED, Row, Takeover
from hhu_base.values.identifiers import (
    problem_with_staff_number,
    skeleton,
    tidy_staff_number,
)

# Django marks with "!" that nobody can sign in with a password.
_UNUSABLE = "!"
_KNOWN_HASH = "pbkdf2_sha256$"
_META = ("post", "qq", "wechat", "tel", "phone", "description")


def take_departments(takeover: Takeover) -> None:
    records = takeover.records("user.department")
    takeover.know("user.department", records, "name")
    rows = [(it, {"name": takeover.text(it, "name", Department.name)}) for it in records]
    takeover.store(Department, "user.department", rows, same=("name",))


def take_users(takeover: Takeover) -> None:
    records = takeover.records("user.user")
    takeover.know("user.user", records, "username")
    meta = _meta(takeover, records)
    rows = [(record, _user(takeover, record) | meta[record.pk]) for record in records]
    _refuse_shared_openids(takeover, rows)
    _refuse_twins(takeover, rows)
    takeover.store(User, "user.user", rows, same=("username",))


def _user(takeover: Takeover, record: Record) -> dict[str, Any]:
    username = takeover.text(record, "username", User.username)
    if not username:
        takeover.problem(record, "没有 username")
    return {
        "username": username,
        "password": _password(takeover, record),
        "first_name": takeover.text(record, "first_name", User.first_name),
        "last_name": takeover.text(record, "last_name", User.last_name),
        "email": takeover.text(record, "email", User.email) or None,
        "is_staff": takeover.flag(record, "is_staff", default=False),
        "is_superuser": takeover.flag(record, "is_superuser", default=False),
        "is_active": takeover.flag(record, "is_active", default=True),
        "date_joined": takeover.instant(record, "date_joined"),
        "department_id": takeover.reference(record, "user.department", "department"),
        "wechat_openid": takeover.text(record, "wechat_open_id", User.wechat_openid) or None,
    }


def _password(takeover: Takeover, record: Record) -> str:
    """The hash as it is: Django's is accepted at sign-in, and renewed then."""
    stored = takeover.text(record, "password", User.password)
    if not stored or stored.startswith(_UNUSABLE):
        return ""
    if not stored.startswith(_KNOWN_HASH):
        takeover.notes.append(f"{record}：密码散列不是 pbkdf2_sha256，此人需要重设密码。")
        return ""
    return stored


def _meta(takeover: Takeover, users: list[Record]) -> dict[int, dict[str, str]]:
    """User id → what is the user's own table there and part of the user here."""
    found = {record.pk: dict.fromkeys(_META, "") for record in users}
    owners: dict[int, Record] = {}
    for record in takeover.records("user.usermeta"):
        # Where the user is the primary key, he is not among the fields.
        owner = takeover.resolve(record, "user.user", record.fields.get("user", record.pk), "user")
        if owner is None:
            continue
        if owners.setdefault(owner, record) is not record:
            takeover.problem(record, f"与 #{owners[owner].pk} 属于同一个用户")
        takeover.count("user.usermeta", MERGED)
        found[owner] = {name: takeover.text(record, name, getattr(User, name)) for name in _META}
    return found


def _refuse_shared_openids(takeover: Takeover, rows: list[Row]) -> None:
    owners: dict[str, Record] = {}
    for record, row in rows:
        openid = row["wechat_openid"]
        # The id itself is shown nowhere.
        if openid and owners.setdefault(openid, record) is not record:
            takeover.problem(record, f"与 #{owners[openid].pk} 绑定了同一个微信")


def _refuse_twins(takeover: Takeover, rows: list[Row]) -> None:
    """Staff numbers that look the same, in the dump or here; one that is here as it is, is no twin."""
    stored = takeover.session.execute(sa.select(User.id, User.username).order_by(User.id))
    owners = {skeleton(username): (id_, username) for id_, username in reversed(stored.all())}
    for record, row in rows:
        username = row["username"]
        if not username:
            continue
        owner, similar = owners.setdefault(skeleton(username), (record.pk, username))
        if owner != record.pk and similar != username:
            takeover.problem(record, f"工号“{username}”{taken_by(username, similar)}")
        elif problem := problem_with_staff_number(tidy_staff_number(username)):
            takeover.problem(record, f"工号{problem}")
