"""Telling people: a row, a mail if they want one, and one mail for what changes again at once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.mail.models import SENT, Mail
from hhu_base.notifications import Link, notify
from hhu_base.notifications.kinds import NoticeKind, NoticeKinds
from hhu_base.notifications.models import Notice, NoticeChoice


@pytest.fixture
def session(session):
    """Knows two kinds, one of which can't be turned off."""
    kinds = NoticeKinds("https://hhu.example", timedelta(minutes=1))
    kinds.add(NoticeKind("x.y", "随意", "x"))
    kinds.add(NoticeKind("x.must", "必须", "x", is_compulsory=True))
    kinds.add(NoticeKind("x.remind", "提醒", "x", is_reminder=True))
    session.info["notices"] = kinds
    return session


@pytest.fixture
def mails(session):
    return lambda: session.scalars(sa.select(Mail).order_by(Mail.id)).all()


@pytest.fixture
def notices(session):
    return lambda: session.scalars(sa.select(Notice).order_by(Notice.id)).all()


@pytest.fixture
def user(add_user):
    return add_user("t1", email="a@hhu.example")


@pytest.mark.parametrize(
    ("changes", "is_by_themselves", "is_told", "has_mail"),
    [
        ({"email": "a@hhu.example"}, False, True, True),
        ({"email": "a@hhu.example"}, True, False, False),
        ({"email": None}, False, True, False),
        ({"email": ""}, False, True, False),
        ({"email": "a@hhu.example", "is_active": False}, False, False, False),
    ],
)
def test_a_user_is_told_of_what_others_do_as_long_as_they_are_there(
    session, add_user, mails, notices, changes, is_by_themselves, is_told, has_mail
):
    user, other = add_user("t1", **changes), add_user("t2")
    by = user if is_by_themselves else other
    told = notify(session, user, "x.y", "主题", "正文", cause="/x/", by_user_id=by.id)
    assert (told is not None) == is_told
    found = [(mail.user_id, mail.subject, mail.cause, mail.kind) for mail in mails()]
    assert found == ([(user.id, "主题", "/x/", "x.y")] if has_mail else [])
    assert [(n.user_id, n.subject, n.cause, n.kind) for n in notices()] == (
        [(user.id, "主题", "/x/", "x.y")] if is_told else []
    )


def test_links_are_lines_with_the_public_address_in_the_mail(session, user, mails, notices):
    notify(session, user, "x.y", "主题", "正文\n", links=[Link("同意", "/app/x/1/")])
    assert mails()[0].body == "正文\n\n同意：https://hhu.example/app/x/1/\n"
    assert notices()[0].links == [{"title": "同意", "path": "/app/x/1/"}]


@pytest.mark.parametrize(
    ("kind", "has_notice", "has_mail"),
    [("x.y", True, False), ("x.must", True, True), ("x.remind", False, False)],
)
def test_what_is_turned_off_is_no_mail_unless_it_must_be_told(
    session, user, mails, notices, kind, has_notice, has_mail
):
    session.add(NoticeChoice(user_id=user.id, kind=kind, by_mail=False))
    notify(session, user, kind, "主题", "正文")
    assert (bool(notices()), bool(mails())) == (has_notice, has_mail)


class TestCollapse:
    def test_what_changes_again_within_a_minute_is_one_mail_with_the_last_text(
        self, session, user, mails, notices
    ):
        for subject in ("第一", "第二", "第三"):
            notify(session, user, "x.y", subject, f"{subject}。", collapse="x.1")
        assert [(mail.subject, mail.body) for mail in mails()] == [("第三", "第三。")]
        assert [notice.subject for notice in notices()] == ["第三"]

    def test_such_a_mail_waits_for_a_minute_that_is_not_begun_anew(self, session, user, mails):
        notify(session, user, "x.y", "第一", "正文", collapse="x.1")
        [mail] = mails()
        due = mail.next_attempt_at
        notify(session, user, "x.y", "第二", "正文", collapse="x.1")
        session.refresh(mail)
        assert mail.next_attempt_at == due
        assert due - mail.created_at == timedelta(minutes=1)

    def test_another_thing_another_person_and_another_minute_are_mails_of_their_own(
        self, session, user, add_user, mails, notices
    ):
        notify(session, user, "x.y", "第一", "正文", collapse="x.1")
        notify(session, user, "x.y", "第二", "正文", collapse="x.2")
        notify(session, add_user("t2", email="b@hhu.example"), "x.y", "第三", "", collapse="x.1")
        session.execute(
            sa.update(Notice).values(created_at=Notice.created_at - timedelta(minutes=2))
        )
        session.expire_all()
        notify(session, user, "x.y", "第四", "正文", collapse="x.1")
        assert [mail.subject for mail in mails()] == ["第一", "第二", "第三", "第四"]
        assert len(notices()) == 4

    def test_what_is_sent_already_is_not_rewritten(self, session, user, mails, notices):
        notify(session, user, "x.y", "第一", "正文", collapse="x.1")
        session.execute(sa.update(Mail).values(status=SENT, sent_at=sa.func.now()))
        session.expire_all()
        notify(session, user, "x.y", "第二", "正文", collapse="x.1")
        assert [mail.subject for mail in mails()] == ["第一", "第二"]
        assert [notice.subject for notice in notices()] == ["第一", "第二"]

    def test_without_mail_the_notice_is_replaced_all_the_same(self, session, add_user, notices):
        user = add_user("t2")
        for subject in ("第一", "第二"):
            notify(session, user, "x.y", subject, "正文", collapse="x.1")
        assert [notice.subject for notice in notices()] == ["第二"]


def test_what_can_be_stored_nowhere_does_not_undo_its_cause(session, user, notices):
    notify(session, user, "x.y", "主\x00题\n二", "正\x00文")
    assert "\x00" not in notices()[0].subject + notices()[0].body
