"""Mail that is never lost: written with its cause, sent by a worker, tried again, or given up.

A rule puts a mail into the outbox, in the transaction of its cause; the view hurries it::

    outbox.put(session, [outbox.Recipient(user.email, user.fullname)], "主题", "正文")
    request.enqueue(outbox.TASK)

``config.add_mail_store("guides", path_of)`` makes a folder of files known that mails carry:
``path_of(reference)`` is where one is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import SMTP
from pathlib import Path

from hhu_base import settings as read
from hhu_base.database import data_dir
from hhu_base.mail import delivering, outbox, tasks, watching
from hhu_base.mail.delivering import FolderTransport, SmtpTransport, Transport
from hhu_base.mail.messages import Writer
from hhu_base.mail.office import Office
from hhu_base.mail.sending import Rules
from hhu_base.values.email import is_deliverable

_TRY_SENDER = "计信院教师服务 <noreply@hhu.example>"


def add_mail_store(config, name: str, path_of: Callable[[str], Path]) -> None:
    """Directive: the files of the store ``name`` can be attached to mails."""
    config.action(
        ("mail-store", name),
        lambda: config.registry["mail.stores"].update({name: path_of}),
    )


def read_transport(settings: Mapping) -> Transport:
    """The mail server, or, where there is none to try things out, a folder."""
    host = read.text(settings, "mail.host", "")
    patience = read.seconds(settings, "mail.patience", 120, minimum=1)
    if not host:
        if read.is_production(settings):
            raise read.ConfigurationError("mail.host", "production needs a mail server")
        folder = read.text(settings, "mail.directory", "") or f"{data_dir(settings)}/mail"
        return FolderTransport(Path(folder))
    securities = tuple(delivering.PORTS)
    security = read.choice(settings, "mail.security", securities, delivering.STARTTLS)
    user = read.text(settings, "mail.user", "")
    if user and security == delivering.NONE and read.is_production(settings):
        raise read.ConfigurationError("mail.security", "a password must not go out in clear text")
    return SmtpTransport(
        host=host,
        port=read.integer(settings, "mail.port", delivering.PORTS[security], 1, 65535),
        security=security,
        user=user,
        password=read.text(settings, "mail.password") if user else "",
        timeout=read.seconds(settings, "mail.timeout", 15, minimum=0.1),
        patience=patience,
    )


def read_sender(settings: Mapping) -> Address:
    """The address, and the name if there is one, that all mails come from."""
    default = read.REQUIRED if read.is_production(settings) else _TRY_SENDER
    text = read.text(settings, "mail.sender", default)
    try:
        header = SMTP.header_factory("From", text)
        [sender] = header.addresses
    except (ValueError, MessageError):
        sender = None
    # The parser reads what it can of anything, and tells its doubts.
    is_clear = sender is not None and not header.defects and text.isprintable()
    if sender is None or not is_clear or not is_deliverable(sender.addr_spec):
        raise read.ConfigurationError("mail.sender", f"{text!r} is no address")
    return sender


def includeme(config) -> None:
    """``registry["mail.office"]``, the task that sends, and ``config.add_mail_store``."""
    settings = config.get_settings()
    registry = config.registry
    transport = read_transport(settings)
    registry["mail.stores"] = {}
    registry["mail.office"] = Office(
        transport=transport,
        writer=Writer(read_sender(settings), registry.site_zone, registry["mail.stores"]),
        rules=Rules(
            max_attempts=read.integer(settings, "mail.max_attempts", 15, minimum=1, maximum=1000),
            patience=transport.patience,
        ),
    )
    registry["mail.max_attachment_bytes"] = read.integer(
        settings, "mail.max_attachment_bytes", 20 * 1024 * 1024, minimum=0
    )
    # None: for ever.
    days = read.integer(settings, "mail.keep_days", 90, minimum=0, maximum=100 * 365)
    registry["mail.keep"] = timedelta(days=days) if days else None
    config.add_directive("add_mail_store", add_mail_store)
    # Every half minute also whatever lost its message, and what is to be tried again.
    config.add_task(outbox.TASK, tasks.send_mails, every=30)
    config.add_task("core.sweep_mails", tasks.sweep_mails, every=3600)
    config.include(watching)
