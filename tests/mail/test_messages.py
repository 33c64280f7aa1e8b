"""The bytes of a mail: readable names, and nothing that anybody slipped in."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hhu_base.mail.messages import FileMissing, MessageBuilder
from hhu_base.mail.models import Mail, MailAttachment
from hhu_base.mail.outbox import Attachment, Recipient, one_line


@pytest.fixture
def read(writer: MessageBuilder):
    """What a mail program makes of a mail."""

    def read(mail):
        data = writer.write(mail).as_bytes()
        assert max(map(len, data.split(b"\r\n"))) <= 998
        assert data.isascii()
        return message_from_bytes(data, policy=policy.default)

    return read


def test_a_mail_has_proper_headers(session, write, read):
    mail = write("投影仪坏了（勤学楼 301）" * 9, "您好，\n\n请看一下。\n.\n第三段")
    mail.created_at = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    message = read(mail)
    assert message["Subject"] == "投影仪坏了（勤学楼 301）" * 9
    assert str(message["From"]) == "计信院教师服务 <noreply@hhu.example>"
    assert str(message["To"]) == "褚杰 <t0001@hhu.example>"
    assert message["Date"] == "Tue, 24 Nov 2026 02:30:00 +0800"
    assert message["Message-ID"] == f"<{mail.key}@hhu.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["您好，", "", "请看一下。", ".", "第三段"]


def test_a_mail_is_the_same_at_each_try(session, write, writer):
    mail = write()
    assert writer.write(mail)["Message-ID"] == writer.write(mail)["Message-ID"]
    assert writer.write(mail)["Date"] == writer.write(mail)["Date"]


@pytest.mark.parametrize(
    "name",
    [
        "国家自然科学基金申报指南（2026 年修订，第三版）.pdf",
        "plain.pdf",
        'quo"te; filename=evil.exe.pdf',
        "back\\slash.pdf",
        "长" * 80 + ".pdf",
        "emoji 🚀.pdf",
    ],
)
def test_an_attachment_keeps_its_name_and_content(write, read, writer, tmp_path, name):
    (tmp_path / "x").write_bytes(b"%PDF-1.7\r\n\0\xff")
    writer.stores["shelf"] = tmp_path.joinpath
    mail = write(attachments=[Attachment("shelf", "x", name, "application/pdf", 12)])
    [file] = read(mail).iter_attachments()
    assert file.get_filename() == name
    assert file.get_content_type() == "application/pdf"
    assert file.get_content() == b"%PDF-1.7\r\n\0\xff"


# What confuses those who read headers: their own signs, blanks, other scripts, encoded words.
TEXTS = st.text(
    st.one_of(
        st.sampled_from('<>,@;:"()[]\\.=?_ abc'),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=120,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXTS, subject=TEXTS)
@example(name="a <b@c.example>, " * 5, subject="=?utf-8?q?a?=")
@example(name="x" * 80 + "<evil@c.example>,@", subject=" a  b ")
@example(name='"', subject="x" * 300)
@example(name="\\" * 77 + ",", subject="=?")
@example(name="=?utf-8?b?PGFAYj4=?=", subject="长" * 499)
def test_whatever_a_name_or_a_subject_holds_there_is_one_recipient(writer, name, subject):
    mail = Mail(
        key=uuid4(), to_name=name, to_address="t0001@hhu.example", subject=subject, body="正文",
        secret="", created_at=datetime.now(UTC), attachments=[],
    )  # fmt: skip
    data = writer.write(mail).as_bytes()
    head = data.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 78
    # As mail programs of today read it, and as those of yesterday.
    message = message_from_bytes(data, policy=policy.default)
    [address] = message["To"].addresses
    assert address.addr_spec == "t0001@hhu.example"
    # Python's reader of today puts a blank between two encoded words.
    assert "".join(address.display_name.split()) == "".join(one_line(name).split())
    assert message["Subject"] == one_line(subject)
    old = message_from_bytes(data)
    [(shown, where)] = getaddresses([old["To"]])
    assert where == "t0001@hhu.example"
    assert str(make_header(decode_header(shown))).strip() == one_line(name)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXTS)
@example(name="差旅费报销管理办法.txt")
@example(name="长" * 200 + "差旅费报销管理办法.txt")
@example(name="plain.pdf")
@example(name='quo"te.pdf')
@example(name="x" * 200 + ".pdf")
def test_an_attachment_has_its_name_in_both_forms(writer, tmp_path, name):
    """RFC 2231 for most, RFC 2047 in the name of Content-Type for QQ, 163 and Outlook."""
    (tmp_path / "x").write_bytes(b"x")
    writer.stores["shelf"] = tmp_path.joinpath
    file = MailAttachment(store="shelf", reference="x", name=name, type="text/plain", size=1)
    mail = Mail(
        key=uuid4(), to_name="", to_address="t0001@hhu.example", subject="", body="正文",
        secret="", created_at=datetime.now(UTC), attachments=[file],
    )  # fmt: skip
    data = writer.write(mail).as_bytes()
    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 200
    wanted = one_line(name) or "file"
    [part] = message_from_bytes(data, policy=policy.default).iter_attachments()
    assert part.get_filename() == wanted
    assert (part.get_content_type(), part.get_payload(decode=True)) == ("text/plain", b"x")
    *_, old = message_from_bytes(data).walk()
    assert str(make_header(decode_header(old.get_param("name")))) == wanted


def test_the_secret_of_a_mail_is_in_its_body_and_nowhere_else(session, write, read):
    mail = write(body="https://hhu.example/?key={secret}", secret="s3cret")
    assert mail.body == "https://hhu.example/?key={secret}"
    assert read(mail).get_content().strip() == "https://hhu.example/?key=s3cret"
    assert "{secret}" in read(write(body="{secret}")).get_content()


@pytest.mark.parametrize("store", ["shelf", "switched-off"])
def test_an_attachment_that_is_not_there_is_told(write, writer, tmp_path, store):
    writer.stores["shelf"] = tmp_path.joinpath
    mail = write(attachments=[Attachment(store, "x", "一.pdf", "application/pdf", 1)])
    with pytest.raises(FileMissing, match="“一.pdf”"):
        writer.write(mail)


BREAKS = ["\r\n", "\n", "\r", "\r\n ", "\n\t", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\0"]


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
@pytest.mark.parametrize("field", ["subject", "name", "file"])
@pytest.mark.parametrize("is_stored_raw", [False, True])
def test_no_value_injects_a_header(
    session, write, read, writer, tmp_path, field, line_break, is_stored_raw
):
    """Neither through the outbox nor from a row that something else has written."""
    if is_stored_raw and line_break == "\0":
        pytest.skip("no text column holds it")
    (tmp_path / "x").write_bytes(b"x")
    writer.stores["shelf"] = tmp_path.joinpath
    evil = f"甲{line_break}Bcc: evil@hhu.example{line_break}{line_break}body"
    file = Attachment("shelf", "x", evil if field == "file" else "一.txt", "text/x", 1)
    mail = write(
        evil if field == "subject" else "主题",
        to=Recipient("a@hhu.example", evil if field == "name" else "甲"),
        attachments=[file],
    )
    if is_stored_raw:
        mail.subject = evil if field == "subject" else mail.subject
        mail.to_name = evil if field == "name" else mail.to_name
        mail.attachments[0].name = evil if field == "file" else mail.attachments[0].name
        session.flush()
    message = read(mail)
    assert message["Bcc"] is None
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
        "Content-Type",
    }  # fmt: skip
    [attachment] = message.iter_attachments()
    assert attachment["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["a@hhu.example"]
    assert message.get_body().get_content().strip() == "正文"
