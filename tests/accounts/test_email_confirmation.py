"""A new address of one's own gets a link, and nothing else until the link is used."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base import settings as read
from hhu_base.accounts.email_confirmation import Confirmations
from hhu_base.mail import outbox, read_own_domains
from hhu_base.mail.models import CONFIRMATION, FAILED, HELD, QUEUED, Mail
from hhu_base.mail.outbox import Recipient
from hhu_base.models import EmailConfirmation

NEW = "new@qq.example"


@pytest.fixture
def put(mine):
    """``put(NEW)``: give oneself this address."""

    def put(address, status=200):
        body = {"first_name": "杰", "last_name": "褚", "email": address}
        return mine.put("/current-user/", body, status=status)

    return put


@pytest.fixture
def links(session):
    """``links()``: the mails with a link, in order."""

    def links() -> list[Mail]:
        found = sa.select(Mail).where(Mail.kind == CONFIRMATION).order_by(Mail.id)
        return list(session.scalars(found))

    return links


@pytest.fixture
def write_to(session):
    """``write_to(user)``: a mail of any kind to the address that is stored."""

    def write_to(user, **values) -> Mail:
        [mail_id] = outbox.put(session, [Recipient.of(user)], "主题", "正文", **values)
        return session.get_one(Mail, mail_id)

    return write_to


def let_it_get_old(session, **ages) -> None:
    now = datetime.now(UTC)
    values = {name: now - age for name, age in ages.items()}
    session.execute(sa.update(EmailConfirmation).values(**values))
    session.expire_all()


def test_a_new_address_gets_a_link_and_what_else_there_is_waits(put, teacher, links, write_to):
    put(NEW)
    [link] = links()
    assert (link.to_address, link.status) == (NEW, QUEUED)
    assert "/confirm-email?key={secret}" in link.body
    # A stranger may read it, so it tells nothing that the user has written.
    assert teacher.fullname not in link.body + link.subject + link.to_name
    assert write_to(teacher).status == HELD


def test_what_waited_goes_once_the_link_is_used(
    put, teacher, links, write_to, browser, run_task, session
):
    put(NEW)
    waiting = write_to(teacher)
    page = browser.get("/confirm-email", {"key": links()[0].secret})
    assert (NEW in page.text, "t0001" in page.text) == (True, True)
    run_task("core.send_mails")
    assert waiting.status == HELD  # to open the page confirms nothing
    done = browser._call(page.form.submit)
    assert "邮箱已确认" in done.text
    outbox.settle_held(session)
    session.refresh(waiting)
    assert (waiting.status, waiting.to_address) == (QUEUED, NEW)
    assert write_to(teacher).status == QUEUED
    # Once.
    browser._call(page.form.submit, status=404)


@pytest.mark.parametrize("key", ["", "nonsense", "😀"])
def test_a_key_that_is_none_is_told_by_a_page(browser, key):
    for method in (browser.client.get, browser.client.post):
        answer = method("/confirm-email", {"key": key}, status=404)
        assert "链接无效" in answer.text


def test_the_page_keeps_the_key_to_itself(put, links, browser):
    put(NEW)
    page = browser.get("/confirm-email", {"key": links()[0].secret})
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_only_a_digest_of_the_secret_stays(put, links, session, app, run_task):
    put(NEW)
    secret = links()[0].secret
    assert len(secret) > 40
    run_task("core.send_mails")
    [link] = links()
    assert (link.status, link.secret) == ("stored", "")
    for table in ("core_mails", "core_email_confirmations"):
        for row in session.execute(sa.text(f"SELECT * FROM {table}")):
            assert secret not in repr(tuple(row))
    [file] = (app.registry["mail.office"].folder).glob(f"*-{link.id}.eml")
    assert file.exists()


def test_a_link_whose_mail_has_to_be_tried_again_is_still_good(put, links, session, app):
    """The row says what is true once the server has it; until then it keeps what it needs."""
    from hhu_base.mail.dispatch import RetryPolicy, send_next
    from hhu_base.mail.transports import Deferred

    class Busy:
        done = "sent"

        def deliver(self, name, message):
            raise Deferred("450 later")

    put(NEW)
    secret = links()[0].secret
    send_next(session, Busy(), app.registry["mail.office"].writer, RetryPolicy(9, 1))
    session.flush()
    session.expire_all()
    [link] = links()
    assert (link.status, link.secret, link.sent_at) == (QUEUED, secret, None)


@pytest.mark.parametrize("then", ["other@qq.example", None, "", "me@hhu.example"])
def test_another_change_voids_the_link(put, links, browser, app, monkeypatch, then):
    own = Confirmations("https://hhu.example", ("hhu.example",))
    monkeypatch.setitem(app.registry, "accounts.confirmations", own)
    put(NEW)
    put(then)
    browser.get("/confirm-email", {"key": links()[0].secret}, status=404)


def test_so_does_one_by_the_office_and_its_address_is_good(put, teacher, links, browser, write_to):
    put(NEW)
    teacher.email = "office@gives.example"
    browser.get("/confirm-email", {"key": links()[0].secret}, status=404)
    assert write_to(teacher).status == QUEUED


def test_so_does_time_and_the_switch(put, teacher, links, browser, session):
    put(NEW)
    key = {"key": links()[0].secret}
    teacher.is_active = False
    browser.get("/confirm-email", key, status=404)
    teacher.is_active = True
    browser.get("/confirm-email", key)
    let_it_get_old(session, expires_at=timedelta(seconds=1))
    browser.get("/confirm-email", key, status=404)


def test_who_mistyped_gets_what_waited_at_the_right_address(
    put, teacher, links, write_to, browser, session
):
    put("wrong@qq.example")
    waiting = write_to(teacher)
    put(NEW)
    browser.client.post("/confirm-email", {"key": links()[1].secret})
    outbox.settle_held(session)
    session.refresh(waiting)
    assert (waiting.status, waiting.to_address) == (QUEUED, NEW)


def test_after_three_days_what_waited_is_given_up(put, teacher, write_to, session, run_task):
    put(NEW)
    waiting = write_to(teacher)
    waiting.next_attempt_at = datetime.now(UTC) - timedelta(days=3, minutes=1)
    run_task("core.send_mails")
    assert (waiting.status, waiting.last_error) == (FAILED, outbox.NOT_CONFIRMED)
    # To be sent again it waits three more days.
    assert outbox.send_again(session, waiting)
    outbox.settle_held(session)
    session.refresh(waiting)
    assert waiting.status == HELD


@pytest.mark.parametrize(
    ("address", "is_own"),
    [
        ("a@hhu.edu.cn", True),
        ("a@Mail.HHU.edu.cn", True),
        ("a@nothhu.edu.cn", False),
        ("a@hhu.edu.cn.evil.example", False),
        ("a@edu.cn", False),
    ],
)
def test_addresses_of_the_college_are_good_at_once(
    put, teacher, links, write_to, app, monkeypatch, address, is_own
):
    domains = read_own_domains({"mail.own_domains": "hhu.edu.cn other.example"})
    own = Confirmations("https://hhu.example", domains)
    monkeypatch.setitem(app.registry, "accounts.confirmations", own)
    put(address)
    assert (links() == []) == is_own
    assert write_to(teacher).status == (QUEUED if is_own else HELD)


@pytest.mark.parametrize("domains", ["@hhu.edu.cn", "河海", "a b@c"])
def test_domains_that_are_none_are_told(domains):
    with pytest.raises(read.ConfigurationError, match="^mail.own_domains"):
        read_own_domains({"mail.own_domains": domains})


def test_the_address_that_one_has_is_good_whatever_its_case(put, teacher, links, write_to):
    teacher.email = "t0001@qq.example"
    put("t0001@QQ.example")
    assert links() == []
    assert write_to(teacher).status == QUEUED


def test_to_save_it_again_sends_another_link_once_the_first_is_not_new(
    put, links, session, browser
):
    put(NEW)
    put(NEW)
    assert len(links()) == 1
    let_it_get_old(session, created_at=timedelta(minutes=11))
    put(NEW)
    first, second = links()
    browser.get("/confirm-email", {"key": second.secret})
    browser.get("/confirm-email", {"key": first.secret}, status=404)


def test_links_are_no_mail_bomb(put, links, api, add_user):
    for number in range(5):
        put(f"{number}@qq.example")
    answer = put("6@qq.example", status=429)
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    # Nor for one address, from however many.
    others = [api.as_user(add_user(f"t100{number}")) for number in range(6)]
    body = {"first_name": "杰", "last_name": "褚", "email": "victim@qq.example"}
    statuses = [
        each.client.put_json("/current-user/", body, status="*").status_int for each in others
    ]
    assert statuses == [200] * 5 + [429]
    assert len(links()) == 10


def test_the_page_of_a_person_tells_it_and_the_office_can_call_it_good(
    put, teacher, write_to, admin, session
):
    put(NEW)
    waiting = write_to(teacher)
    page = admin.get(f"/admin/core/users/{teacher.id}/")
    assert "等待本人确认" in page.html.select_one(".facts").text
    admin.submit(page.click("确认邮箱"))
    outbox.settle_held(session)
    session.refresh(waiting)
    assert waiting.status == QUEUED
    page = admin.get(f"/admin/core/users/{teacher.id}/")
    assert page.html.select_one(".facts") is None
    assert "do/confirm-email" not in page.text


def test_the_page_of_a_person_tells_an_address_that_gets_no_mail(admin, teacher):
    teacher.email = "a..b@hhu.example"
    page = admin.get(f"/admin/core/users/{teacher.id}/")
    assert "收不了信" in page.html.select_one(".facts").text


def test_the_page_of_a_link_shows_nobody_its_secret(put, links, admin):
    put(NEW)
    [link] = links()
    page = admin.get(f"/admin/core/mails/{link.id}/")
    body = page.html.select_one("textarea[name=body]").text
    assert re.search(r"key=……\n", body)
    assert link.secret not in page.text
