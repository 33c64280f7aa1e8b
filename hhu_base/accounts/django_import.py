"""The base's part: departments and users.

Expected fields:

- ``user.department``: ``name``
- ``user.user``: those of Django's AbstractUser, ``department`` and ``wechat_open_id``
- ``user.usermeta``: ``user``, ``post``, ``qq``, ``wechat``, ``tel``, ``phone``, ``description``; at
  first also ``department``, a free text, and numbers for ``qq``, ``tel`` and ``phone``
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hhu_base.accounts import django_groups as groups
from hhu_base.accounts.staff_numbers import taken_by
from hhu_base.cli.django_import.dump import Record
from hhu_base.cli.django_import.importer import DjangoImport
from hhu_base.cli.django_import.records import SET_ASIDE
from hhu_base.cli.django_import.rows import Row, Table
from hhu_base.database import among
from hhu_base.models import Department, Token, User
from hhu_base.values.identifiers import problem_with_staff_number, skeleton, tidy_staff_number

DEPARTMENT, USER, META = "user.department", "user.user", "user.usermeta"

# Django marks with "!" that nobody can sign in with a password.
_UNUSABLE = "!"
_KNOWN_HASH = "pbkdf2_sha256$"
_META = ("post", "qq", "wechat", "tel", "phone", "description")


def take_departments(takeover: DjangoImport) -> None:
    def read(takeover: DjangoImport, record: Record) -> dict[str, Any]:
        return {"name": takeover.required_text(record, "name", Department.name).strip()}

    rows = takeover.rows(DEPARTMENT, read)
    takeover.store(Department, DEPARTMENT, rows, same=("name",), is_merged=True)


def take_users(takeover: DjangoImport) -> None:
    owners = _read_owners(takeover)
    departments = _FreeTextDepartments(takeover)
    now = datetime.now(UTC)

    def read(takeover: DjangoImport, record: Record) -> dict[str, Any]:
        row = _user(takeover, record, now)
        meta = owners.get(record.pk)
        if meta is not None:
            row |= {name: takeover.text(meta, name, getattr(User, name)) for name in _META}
            row["department_id"] = row["department_id"] or departments.of(meta)
        return row

    rows = _without_twins(takeover, takeover.rows(USER, read))
    _drop_shared_openids(takeover, rows)
    stored = takeover.store(
        User,
        USER,
        rows,
        same=("username",),
        current=lambda ids: groups.current_groups(takeover, ids),
    )
    groups.write_memberships(takeover, stored)
    # Who has another password there, or is switched off, has to sign in again.
    ended = [id_ for id_, row in stored.updated.items() if {"password", "is_active"} & row.keys()]
    takeover.session.execute(sa.delete(Token).where(among(Token.user_id, ended)))
    users = {record.pk: record for record in takeover.dump.get(USER, ()) if not record.reasons}
    for user_pk, meta in owners.items():
        user = users.get(user_pk)
        if user is None or user.outcome == SET_ASIDE:
            takeover.refuse(meta, f"user 指向没有导入的 {USER} {user_pk}")
        else:
            meta.outcome = user.outcome


def _user(takeover: DjangoImport, record: Record, now: datetime) -> dict[str, Any]:
    groups.note_own_permissions(takeover, record)
    return {
        "username": takeover.required_text(record, "username", User.username),
        "password": _password(takeover, record),
        "first_name": takeover.text(record, "first_name", User.first_name),
        "last_name": takeover.text(record, "last_name", User.last_name),
        "email": takeover.address(record, "email", User.email) or None,
        "is_staff": takeover.flag(record, "is_staff", default=False),
        "is_superuser": takeover.flag(record, "is_superuser", default=False),
        "is_active": takeover.flag(record, "is_active", default=True),
        "date_joined": takeover.instant_or(record, "date_joined", now),
        "department_id": takeover.reference(record, DEPARTMENT, "department"),
        "wechat_openid": takeover.text(record, "wechat_open_id", User.wechat_openid) or None,
        "groups": groups.groups_of(takeover, record),
    }


def _password(takeover: DjangoImport, record: Record) -> str:
    """The hash as it is: Django's is accepted at sign-in, and renewed then."""
    stored = takeover.text(record, "password", User.password)
    if not stored or stored.startswith(_UNUSABLE):
        return ""
    if not stored.startswith(_KNOWN_HASH):
        takeover.note(record, "密码散列不是 pbkdf2_sha256，需要重设密码")
        return ""
    return stored


