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

from hhu_base.mail.encoded_words import encoded, mailbox
from hhu_base.mail.models import SECRET, Mail, MailAttachment
from hhu_base.mail.outbox import one_line

# Store → reference → where the file is.
Stores = dict[str, Callable[[str], Path]]


class FileMissing(Exception):
    """An attachment is not where it should be; the message is a sentence for people."""


@dataclass(frozen=True)
class MessageBuilder:
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
        # As they are to be read, not as Python would fold them: it makes two addresses of a long
        # name with a comma in it.
        message.set_raw("From", mailbox("From", self.sender.display_name, self.sender.addr_spec))
        message.set_raw("To", mailbox("To", one_line(mail.to_name), mail.to_address))
        message.set_raw("Subject", encoded("Subject", one_line(mail.subject)))
        # When it was written, not when it went: of a mail that waited, people want to know that.
        message["Date"] = format_datetime(mail.created_at.astimezone(self.zone))
        message["Message-ID"] = f"<{mail.key}@{self.sender.domain}>"
        # Out-of-office robots answer neither this nor each other.
        message["Auto-Submitted"] = "auto-generated"
        body = mail.body.replace(SECRET, mail.secret) if mail.secret else mail.body
        message.set_content(body, cte="base64")
        for file, data in self._files(mail.attachments):
            maintype, _, subtype = file.type.partition("/")
            name = one_line(file.name) or "file"
            message.add_attachment(
                data, maintype=maintype, subtype=subtype or "octet-stream", filename=name
            )
            _name_for_others(message, name)
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


def _name_for_others(message: EmailMessage, name: str) -> None:
    """Say the name of the last attachment once more, as QQ, 163 and Outlook want to read it.

    The standard's form (RFC 2231), in Content-Disposition, is there already; theirs are encoded
    words in the ``name`` of Content-Type, which no standard allows and every mail program writes.
    """
    *_, part = message.iter_parts()
    shown = encoded("", name, is_quoted=True)
    type_ = part.get_content_type()
    del part["Content-Type"]
    part.set_raw("Content-Type", f'{type_};\r\n name="{shown}"')
