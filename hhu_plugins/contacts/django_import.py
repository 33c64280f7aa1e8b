"""The contacts' part of a takeover: whom people have added to their own.

Expected fields of ``user.contact``: ``user``, who has added, and ``friend_user``, who was added.
"""

from __future__ import annotations

from hhu_base.cli.django_import.dump import Record
from hhu_base.cli.django_import.fields import Refused
from hhu_base.cli.django_import.importer import DjangoImport
from hhu_plugins.contacts.models import Friend

MODEL, USER = "user.contact", "user.user"
MODELS = (MODEL,)


def take_friends(takeover: DjangoImport) -> None:
    takeover.store_links(Friend, MODEL, takeover.rows(MODEL, _friend))


def _friend(takeover: DjangoImport, record: Record) -> dict[str, int]:
    user = takeover.required(record, USER, "user")
    friend = takeover.required(record, USER, "friend_user")
    if user == friend:
        raise Refused("添加了自己")
    return {"user_id": user, "friend_id": friend}
