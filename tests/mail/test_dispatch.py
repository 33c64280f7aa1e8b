"""Rounds of the task against a server that answers as it likes."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hhu_base.mail.dispatch import RetryPolicy
from hhu_base.mail.models import FAILED, QUEUED, SENT, STORED
from hhu_base.mail.outbox import Recipient
from hhu_base.mail.transports import NONE, STARTTLS, TLS, FolderTransport

from .conftest import Server, transport_to


def in_minutes(mail) -> float:
    return (mail.next_attempt_at - datetime.now(UTC)) / timedelta(minutes=1)


def test_mails_go_out_in_the_order_of_their_age(session, write, send, server):
    mails = [write(f"第 {number} 封") for number in range(5)]
    send()
    assert server.subjects == [f"第 {number} 封" for number in range(5)]
    assert {(mail.status, mail.attempts, mail.last_error) for mail in mails} == {(SENT, 1, "")}
    assert all(mail.sent_at for mail in mails)
    assert server.handler.recipients == ["t0001@hhu.example"] * 5
    send()
    assert len(server.handler.mails) == 5


def test_with_nothing_to_send_the_server_is_left_alone(send, server):
    server.stop()
    send()
    server.start()


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        ("450 greylisted, come back", QUEUED, "450 greylisted, come back"),
        ("451 local error", QUEUED, "451 local error"),
        ("550 no such user", FAILED, "550 no such user"),
        ("552 too large", FAILED, "552 too large"),
        ("421 shutting down", QUEUED, "421 shutting down"),
        ("hang up", QUEUED, "SMTPServerDisconnected"),
    ],
)
def test_a_refusal_concerns_its_mail_and_is_kept(
    session, write, send, server, make_due, command, answer, status, error
):
    refused, other = write("拒收"), write("另一封")
    server.handler.answers[command] = [answer]
    send()
    session.refresh(refused)
    assert (refused.status, refused.attempts) == (status, 1)
    assert error in refused.last_error
    make_due()
    send()
    session.refresh(other)
    assert other.status == SENT
    assert refused.status == (FAILED if status == FAILED else SENT)
    assert len(server.handler.mails) == (1 if status == FAILED else 2)


def test_a_person_gets_only_so_many_of_a_kind_in_an_hour(
    session, write, send, server, office, monkeypatch, make_due, teacher
):
    """The others later, and none is lost."""
    monkeypatch.setattr(office, "rules", replace(office.rules, a_person_an_hour=2))
    teacher.email = "t0001@hhu.example"
    mine = [write(f"报修 {n}", to=Recipient.of(teacher), kind="repairs") for n in range(4)]
    write("预约", to=Recipient.of(teacher), kind="rooms")
    send()
    assert server.subjects == ["报修 0", "报修 1", "预约"]
    assert [mail.status for mail in mine] == [SENT, SENT, QUEUED, QUEUED]
    assert (mine[2].attempts, in_minutes(mine[2])) == (0, pytest.approx(60, abs=0.2))
    an_hour_ago = datetime.now(UTC) - timedelta(minutes=61)
    for mail in mine[:2]:
        mail.sent_at = an_hour_ago
    make_due()
    send()
    assert [mail.status for mail in mine] == [SENT] * 4


def test_one_that_is_put_off_holds_up_no_other(session, write, send, server):
    first, second = write("灰名单"), write("第二封")
    server.handler.answers["RCPT"] = ["450 greylisted"]
    send()
    assert server.subjects == ["第二封"]
    assert first.status == QUEUED
    assert in_minutes(first) == pytest.approx(1, abs=0.2)
    assert second.status == SENT


def test_the_pauses_grow_and_the_last_refusal_is_final(session, write, send, server, make_due):
    mail = write()
    server.handler.answers["RCPT"] = ["450 one", "450 two", "450 three", "450 four"]
    for minutes in (1, 2, 4):
        send()
        assert in_minutes(mail) == pytest.approx(minutes, abs=0.2)
        make_due()
    send()
    assert (mail.status, mail.attempts, mail.last_error) == (FAILED, 4, "450 four")
    make_due()
    send()
    assert server.handler.mails == []


def test_pauses_differ_by_chance_and_never_exceed_some_hours():
    assert RetryPolicy(99, 1, lambda: 0.0).delay_after(1) == timedelta(seconds=45)
    assert RetryPolicy(99, 1, lambda: 1.0).delay_after(1) == timedelta(seconds=75)
    assert RetryPolicy(99, 1, lambda: 1.0).delay_after(99) == timedelta(hours=5)


def test_a_mail_is_not_tried_before_its_pause_is_over(session, write, send, server):
    mail = write()
    server.handler.answers["RCPT"] = ["450 greylisted"]
    send()
    send()
    assert mail.attempts == 1
    assert server.handler.mails == []


def test_while_the_server_is_away_all_wait_and_then_go_in_order(
    session, write, send, server, make_due
):
    mails = [write(f"第 {number} 封") for number in range(3)]
    server.stop()
    send()
    send()
    assert [mail.attempts for mail in mails] == [1, 1, 0]
    assert mails[0].is_server_away
    assert "ConnectionRefusedError" in mails[0].last_error
    server.start()
    send()
    # Also the one whose pause is not over: it only waited for the server.
    assert server.subjects == ["第 0 封", "第 1 封", "第 2 封"]


def test_a_server_that_dies_half_way_costs_no_mail_and_no_order(session, write, send, server):
    for number in range(4):
        write(f"第 {number} 封")
    server.handler.answers["DATA"] = ["250 OK", "hang up"]
    send()
    assert server.subjects == ["第 0 封"]
    server.stop()
    send()
    server.start()
    send()
    assert server.subjects == [f"第 {number} 封" for number in range(4)]


def test_a_mail_that_makes_the_server_hang_up_does_not_block_the_others(
    session, write, send, server
):
    poison = write("毒")
    write("另一封")
    server.handler.answers["DATA"] = ["hang up", "hang up"]
    send()
    send()
    send()
    assert server.subjects == ["另一封"]
    assert (poison.status, poison.attempts) == (QUEUED, 2)


def test_a_server_that_was_away_is_given_up_for_in_the_end(session, write, send, server, make_due):
    mail = write()
    server.stop()
    for _ in range(4):
        make_due()
        send()
    server.start()
    assert mail.status == FAILED
    assert "ConnectionRefusedError" in mail.last_error


def test_a_slow_server_is_waited_for_so_long_and_no_longer(
    session, write, run_task, office, server, monkeypatch
):
    monkeypatch.setattr(office, "transport", transport_to(server.port, timeout=0.2))
    mail = write()
    server.handler.pause = 1
    begin = time.monotonic()
    run_task("core.send_mails")
    assert time.monotonic() - begin < 3
    assert (mail.status, mail.last_error) == (QUEUED, "邮件服务器没有及时应答。")


def test_a_server_that_is_slow_all_the_way_is_cut_off(
    session, write, run_task, office, server, monkeypatch
):
    # Each answer is in time; all together are not.
    monkeypatch.setattr(office, "transport", transport_to(server.port, timeout=5, patience=0.5))
    server.handler.pause = 0.3
    mail = write()
    run_task("core.send_mails")
    assert (mail.status, mail.attempts) == (QUEUED, 1)
    assert mail.last_error
    assert server.handler.mails == []


def test_a_worker_that_found_nobody_does_not_try_again_at_once(
    app, session, write, run_task, office, server, monkeypatch
):
    monkeypatch.undo()
    monkeypatch.setitem(app.registry, "mail.office", office)
    server.stop()
    first, second = write(), write()
    run_task("core.send_mails")
    run_task("core.send_mails")
    server.start()
    assert (first.attempts, second.attempts) == (1, 0)
    assert office.is_closed()


def test_an_answer_that_got_lost_means_a_second_copy_with_the_same_id(
    session, write, send, server, make_due
):
    """The gap that SMTP leaves: the server has it, and could not say so."""
    mail = write()
    server.handler.hangs_up_after_taking = True
    send()
    assert mail.status == QUEUED
    server.handler.hangs_up_after_taking = False
    make_due()
    send()
    assert mail.status == SENT, mail.last_error
    one, two = server.handler.mails
    assert one["Message-ID"] == two["Message-ID"]


def test_a_row_of_which_no_mail_can_be_made_is_given_up(session, write, send, server):
    mail, other = write(), write("另一封")
    mail.to_address = "no address"
    session.flush()
    send()
    assert mail.status == FAILED
    assert mail.last_error
    assert other.status == SENT


def test_a_mail_that_fails_in_an_unforeseen_way_does_not_stop_the_others(
    session, write, send, server, office, monkeypatch
):
    mail, other = write("怪"), write("另一封")
    real = type(office.writer).write

    def fail_once(writer, wanted):
        if wanted.subject == "怪":
            raise AttributeError("a bug in a library")
        return real(writer, wanted)

    monkeypatch.setattr(type(office.writer), "write", fail_once)
    send()
    assert (mail.status, mail.last_error) == (FAILED, "无法生成邮件：a bug in a library")
    assert other.status == SENT


def test_without_a_server_mails_become_files_that_mail_programs_open(
    session, write, run_task, office, monkeypatch, tmp_path
):
    from email import message_from_bytes, policy

    monkeypatch.setattr(office, "transport", FolderTransport(tmp_path / "mail"))
    assert office.folder == tmp_path / "mail"
    mail = write("您好", to=Recipient("a@hhu.example", "../../etc/甲"))
    run_task("core.send_mails")
    assert (mail.status, bool(mail.sent_at)) == (STORED, True)
    [path] = (tmp_path / "mail").iterdir()
    assert path.name.endswith(f"-{mail.id}.eml")
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["Subject"] == "您好"


def test_a_folder_that_cannot_be_written_keeps_the_mail(
    session, write, run_task, office, monkeypatch, tmp_path
):
    (tmp_path / "file").touch()
    monkeypatch.setattr(office, "transport", FolderTransport(tmp_path / "file"))
    mail = write()
    run_task("core.send_mails")
    assert mail.status == QUEUED
    assert "FileExistsError" in mail.last_error


class Checker:
    """One account."""

    def __call__(self, server, session, envelope, mechanism, data):
        from aiosmtpd.smtp import AuthResult

        return AuthResult(success=(data.login, data.password) == (b"hhu", b"secret"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A server's certificate, and the file with the authority that vouches for it."""
    import trustme

    authority = trustme.CA()
    folder = tmp_path_factory.mktemp("tls")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return authority.issue_cert("127.0.0.1", "localhost"), folder / "ca.pem"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize("security", [STARTTLS, TLS])
