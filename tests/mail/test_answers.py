"""What mail servers say, in Chinese."""

import pytest

from hhu_base.mail.answers import explain


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("550 no such user", "没有这个邮箱。"),
        ("550 5.1.1 <a@b>: Recipient address rejected: User unknown", "没有这个邮箱。"),
        ("550-5.1.1 The email account does not exist", "没有这个邮箱。"),
        ("550 5.7.1 Message rejected as spam", "对方的邮件系统拒收。"),
        ("550 DT:SPM 163 spam", "对方的邮件系统拒收。"),
        ("552 5.2.2 Mailbox full", "对方的邮箱满了。"),
        ("552 5.3.4 Message too big", "邮件太大。"),
        ("452 4.2.2 over quota", "对方的邮箱满了。"),
        ("535 5.7.8 authentication failed", "发信帐号的用户名或密码不对。"),
        ("554 5.7.28 whatever", "对方的邮件系统拒收。"),
        ("499 what", "邮件服务器暂时不收这封信。"),
        ("599 what", "邮件服务器不收这封信。"),
        ("ConnectionRefusedError: [Errno 111]", "邮件服务器没有在运行，或者端口不对。"),
        ("gaierror: [Errno -2] Name or service not known", "找不到邮件服务器的域名。"),
        ("SSLCertVerificationError: self-signed", "邮件服务器的证书不可信。"),
        ("OSError: [Errno 113] No route to host", "连不上邮件服务器。"),
    ],
)
def test_an_answer_is_explained_and_kept(said, sentence):
    assert explain(said) == (sentence, said)


@pytest.mark.parametrize("said", ["", "收件人地址不合法，无法发送。", "附件“一.pdf”无法读取。"])
def test_what_is_a_sentence_already_stays(said):
    assert explain(said) == (said, "")
