"""The administrators' page 邮件: what became of each mail, and sending again."""

import pytest
import sqlalchemy as sa

from hhu_base.mail.mailer import Mailer
from hhu_base.mail.models import FAILED, QUEUED, Mail
from hhu_base.mail.outbox import Recipient
from hhu_base.models import AuditEntry

MAILS = "/admin/core/mails/"


@pytest.fixture
def failed(write, session) -> Mail:
    mail = write("差旅费<b>", "正文的第一行\n第二行")
    mail.status, mail.attempts, mail.last_error = FAILED, 15, "550 没有这个人"
    session.flush()
    return mail


def card_of(page):
    cards = page.html.select(".card-home")
    return next((card for card in cards if card.h2.text.strip() == "邮件"), None)


def test_the_list_tells_status_attempts_and_error(admin, failed, write):
    write("另一封")
    page = admin.get(MAILS)
    assert [cell.text for cell in page.html.select("td.first")] == ["另一封", "差旅费<b>"]
    row = page.html.select("tbody tr")[1].text
    for text in ("褚杰 t0001@hhu.example", "发送失败", "15", "没有这个邮箱。"):
        assert text in row
    assert "550" not in row
    page = admin.get(MAILS + "?f.status=failed")
    assert [cell.text for cell in page.html.select("td.first")] == ["差旅费<b>"]


def test_its_page_leads_to_what_it_is_about(admin, write):
    mail = write(cause="/admin/repairs/requests/5/")
    page = admin.get(f"{MAILS}{mail.id}/")
    [link] = page.html.select(".facts a")
    assert (link["href"], link.text) == ("/admin/repairs/requests/5/", "相关的记录")


def test_the_preview_is_text_and_nothing_can_be_edited(admin, failed):
    page = admin.get(f"{MAILS}{failed.id}/")
    assert page.html.select_one("textarea[name=body]").text.strip() == "正文的第一行\n第二行"
    assert page.html.select_one("fieldset").has_attr("disabled")
    said = page.html.select_one(".facts details")
    assert (said.summary.text, said.code.text) == ("没有这个邮箱。", "550 没有这个人")
    assert not said.has_attr("open")
    admin.get(MAILS + "add", status=303)
    admin.submit(page)
    assert failed.subject == "差旅费<b>"


def test_a_failed_one_is_sent_again(admin, failed, session):
    page = admin.get(f"{MAILS}{failed.id}/").click("重新发送")
    admin.submit(page)
    assert (failed.status, failed.attempts, failed.last_error) == (QUEUED, 0, "")
    [entry] = session.scalars(sa.select(AuditEntry))
    assert (entry.action, entry.before, entry.after) == (
        "重新发送",
        {"状态": "发送失败"},
        {"状态": "等待发送"},
    )


def test_it_goes_to_the_present_address_of_its_recipient(admin, teacher, write, session):
    teacher.email = "old@hhu.example"
    mail = write(to=Recipient.of(teacher))
    mail.status, mail.last_error = FAILED, "550 no such user"
    teacher.email = None
    session.flush()
    answer = admin.submit(admin.get(f"{MAILS}{mail.id}/").click("重新发送"))
    assert "收件人现在没有可以收信的邮箱" in answer.follow().text
    assert mail.status == FAILED
    teacher.email = "new@hhu.example"
    admin.submit(admin.get(f"{MAILS}{mail.id}/").click("重新发送"))
    assert (mail.status, mail.to_address) == (QUEUED, "new@hhu.example")
    [entry] = session.scalars(sa.select(AuditEntry))
    assert entry.after["收件地址"] == "new@hhu.example"


def test_one_that_became_a_file_is_not_called_sent(admin, write, run_task):
    mail = write()
    run_task("core.send_mails")
    row = admin.get(MAILS).html.select_one("tbody tr").text
    assert "已存为文件（未寄出）" in row
    assert "已发送" not in row
    facts = admin.get(f"{MAILS}{mail.id}/").html.select_one(".facts").text
    assert "已存为文件（未寄出）" in facts


def test_in_the_list_only_failed_ones_have_a_button(admin, failed, write):
    write("另一封")
    page = admin.get(MAILS)
    [link] = page.html.select("a[data-ask]")
    assert f"id={failed.id}" in link["href"]
    assert link["aria-label"] == "重新发送 差旅费<b>"
    assert "操作" not in admin.get(MAILS + "?f.status=queued").html.select_one("thead").text


def test_one_that_waits_is_left_alone(admin, write):
    mail = write()
    answer = admin.get(f"{MAILS}do/send-again?id={mail.id}", status=303)
    assert "请先选择可以“重新发送”的记录。" in admin.get(answer.location).text


def test_failed_ones_show_on_the_home_page(admin, failed):
    card = card_of(admin.get("/admin/"))
    assert " ".join(card.select_one(".figure").text.split()) == "1 封发送失败"
    assert "没有这个邮箱。" in card.text


def test_the_home_page_says_where_mails_land(app, admin, browser, add_staff):
    folder = app.registry["mail.office"].folder
    page = admin.get("/admin/").text
    assert "邮件不会真的发出，只存为文件。" in page
    assert str(folder) not in page
    other = browser.as_user(add_staff("rooms.view"))
    assert "没有设置邮件服务器" not in other.get("/admin/").text


def test_with_a_mail_server_and_nothing_failed_there_is_no_card(admin, office: Mailer):
    assert office.folder is None
    assert card_of(admin.get("/admin/")) is None


def test_only_who_may_see_the_base_sees_mails(browser, add_staff, failed):
    viewer = browser.as_user(add_staff("core.view"))
    assert "重新发送" not in viewer.get(f"{MAILS}{failed.id}/").text
    viewer.get(f"{MAILS}do/send-again?id={failed.id}", status=403)
    stranger = browser.as_user(add_staff("repairs.change", username="other"))
    stranger.get(MAILS, status=403)
