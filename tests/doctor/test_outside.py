"""Mail and WeChat: real servers on this machine, which must not get more than a question."""

import pytest
import sqlalchemy as sa
from aiosmtpd.smtp import AuthResult

from hhu_base.accounts.wechat.checks import check_wechat
from hhu_base.accounts.wechat.client import WeChatClient
from hhu_base.accounts.wechat.stub import DisabledWeChat, StubWeChat
from hhu_base.mail import checks
from hhu_base.mail.mailer import Mailer
from hhu_base.mail.models import FAILED
from hhu_base.mail.transports import STARTTLS
from tests.accounts.conftest import running_wechat, wechat  # noqa: F401 - fixtures
from tests.mail.conftest import Server, rules, transport_to, write, writer  # noqa: F401 - fixtures

from .conftest import levels


@pytest.fixture
def use_mail_server(app, monkeypatch, writer, rules):  # noqa: F811
    def use(port: int, **changes) -> None:
        office = Mailer(transport_to(port, **changes), writer, rules)
        monkeypatch.setitem(app.registry, "mail.office", office)

    return use


@pytest.fixture
def mail_server():
    """One that wants to know who is there."""

    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"right")

    server = Server(authenticator=authenticate, auth_require_tls=False)
    yield server
    server.stop()


def test_mails_in_a_folder_are_for_trying_out(deployment):
    assert levels(checks.check_mail(deployment)) == ["注意"]


def test_a_mail_server_is_signed_in_to_and_gets_no_mail(deployment, mail_server, use_mail_server):
    use_mail_server(mail_server.port, user="noreply", password="right")
    assert levels(checks.check_mail(deployment)) == ["好"]
    assert mail_server.handler.mails == []


@pytest.mark.parametrize(
    "changes",
    [{"user": "noreply", "password": "wrong"}, {"security": STARTTLS}, {"port": 1}],
    ids=["password", "no TLS", "nobody"],
)
def test_a_mail_server_that_will_not_have_us_is_told(
    deployment, mail_server, use_mail_server, changes
):
    use_mail_server(**{"port": mail_server.port} | changes)
    [finding] = checks.check_mail(deployment)
    assert finding.level == "错误"
    assert "wrong" not in str(finding)


def test_mails_that_should_be_gone_are_told(deployment, session, write):  # noqa: F811
    assert levels(checks.check_mails(deployment)) == ["好"]
    mail = write()
    assert levels(checks.check_mails(deployment)) == ["好"]
    mail.next_attempt_at = sa.func.now() - sa.text("interval '11 minutes'")
    session.flush()
    assert levels(checks.check_mails(deployment)) == ["错误"]
    mail.status = FAILED
    session.flush()
    assert levels(checks.check_mails(deployment)) == ["注意"]


def test_addresses_that_get_no_mail_are_told(deployment, add_user):
    add_user("t0001", email="t0001@hhu.example")
    add_user("t0002", email="")
    add_user("t0003", email="a..b@hhu.example", is_active=False)
    assert levels(checks.check_addresses(deployment)) == ["好"]
    add_user("t0004", email="zhang.@qq.com")
    [finding] = checks.check_addresses(deployment)
    assert (finding.level, "t0004" in finding.what) == ("注意", True)


@pytest.fixture
def ask_wechat(deployment, monkeypatch, wechat):  # noqa: F811
    client = WeChatClient(wechat.url, "wx0", "the-app-secret", timeout=0.4, patience=1, at_once=2)
    monkeypatch.setitem(deployment.registry, "wechat", client)
    return lambda: list(check_wechat(deployment))


@pytest.mark.parametrize(
    ("errcode", "level"), [(40029, "好"), (40013, "错误"), (40125, "错误"), (-1, "错误")]
)
def test_wechat_tells_whether_it_takes_our_id_and_secret(ask_wechat, wechat, errcode, level):  # noqa: F811
    wechat.answers({"errcode": errcode, "errmsg": "rid: 1-2-3"})
    [finding] = ask_wechat()
    assert finding.level == level
    assert "the-app-secret" not in str(finding)
    assert len(wechat.asked) == 1


def test_a_wechat_that_is_none_is_told(ask_wechat, wechat):  # noqa: F811
    assert [finding.level for finding in ask_wechat()] == ["错误"]  # it knows a code of ours
    wechat.answers(b"<html>")
    assert [finding.level for finding in ask_wechat()] == ["错误"]


@pytest.mark.parametrize("nobody", [StubWeChat(), DisabledWeChat()])
def test_no_wechat_at_all_is_told(deployment, monkeypatch, nobody):
    monkeypatch.setitem(deployment.registry, "wechat", nobody)
    assert levels(check_wechat(deployment)) == ["注意"]


def test_addresses_that_no_mail_reaches_are_told(deployment, session, add_user):
    add_user("t1", email="a@hhu.example")
    add_user("t2", email=None)
    add_user("t3", email="a..b@hhu.edu.cn", is_active=False)
    session.flush()
    assert levels(checks.check_addresses(deployment)) == ["好"]
    add_user("t4", email="zhang.@qq.com")
    [finding] = checks.check_addresses(deployment)
    assert (finding.level, "t4" in finding.what) == ("注意", True)
