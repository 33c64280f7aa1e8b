"""Mail that is never lost: written with its cause, sent by a worker, tried again, or given up.

A rule puts a mail into the outbox, in the transaction of its cause (what users are told of goes through
``hhu_base.notifications``)::

    outbox.put(session, [outbox.Recipient("office@hhu.example", "办公室")], "主题", "正文")

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

from hhu_base.mail import checks, metrics, outbox, tasks, transports
from hhu_base.mail.dispatch import RetryPolicy
from hhu_base.mail.mailer import Mailer
from hhu_base.mail.messages import MessageBuilder
from hhu_base.mail.transports import FolderTransport, SmtpTransport, Transport
from hhu_base.settings import Choice, Integer, Seconds, Secret, Text, Words, is_production
from hhu_base.settings.services import data_dir
from hhu_base.values.email import is_deliverable

_TRY_SENDER = "计信院教师服务 <noreply@hhu.example>"

HOST = Text("mail.host", "", "邮件服务器；试用时可以没有，邮件写入 mail.directory", production=True)
DIRECTORY = Text(
    "mail.directory", "", "没有邮件服务器时邮件写入的目录；默认 hhu.data_dir 里的 mail/"
)
SECURITY = Choice(
    "mail.security",
    transports.STARTTLS,
    "与邮件服务器的连接怎样加密：none、starttls 或 tls",
    choices=tuple(transports.PORTS),
)
PORT = Integer(
    "mail.port", None, "邮件服务器的端口；默认按 mail.security 是 25、587 或 465", 1, 65535
)
USER = Text("mail.user", "", "登录邮件服务器的用户；空的是不登录")
PASSWORD = Secret("mail.password", "", "登录邮件服务器的密码")
SENDER = Text(
    "mail.sender", "", f"发件人：地址，或“姓名 <地址>”；试用时默认 {_TRY_SENDER}", production=True
)
TIMEOUT = Seconds("mail.timeout", 15, "邮件服务器每次应答最多多少秒", minimum=0.1)
PATIENCE = Seconds("mail.patience", 120, "发送一封邮件总共最多多少秒", minimum=1)
MAX_ATTEMPTS = Integer("mail.max_attempts", 15, "试过多少次还发不出就放弃；15 次大约一天", 1, 1000)
KEEP_DAYS = Integer(
    "mail.keep_days", 90, "发出的邮件保留多少天；0 是永远，没有发出的总是保留", 0, 100 * 365
)
MAX_ATTACHMENT_BYTES = Integer(
    "mail.max_attachment_bytes", 20 * 1024 * 1024, "一封邮件的附件最多多少字节", minimum=0
)
A_PERSON_AN_HOUR = Integer(
    "mail.a_person_an_hour", 20, "每人每小时最多收到多少封同类邮件；0：不限", minimum=0
)
OWN_DOMAINS = Words("mail.own_domains", [], "学院自己的邮箱域名，这些地址不必确认")
SETTINGS = (
    HOST,
    DIRECTORY,
    SECURITY,
    PORT,
    USER,
    PASSWORD,
    SENDER,
    TIMEOUT,
    PATIENCE,
    MAX_ATTEMPTS,
    KEEP_DAYS,
    MAX_ATTACHMENT_BYTES,
    A_PERSON_AN_HOUR,
    OWN_DOMAINS,
)


def add_mail_store(config, name: str, path_of: Callable[[str], Path]) -> None:
    """Directive: the files of the store ``name`` can be attached to mails."""
    config.action(
        ("mail-store", name),
        lambda: config.registry["mail.stores"].update({name: path_of}),
    )


def read_transport(settings: Mapping) -> Transport:
    """The mail server, or, where there is none to try things out, a folder."""
    host = HOST.read(settings)
    if not host:
        return FolderTransport(Path(DIRECTORY.read(settings) or f"{data_dir(settings)}/mail"))
    security = SECURITY.read(settings)
    user, password = USER.read(settings), PASSWORD.read(settings)
    if user and not password:
        raise PASSWORD.missing()
    if user and security == transports.NONE and is_production(settings):
        raise SECURITY.wrong("a password must not go out in clear text")
    return SmtpTransport(
        host=host,
        port=PORT.read(settings) or transports.PORTS[security],
        security=security,
        user=user,
        password=password if user else "",
        timeout=TIMEOUT.read(settings),
        patience=PATIENCE.read(settings),
    )


def read_sender(settings: Mapping) -> Address:
    """The address, and the name if there is one, that all mails come from."""
    text = SENDER.read(settings) or _TRY_SENDER
    try:
        header = SMTP.header_factory("From", text)
        [sender] = header.addresses
    except (ValueError, MessageError):
        sender = None
    # The parser reads what it can of anything, and tells its doubts.
    is_clear = sender is not None and not header.defects and text.isprintable()
    if sender is None or not is_clear or not is_deliverable(sender.addr_spec):
        raise SENDER.wrong(f"{text!r} is no address")
    return sender


def read_own_domains(settings: Mapping) -> tuple[str, ...]:
    """The domains of the college: addresses in them, or below them, need not be confirmed."""
    domains = tuple(word.lower() for word in OWN_DOMAINS.read(settings))
    for domain in domains:
        if not is_deliverable(f"office@{domain}"):
            raise OWN_DOMAINS.wrong(f"{domain!r} is no domain")
    return domains


def includeme(config) -> None:
    """``registry["mail.office"]``, the task that sends, and ``config.add_mail_store``."""
    config.declare_settings(*SETTINGS)
    settings = config.get_settings()
    registry = config.registry
    transport = read_transport(settings)
    a_person_an_hour = A_PERSON_AN_HOUR.read(settings)
    registry["mail.a_person_an_hour"] = a_person_an_hour
    registry["mail.own_domains"] = read_own_domains(settings)
    registry["mail.stores"] = {}
    registry["mail.office"] = Mailer(
        transport=transport,
        writer=MessageBuilder(read_sender(settings), registry.site_zone, registry["mail.stores"]),
        rules=RetryPolicy(
            max_attempts=MAX_ATTEMPTS.read(settings),
            patience=transport.patience,
            a_person_an_hour=a_person_an_hour,
        ),
    )
    registry["mail.max_attachment_bytes"] = MAX_ATTACHMENT_BYTES.read(settings)
    # None: for ever.
    days = KEEP_DAYS.read(settings)
    registry["mail.keep"] = timedelta(days=days) if days else None
    config.add_directive("add_mail_store", add_mail_store)
    # Every half minute also whatever lost its message, and what is to be tried again.
    config.add_task(outbox.TASK, tasks.send_mails, every=30)
    config.add_task("core.sweep_mails", tasks.sweep_mails, every=3600)
    config.include(metrics)
    config.include(checks)
    config.include("hhu_base.mail.admin")
