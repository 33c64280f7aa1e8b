"""From a row of the outbox to the bytes that a mail server gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from hhu_base.mail.models import Mail, MailAttachment
from hhu_base.mail.outbox import one_line

# Store → reference → where the file is.
Stores = dict[str, Callable[[str], Path]]


class FileMissing(Exception):
    """An attachment is not where it should be; the message is a sentence for people."""


@dataclass(frozen=True)
class Writer:
    """Who writes, the zone of the dates, and where attachments come from."""

    sender: Address
    zone: tzinfo
    stores: Stores

    def write(self, mail: Mail) -> EmailMessage:
        """The message, the same at each try. Raises FileMissing.

        The policy refuses line breaks in headers; ``one_line`` took them out already, also from
        rows that something else has written.
        """
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = Address(one_line(mail.to_name), addr_spec=mail.to_address)
        message["Subject"] = one_line(mail.subject)
        # When it was written, not when it went: of a mail that waited, people want to know that.
        message["Date"] = format_datetime(mail.created_at.astimezone(self.zone))
        message["Message-ID"] = f"<{mail.key}@{self.sender.domain}>"
        # Out-of-office robots answer neither this nor each other.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body, cte="base64")
        for file, data in self._files(mail.attachments):
            maintype, _, subtype = file.type.partition("/")
            message.add_attachment(
                data,
                maintype=maintype,
                subtype=subtype or "octet-stream",
                filename=one_line(file.name) or "file",
            )
        return message

    def _files(self, attachments: Iterable[MailAttachment]):
        for file in attachments:
            find = self.stores.get(file.store)
            if find is None:
                raise FileMissing(f"附件“{file.name}”所属的功能（{file.store}）没有启用。")
            try:
                yield file, find(file.reference).read_bytes()
            except OSError as error:
                raise FileMissing(f"附件“{file.name}”无法读取：{error.strerror}。") from None
