"""The people who are told of requests, as text: one a line, name and address."""

from __future__ import annotations

import colander
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.values.email import is_deliverable
from hhu_plugins.repairs.models import NotificationRecipient

BAD_ADDRESS = "不是有效的邮箱地址。"
_LONGEST_NAME, _LONGEST_ADDRESS = 255, 254


def are_recipients(node, value: str) -> None:
    """Each line is a name and an address."""
    for number, line in enumerate(value.splitlines(), 1):
        name, address = split_line(line)
        if not line.strip():
            continue
        if not name or len(name) > _LONGEST_NAME:
            raise colander.Invalid(node, f"第 {number} 位：请填写姓名和邮箱。")
        if not is_deliverable(address) or len(address) > _LONGEST_ADDRESS:
            raise colander.Invalid(node, f"第 {number} 位：“{address}”{BAD_ADDRESS}")


def split_line(line: str) -> tuple[str, str]:
    """``王 师傅 wang@hhu.example`` → its name and its address."""
    name, _, address = " ".join(line.split()).rpartition(" ")
    return name, address.strip("<>")


def read(session: Session, category_id: int | None) -> str:
    """Those of a category, or of all requests."""
    return "\n".join(f"{each.name} {each.address}" for each in find(session, category_id))


def find(session: Session, category_id: int | None) -> list[NotificationRecipient]:
    found = (
        sa.select(NotificationRecipient)
        .where(NotificationRecipient.category_id.is_not_distinct_from(category_id))
        .order_by(NotificationRecipient.id)
    )
    return list(session.scalars(found))


def write(session: Session, category_id: int | None, text: str) -> None:
    """These are the ones: the others are no more. The same address twice is one."""
    lines = [split_line(line) for line in text.splitlines() if line.strip()]
    wanted = {address.lower(): (name, address) for name, address in lines}
    for recipient in find(session, category_id):
        kept = wanted.pop(recipient.address.lower(), None)
        if kept is None:
            session.delete(recipient)
        else:
            recipient.name, recipient.address = kept
    for name, address in wanted.values():
        session.add(NotificationRecipient(name=name, address=address, category_id=category_id))
    session.flush()
