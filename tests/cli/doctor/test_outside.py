"""Mail and WeChat: real servers on this machine, which must not get more than a question."""

import ssl
import threading

import pytest
import sqlalchemy as sa
import trustme
from aiosmtpd.smtp import AuthResult

from hhu_base.accounts.wechat.checks import check_wechat
from hhu_base.accounts.wechat.client import WeChatClient
from hhu_base.accounts.wechat.stub import DisabledWeChat, StubWeChat
from hhu_base.cli.doctor import machine
from hhu_base.mail import checks
from hhu_base.mail.mailer import Mailer
from hhu_base.mail.models import FAILED
from hhu_base.mail.transports import STARTTLS
from tests.accounts.conftest import FakeWeChat, running_wechat, wechat  # noqa: F401 - fixtures
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


@pytest.mark.parametrize(
    ("content", "found"), [("authority", ["好"]), ("nonsense", ["错误"]), (None, ["错误"])]
)
def test_certificates_that_cannot_be_read_are_told(
    deployment, tmp_path, monkeypatch, content, found
):
    path = tmp_path / "ca.pem"
    if content == "authority":
        trustme.CA().cert_pem.write_to_path(path)
    elif content:
        path.write_text(content)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert levels(machine.check_certificates(deployment)) == []
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    assert levels(machine.check_certificates(deployment)) == found


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_campus_that_vouches_for_its_own_servers_is_believed(
    deployment, tmp_path, monkeypatch, use_mail_server, is_trusted
):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with FakeWeChat() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        server.answers({"errcode": 40029})
        url = server.url.replace("http:", "https:")
        client = WeChatClient(url, "wx0", "secret", timeout=5, patience=10, at_once=1)
        monkeypatch.setitem(deployment.registry, "wechat", client)
        [about_wechat] = check_wechat(deployment)
        server.shutdown()
        thread.join()
    mail_server = Server(tls_context=context, require_starttls=True)
    use_mail_server(mail_server.port, security=STARTTLS)
    [about_mail] = checks.check_mail(deployment)
    mail_server.stop()
    expected = "好" if is_trusted else "错误"
    assert (about_wechat.level, about_mail.level) == (expected, expected)


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
