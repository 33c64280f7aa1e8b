"""What is told of the outbox."""

import logging
from datetime import timedelta

import sqlalchemy as sa

from hhu_base.mail import metrics
from hhu_base.mail.models import FAILED, HELD, Mail
from hhu_base.mail.outbox import Recipient, count_failed


def test_what_is_due_what_waits_and_what_was_given_up(session, write):
    assert (metrics.count_due(session), metrics.longest_due(session)) == (0, 0)
    first, second, third, fourth, fifth = (write() for _ in range(5))
    first.next_attempt_at = sa.func.now() - timedelta(seconds=70)
    second.next_attempt_at = sa.func.now() + timedelta(seconds=70)
    third.status, fifth.status = FAILED, HELD
    session.flush()
    assert metrics.count_queued(session) == 3
    assert metrics.count_due(session) == 2
    assert 70 <= metrics.longest_due(session) < 80
    assert (count_failed(session), metrics.count_held(session)) == (1, 1)


def test_a_mail_that_is_sent_is_logged_by_its_id_alone(session, send, write, server, caplog):
    caplog.set_level(logging.INFO, "hhu_base")
    mail = write("机密主题", to=Recipient("zhang@hhu.example", "张三"))
    send()
    assert session.get_one(Mail, mail.id).status == "sent"
    assert caplog.messages == [f"mail {mail.id} sent"]