def _read_owners(takeover: DjangoImport) -> dict[int, Record]:
    """Key of a user → the record that is the user's own table there, and part of the user here."""
    keys = {
        str(record.fields.get("username")): record.pk
        for record in takeover.dump.get(USER, ())
        if isinstance(record.pk, int)
    }
    owners: dict[int, Record] = {}
    for record in takeover.records(META):
        owner = record.fields.get("user")
        if isinstance(owner, list):
            owner = keys.get(str(owner[0])) if len(owner) == 1 else None
        if not isinstance(owner, int) or isinstance(owner, bool):
            takeover.refuse(record, f"user 指向没有导入的 {USER} {record.fields.get('user')}")
        elif owners.setdefault(owner, record) is not record:
            takeover.refuse(record, f"与 #{owners[owner].pk} 属于同一个用户")
    return owners


class _FreeTextDepartments:
    """The departments of the first version: each text is one; those that are missing are made."""

    def __init__(self, takeover: DjangoImport) -> None:
        self._takeover = takeover
        self._table = Table(takeover.session, Department, ("name",), None)
        self._table.read((), ())

    def of(self, meta: Record) -> int | None:
        name = self._takeover.text(meta, "department", Department.name).strip()
        if not name:
            return None
        row = {"name": name}
        id_ = self._table.owner(row)
        if id_ is None:
            id_ = self._table.free_id()
            self._table.rename(id_, None, row)
            self._takeover.session.execute(sa.insert(Department), [{"id": id_, **row}])
        return id_


def _without_twins(takeover: DjangoImport, rows: list[Row]) -> list[Row]:
    """Without new staff numbers that are none, or look like another in the dump or here."""
    stored = takeover.session.execute(sa.select(User.id, User.username).order_by(User.id))
    owners = {skeleton(username): (id_, username) for id_, username in reversed(stored.all())}
    earlier = takeover.earlier(USER)
    kept = []
    for record, row in rows:
        username = row["username"]
        owner, similar = owners.setdefault(skeleton(username), (record.pk, username))
        if record.pk not in earlier and owner != record.pk and similar != username:
            takeover.refuse(record, f"工号“{username}”{taken_by(username, similar)}")
        elif problem := problem_with_staff_number(tidy_staff_number(username)):
            takeover.refuse(record, f"工号{problem}")
        else:
            kept.append((record, row))
    return kept


def _drop_shared_openids(takeover: DjangoImport, rows: list[tuple[Record, dict[str, Any]]]) -> None:
    """One WeChat is one person's: what is bound here already, or twice in the dump, is lost."""
    here = takeover.session.execute(
        sa.select(User.wechat_openid, User.id).where(User.wechat_openid.is_not(None))
    )
    owners: dict[str | None, int] = {row[0]: row[1] for row in here}
    for record, row in rows:
        openid = row["wechat_openid"]
        earlier = takeover.earlier(USER).get(record.pk)
        own: int = (earlier and earlier.row_id) or record.pk
        # The id itself is shown nowhere.
        if openid and owners.setdefault(openid, own) != own:
            takeover.lose(record, "wechat_openid", f"微信已绑定 #{owners[openid]}")
            del row["wechat_openid"]


def includeme(config) -> None:
    config.add_django_import(groups.take_groups, groups.GROUP)
    config.add_django_import(take_departments, DEPARTMENT)
    config.add_django_import(take_users, USER, META)