@pytest.mark.parametrize(
    ("password", "is_trusted", "status"),
    [("secret", True, SENT), ("wrong", True, QUEUED), ("secret", False, QUEUED)],
)
def test_it_signs_in_over_tls_to_a_server_whose_certificate_is_good(
    session,
    write,
    run_task,
    office,
    monkeypatch,
    certificate,
    security,
    password,
    is_trusted,
    status,
):
    import ssl

    issued, authority = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    tls = {"tls_context": context, "require_starttls": True} if security == STARTTLS else {}
    outer = {"ssl_context": context, "auth_require_tls": False} if security == TLS else {}
    server = Server(authenticator=Checker(), auth_required=True, **tls, **outer)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    signed_in = transport_to(server.port, security=security, user="hhu", password=password)
    monkeypatch.setattr(office, "transport", signed_in)
    mail = write()
    run_task("core.send_mails")
    server.stop()
    assert mail.status == status, mail.last_error
    assert len(server.handler.mails) == (1 if status == SENT else 0)
    assert "secret" not in mail.last_error


def test_a_server_without_starttls_gets_nothing_in_clear(
    session, write, run_task, office, server, monkeypatch
):
    monkeypatch.setattr(office, "transport", transport_to(server.port, security=STARTTLS))
    mail = write()
    run_task("core.send_mails")
    assert mail.status == QUEUED
    assert "STARTTLS" in mail.last_error
    assert office.transport.security != NONE
    assert server.handler.mails == []
