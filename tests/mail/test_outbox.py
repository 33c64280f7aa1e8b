"""What is put into the outbox, and what an administrator can do with it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from pyramid.scripting import prepare
from sqlalchemy.orm import Session

from hhu_base import configure
from hhu_base.mail import outbox
from hhu_base.mail.models import FAILED, QUEUED, SENT, Mail, MailAttachment
from hhu_base.mail.outbox import Attachment, Recipient


def test_each_recipient_gets_a_mail_of_his_own(session):
    to = [Recipient("a@hhu.example", "甲"), Recipient("b@hhu.example")]
    ids = outbox.put(session, to, "主题", "正文", cause="/admin/repairs/requests/5/")
    mails = [session.get_one(Mail, mail_id) for mail_id in ids]
    assert [(mail.to_name, mail.to_address) for mail in mails] == [
        ("甲", "a@hhu.example"),
        ("", "b@hhu.example"),
    ]
    assert {mail.status for mail in mails} == {QUEUED}
    assert {mail.cause for mail in mails} == {"/admin/repairs/requests/5/"}
    assert mails[0].key != mails[1].key


def test_what_is_rolled_back_was_never_written(session, write):
    with session.begin_nested() as savepoint:
        write()
        savepoint.rollback()
    assert session.scalar(sa.select(sa.func.count(Mail.id))) == 0


class Sender:
    """Notes what is sent."""

    def __init__(self):
        self.sent = []

    def send(self, task: str) -> None:
        self.sent.append(task)


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def hurried(app, connection, sender):
    """A session as requests and tasks have it."""
    options = {"join_transaction_mode": "create_savepoint", "info": {"sender": sender}}
    with Session(connection, **options) as session:
        yield session


def test_a_mail_hurries_itself_after_the_commit_and_once_for_all_of_a_transaction(hurried, sender):
    for _ in range(2):
        outbox.put(hurried, [Recipient("a@hhu.example")], "主题", "正文")
        with hurried.begin_nested():
            outbox.put(hurried, [Recipient("b@hhu.example")], "主题", "正文")
        assert sender.sent == []
        hurried.commit()
        assert sender.sent == [outbox.TASK]
        sender.sent.clear()


def test_nobody_is_hurried_by_what_is_rolled_back(hurried, sender):
    outbox.put(hurried, [Recipient("a@hhu.example")], "主题", "正文")
    hurried.rollback()
    hurried.commit()
    assert sender.sent == []
    outbox.put(hurried, [Recipient("a@hhu.example")], "主题", "正文")
    hurried.commit()
    assert sender.sent == [outbox.TASK]


def test_a_failed_mail_that_is_sent_again_is_hurried_too(hurried, sender):
    [mail_id] = outbox.put(hurried, [Recipient("a@hhu.example")], "主题", "正文")
    mail = hurried.get_one(Mail, mail_id)
    mail.status = FAILED
    hurried.commit()
    sender.sent.clear()
    assert outbox.send_again(hurried, mail)
    hurried.commit()
    assert sender.sent == [outbox.TASK]


def test_the_session_of_a_request_knows_who_sends(app):
    with prepare(registry=app.registry) as env, env["request"].tm:
        assert env["request"].db.info["sender"] is app.registry["sender"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@",
        "@hhu.example",
        "a@@hhu.example",
        "a b@hhu.example",
        "a@hhu.example ",
        "a@hhu..example",
        "a@.example",
        "a@-hhu.example",
        "a..b@hhu.example",
        ".a@hhu.example",
        "a@hhu.example\nBcc: b@hhu.example",
        "a@hhu.example\r",
        "a@hhu.example,b@hhu.example",
        "<a@hhu.example>",
        "张三@hhu.example",
        "a@河海.example",
        "a@hhu.example\0",
        "x" * 65 + "@hhu.example",
        "a@" + "x" * 64 + ".example",
        "a@" + ("x" * 60 + ".") * 5 + "example",
        "a@" + "a" * 100_000,
        "a." * 50_000,
    ],
)
def test_no_address_is_kept_as_a_mail_that_failed(session, write, address):
    mail = write(to=Recipient(address[:300]))
    assert (mail.status, mail.last_error) == (FAILED, "收件人地址不合法，无法发送。")


def test_failed_mails_are_sent_again_as_if_for_the_first_time(session, write):
    failed, sent, queued = write(), write(), write()
    failed.status, failed.attempts, failed.last_error = FAILED, 9, "550 no"
    sent.status, sent.sent_at = SENT, sa.func.now()
    queued.attempts = 3
    session.flush()
    assert outbox.count_failed(session) == 1
    assert [outbox.send_again(session, each) for each in (failed, sent, queued)] == [
        True,
        False,
        False,
    ]
    assert (failed.status, failed.attempts, failed.last_error) == (QUEUED, 0, "")
    assert (sent.status, queued.attempts) == (SENT, 3)


@pytest.mark.parametrize(
    ("present", "address", "status"),
    [("new@hhu.example", "new@hhu.example", QUEUED), (None, "old@hhu.example", FAILED)]
    + [("a..b@hhu.example", "old@hhu.example", FAILED)],
)
def test_a_failed_mail_is_sent_again_to_the_present_address(
    session, write, teacher, present, address, status
):
    teacher.email = "old@hhu.example"
    failed = write(to=Recipient.of(teacher))
    failed.status, failed.last_error = FAILED, "550 no such user"
    teacher.email = present
    session.flush()
    assert outbox.send_again(session, failed) == (status == QUEUED)
    assert (failed.to_address, failed.status) == (address, status)


def test_files_are_needed_until_their_mails_are_sent(session, write):
    def attached(reference: str) -> Mail:
        file = Attachment("shelf", reference, "一.pdf", "application/pdf", 5)
        return write(attachments=[file])

    attached("queued")
    attached("failed").status = FAILED
    sent = attached("sent")
    sent.status, sent.sent_at = SENT, sa.func.now()
    session.flush()
    assert outbox.needed_files(session, "shelf") == {"queued", "failed"}
    assert outbox.needed_files(session, "other") == set()


class TestSweeping:
    @pytest.fixture
    def sent(self, session, write):
        """``sent(days=91)``: a mail with a file, sent so many days ago."""

        def sent(days: float, **values) -> int:
            file = Attachment("shelf", "digest", "一.pdf", "application/pdf", 5)
            mail = write(attachments=[file])
            mail.status, mail.sent_at = SENT, datetime.now(UTC) - timedelta(days=days)
            for name, value in values.items():
                setattr(mail, name, value)
            session.flush()
            return mail.id

        return sent

    def left(self, session) -> list[int]:
        return list(session.scalars(sa.select(Mail.id).order_by(Mail.id)))

    def test_what_was_sent_long_ago_goes_with_its_attachments(self, session, sent, run_task):
        sent(91)
        kept = sent(89)
        run_task("core.sweep_mails")
        assert self.left(session) == [kept]
        assert session.scalars(sa.select(MailAttachment.mail_id)).all() == [kept]

    def test_what_waits_or_was_given_up_stays_however_old(self, session, sent, run_task):
        kept = [sent(400, status=status, sent_at=None) for status in (QUEUED, FAILED)]
        long_ago = datetime.now(UTC) - timedelta(days=400)
        session.execute(sa.update(Mail).values(created_at=long_ago))
        run_task("core.sweep_mails")
        assert self.left(session) == kept

    def test_more_than_one_load_goes(self, session, sent, run_task, monkeypatch):
        monkeypatch.setattr(outbox, "_SWEPT_AT_ONCE", 2)
        for _ in range(5):
            sent(100)
        run_task("core.sweep_mails")
        assert self.left(session) == []

    def test_zero_days_are_for_ever(self, app, session, sent, run_task, monkeypatch):
        monkeypatch.setitem(app.registry, "mail.keep", None)
        kept = sent(10_000)
        run_task("core.sweep_mails")
        assert self.left(session) == [kept]

    @pytest.mark.parametrize(
        ("days", "keep"),
        [({}, timedelta(days=90)), ({"mail.keep_days": "7"}, timedelta(days=7))]
        + [({"mail.keep_days": "0"}, None)],
    )
    def test_the_setting(self, settings, days, keep):
        config = configure(settings | days)
        config.commit()
        assert config.registry["mail.keep"] == keep
        config.registry["engine"].dispose()
