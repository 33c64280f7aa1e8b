"""邮件: one that was given up is sent again, and is sent."""

import time

from playwright.sync_api import expect

from hhu_base.mail.models import SENT

MAILS = "/admin/core/mails/"


def test_a_failed_one_is_sent_again_from_the_list(desk, site):
    subject = site.new_name("退回的信")
    mail_id = site.fail_to_send(subject)
    desk.goto("/admin/")
    card = desk.locator(".card-home", has_text="封发送失败")
    expect(card.get_by_role("link", name=subject)).to_be_visible()
    desk.goto(f"{MAILS}?q={subject}")
    row = desk.locator("tbody tr", has_text=subject)
    expect(row).to_contain_text("550 5.1.1 mailbox unavailable")
    row.get_by_role("link", name="重新发送").click()
    desk.get_by_role("dialog").get_by_role("button", name="重新发送").click()
    expect(desk.get_by_role("status")).to_contain_text(f"已对“{subject}”执行“重新发送”。")
    until_sent(site, mail_id)
    desk.reload()
    expect(desk.locator("tbody tr", has_text=subject)).to_contain_text("已发送")
    # Without a mail server, into a folder.
    letters = (site.college.folder / "var" / "mail").glob(f"*-{mail_id}.eml")
    assert len(list(letters)) == 1


def until_sent(site, mail_id: int) -> None:
    deadline = time.monotonic() + 60
    while site.mail(mail_id).status != SENT:
        assert time.monotonic() < deadline
        time.sleep(0.1)
