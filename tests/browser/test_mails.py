"""邮件: one that was given up is sent again, and is sent; and the page of a link in a mail."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from hhu_base.mail.models import STORED
from hhu_base.models import EmailConfirmation, User
from hhu_base.web.security import digest_of

from .watching import findings

MAILS = "/admin/core/mails/"


@pytest.mark.slow
def test_a_failed_one_is_sent_again_from_the_list(desk, site):
    subject = site.new_name("退回的信")
    mail_id = site.fail_to_send(subject)
    desk.goto("/admin/")
    card = desk.locator(".card-home", has_text="封发送失败")
    expect(card.get_by_role("link", name=subject)).to_be_visible()
    desk.goto(f"{MAILS}?q={subject}")
    row = desk.locator("tbody tr", has_text=subject)
    expect(row).to_contain_text("没有这个邮箱。")
    row.get_by_role("link", name="重新发送").click()
    desk.get_by_role("dialog").get_by_role("button", name="重新发送").click()
    expect(desk.get_by_role("status")).to_contain_text(f"已对“{subject}”执行“重新发送”。")
    until_sent(site, mail_id)
    desk.reload()
    expect(desk.locator("tbody tr", has_text=subject)).to_contain_text("已存为文件（未寄出）")
    # Without a mail server, into a folder.
    letters = (site.college.folder / "var" / "mail").glob(f"*-{mail_id}.eml")
    assert len(list(letters)) == 1


def until_sent(site, mail_id: int) -> None:
    deadline = time.monotonic() + 60
    while site.mail(mail_id).status != STORED:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_address_is_confirmed_by_who_is_not_signed_in(page, site, watch):
    """Opening the link does nothing, the button does; afterwards the link is worth nothing."""
    key = site.new_name("key")
    with Session(site.college.engine) as session, session.begin():
        user = session.get_one(User, site.teacher_id)
        user.email = user.email or "b0001@hhu.example"
        session.merge(
            EmailConfirmation(
                user_id=user.id,
                address=user.email,
                digest=digest_of(key),
                expires_at=datetime.now(UTC) + timedelta(days=1),
            )
        )
    page.goto(f"/confirm-email?key={key}")
    assert not findings(page)
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_role("heading", name="邮箱已确认")).to_be_visible()
    assert not findings(page)
    watch.expect(404)
    page.goto(f"/confirm-email?key={key}")
    expect(page.get_by_role("heading", name="链接无效")).to_be_visible()
    assert not findings(page)
