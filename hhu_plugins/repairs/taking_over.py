"""The repairs' part of a takeover.

Expected fields; where several are named, the first that a record has is taken:

- ``repair.category``: ``name``
- ``repair.repair``: ``user``, ``category`` (may be null), ``location``, ``description``,
  ``status`` (0, 1 or 2), ``created`` (or ``created_at``, ``created_time``, ``create_time``), and, if
  it is there, ``modified`` (or ``updated``, ``updated_at``, ``modified_at``)
- ``repair.emailreminder`` (or ``repair.mailreminder``, ``repair.reminder``): ``name``, ``email``
  (or ``address``, ``mail``), ``category`` (null: told of all); or ``user`` instead of the first two

The replaced system kept no history: a request gets an entry for its report, and one for what has
become of it, by nobody. Reminders to what is no address stop the takeover unless ``impossible``
ones are allowed: then they are left out, as is an address that is there twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hhu_base.taking_over.dump import Record
from hhu_base.taking_over.takeover import LEFT_OUT, Row, Takeover
from hhu_base.values.email import is_deliverable
from hhu_plugins.repairs.models import OPEN, SOLVED, TAKEN_UP, Category, Change, Recipient, Request

CATEGORY, REQUEST = "repair.category", "repair.repair"
REMINDERS = ("repair.emailreminder", "repair.mailreminder", "repair.reminder")
USER = "user.user"

_CREATED = ("created", "created_at", "created_time", "create_time")
_MODIFIED = ("modified", "updated", "updated_at", "modified_at")
_ADDRESS = ("email", "address", "mail")


def take_categories(takeover: Takeover) -> None:
    records = takeover.records(CATEGORY)
    takeover.know(CATEGORY, records, "name")
    rows = [(it, {"name": takeover.text(it, "name", Category.name)}) for it in records]
    takeover.store(Category, CATEGORY, rows, same=("name",))


def take_requests(takeover: Takeover) -> None:
    rows = [(it, row) for it in takeover.records(REQUEST) if (row := _request(takeover, it))]
    takeover.store(
        Request, REQUEST, rows, same=("user_id", "location", "created_at"), is_unique=False
    )
    if not takeover.problems:
        _write_history(takeover, [record.pk for record, _ in rows])


def take_reminders(takeover: Takeover) -> None:
    known: set[tuple[int | None, str]] = set()
    for model in REMINDERS:
        rows: list[Row] = []
        for record in takeover.records(model):
            row = _reminder(takeover, record)
            if row is None:
                continue
            key = (row["category_id"], row["address"].lower())
            if key in known:
                takeover.notes.append(f"{record}：同一分类已有 {row['address']}，舍弃。")
                takeover.count(model, LEFT_OUT)
                continue
            known.add(key)
            rows.append((record, row))
        takeover.store(Recipient, model, rows, same=("category_id", "address"))


def _request(takeover: Takeover, record: Record) -> dict[str, Any] | None:
    user_id = takeover.required(record, USER, "user")
    created = takeover.instant(record, record.name_of(*_CREATED))
    status = takeover.number(record, "status")
    if status not in (OPEN, TAKEN_UP, SOLVED):
        takeover.problem(record, f"status 不是 0、1 或 2：{status}")
    if user_id is None or created is None:
        return None
    return {
        "user_id": user_id,
        "category_id": takeover.reference(record, CATEGORY, "category"),
        "location": takeover.text(record, "location", Request.location),
        "description": takeover.text(record, "description", Request.description),
        "status": status,
        "created_at": created,
        "status_changed_at": _changed(takeover, record, created) if status != OPEN else created,
    }


def _changed(takeover: Takeover, record: Record, created: datetime) -> datetime:
    """When it got its status, as far as that is known."""
    if record.first_of(*_MODIFIED) is None:
        return created
    return max(takeover.instant(record, record.name_of(*_MODIFIED)) or created, created)


def _write_history(takeover: Takeover, ids: list[int]) -> None:
    """For the requests that have none yet: those that have been written just now."""
    own = sa.exists().where(Change.request_id == Request.id)
    new = takeover.session.scalars(
        sa.select(Request.id).where(Request.id.in_(ids), ~own).order_by(Request.id)
    ).all()
    columns = ["request_id", "status", "changed_at", "changed_by"]
    reported = sa.select(Request.id, sa.literal(OPEN), Request.created_at, Request.user_id)
    became = sa.select(Request.id, Request.status, Request.status_changed_at, sa.null()).where(
        Request.status != OPEN
    )
    for entries in (reported, became):
        chosen = entries.where(Request.id.in_(new)).order_by(Request.id)
        takeover.session.execute(sa.insert(Change).from_select(columns, chosen))


def _reminder(takeover: Takeover, record: Record) -> dict[str, Any] | None:
    category_id = takeover.reference(record, CATEGORY, "category")
    name = takeover.text(record, "name", Recipient.name).strip()
    address = takeover.text(record, record.name_of(*_ADDRESS), Recipient.address).strip()
    if not address and record.first_of("user") is not None:
        name, address = _of_user(takeover, record, name)
    if not is_deliverable(address):
        if takeover.trouble("impossible", f"{record}：邮箱地址不合法：{address[:40]!r}"):
            takeover.count(record.model, LEFT_OUT)
        return None
    return {"name": name or address, "address": address, "category_id": category_id}


def _of_user(takeover: Takeover, record: Record, name: str) -> tuple[str, str]:
    user_id = takeover.required(record, USER, "user")
    user = takeover.known(USER, user_id) if user_id is not None else None
    if user is None:
        return name, ""
    full_name = "".join(str(user.fields.get(part) or "") for part in ("last_name", "first_name"))
    return name or full_name, str(user.fields.get("email") or "")
