"""The repairs' part of a takeover.

Expected fields:

- ``repair.faultcategory``: ``name``
- ``repair.repairrequest``: ``user`` (null: deleted since), ``category`` (may be null), ``location``,
  ``description``, ``status`` (0, 1 or 2), ``created``
- ``repair.notificationuser``: ``name``, ``email``, ``category`` (null: told of all)

The replaced system kept no history: a request gets an entry for its report, and one for what has
become of it, by nobody. Who is to be told twice of a category is told once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hhu_base.cli.django_import.dump import Record
from hhu_base.cli.django_import.fields import Refused
from hhu_base.cli.django_import.importer import DjangoImport
from hhu_base.cli.django_import.records import PRESENT
from hhu_base.cli.django_import.rows import Row
from hhu_base.database import among
from hhu_base.values.email import is_deliverable
from hhu_plugins.repairs.models import (
    OPEN,
    SOLVED,
    TAKEN_UP,
    HistoryEntry,
    NotificationRecipient,
    RepairCategory,
    RepairRequest,
)

CATEGORY, REQUEST, RECIPIENT = (
    "repair.faultcategory",
    "repair.repairrequest",
    "repair.notificationuser",
)
MODELS = (CATEGORY, REQUEST, RECIPIENT)
USER = "user.user"


def take_categories(takeover: DjangoImport) -> None:
    def read(takeover: DjangoImport, record: Record) -> dict[str, Any]:
        return {"name": takeover.required_text(record, "name", RepairCategory.name).strip()}

    rows = takeover.rows(CATEGORY, read)
    takeover.store(RepairCategory, CATEGORY, rows, same=("name",), is_merged=True)


def take_requests(takeover: DjangoImport) -> None:
    stored = takeover.store(
        RepairRequest,
        REQUEST,
        takeover.rows(REQUEST, _request),
        same=("user_id", "location", "created_at"),
        is_unique=False,
        # What the dump does not tell, and what its status was changed to is told with it.
        only_new=("status_changed_at", "opened_at"),
    )
    _write_history(takeover, stored.new)
    changed = {id_: row["status"] for id_, row in stored.updated.items() if "status" in row}
    now = datetime.now(UTC)
    for id_, status in changed.items():
        takeover.session.add(HistoryEntry(request_id=id_, status=status, changed_at=now))
        takeover.session.execute(
            sa.update(RepairRequest)
            .where(RepairRequest.id == id_)
            .values(status_changed_at=now, status_changed_by=None)
        )


def take_recipients(takeover: DjangoImport) -> None:
    # The database compares them like this, too; see the index.
    key = (NotificationRecipient.category_id, sa.func.lower(NotificationRecipient.address))
    here = takeover.session.execute(sa.select(*key, NotificationRecipient.id))
    owners = {(row[0], row[1]): row[2] for row in here}
    rows: list[Row] = []
    for record, row in takeover.rows(RECIPIENT, _recipient):
        earlier = takeover.earlier(RECIPIENT).get(record.pk)
        own = earlier.row_id if earlier else record.pk
        owner = owners.setdefault((row["category_id"], row["address"].lower()), own)
        if owner == own:
            rows.append((record, row))
        else:
            record.outcome = PRESENT
            takeover.note(record, f"同一分类已有 {row['address']}（#{owner}），不再添加")
    takeover.store(NotificationRecipient, RECIPIENT, rows, same=("category_id", "address"))


def _request(takeover: DjangoImport, record: Record) -> dict[str, Any]:
    created = takeover.instant(record, "created")
    status = takeover.number(record, "status") or OPEN
    if status not in (OPEN, TAKEN_UP, SOLVED):
        takeover.lose(record, "status", f"status 不是 0、1 或 2：{status}")
        status = OPEN
    return {
        "user_id": takeover.reference(record, USER, "user"),
        "category_id": takeover.reference(record, CATEGORY, "category"),
        "location": takeover.text(record, "location", RepairRequest.location),
        "description": takeover.text(record, "description", RepairRequest.description),
        "status": status,
        "created_at": created,
        "status_changed_at": created,
        "opened_at": created,
    }


def _write_history(takeover: DjangoImport, ids: Collection[int]) -> None:
    columns = ["request_id", "status", "changed_at", "changed_by"]
    reported = sa.select(
        RepairRequest.id, sa.literal(OPEN), RepairRequest.created_at, RepairRequest.user_id
    )
    became = sa.select(
        RepairRequest.id, RepairRequest.status, RepairRequest.status_changed_at, sa.null()
    ).where(RepairRequest.status != OPEN)
    for entries in (reported, became):
        chosen = entries.where(among(RepairRequest.id, ids)).order_by(RepairRequest.id)
        takeover.session.execute(sa.insert(HistoryEntry).from_select(columns, chosen))


def _recipient(takeover: DjangoImport, record: Record) -> dict[str, Any]:
    name = takeover.text(record, "name", NotificationRecipient.name).strip()
    address = takeover.required_text(record, "email", NotificationRecipient.address).strip()
    if not is_deliverable(address):
        raise Refused(f"邮箱地址不合法：{address[:40]!r}")
    # Without its category they would get the mails of all the others.
    is_of_all = record.fields.get("category") is None
    category_id = None if is_of_all else takeover.required(record, CATEGORY, "category")
    return {"name": name or address, "address": address, "category_id": category_id}
