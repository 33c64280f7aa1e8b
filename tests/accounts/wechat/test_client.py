"""The client against a WeChat that misbehaves, over real sockets."""

import socket
import threading
import time

import pytest

from hhu_base.accounts.wechat import WeChatRefusal, choose
from hhu_base.accounts.wechat.client import WeChatClient
from hhu_base.accounts.wechat.errors import BUSY, MISCONFIGURED, NONSENSE, UNREACHABLE
from hhu_base.accounts.wechat.stub import DisabledWeChat, StubWeChat
from hhu_base.settings import ConfigurationError
from tests.accounts.conftest import OPENID, PATIENCE, SESSION_KEY

TIMEOUT = 0.4
# What a busy machine may take beside.
SLACK = 1.5


@pytest.fixture
def client(wechat):
    return make_client(wechat.url)


def make_client(url, **changes) -> WeChatClient:
    values = {"timeout": TIMEOUT, "patience": PATIENCE, "at_once": 2} | changes
    return WeChatClient(url, "wx0", "secret", **values)


def refusal_of(client) -> str:
    """The sentence of a refusal, which comes in time."""
    start = time.monotonic()
    with pytest.raises(WeChatRefusal) as refusal:
        client.openid_of("code")
    assert time.monotonic() - start < PATIENCE + SLACK
    # Nothing hangs on it that has the URL, and so the secret, in it.
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
    return str(refusal.value)


def test_certificates_that_cannot_be_read_are_a_refusal(client, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert refusal_of(client) == UNREACHABLE


def test_the_openid_is_what_is_asked_for(client):
    assert client.openid_of("code") == OPENID


@pytest.mark.parametrize(
    "payload",
    [
        {"openid": OPENID},
        {"openid": OPENID, "errcode": 0, "errmsg": "ok"},
        {"openid": OPENID, "session_key": None, "something": ["new"]},
    ],
)
def test_what_else_is_in_the_answer_does_not_matter(client, wechat, payload):
    wechat.answers(payload)
    assert client.openid_of("code") == OPENID


@pytest.mark.parametrize(
    ("errcode", "sentence"),
    [
        (40029, "微信登录凭证无效，请重新进入小程序。"),
        (40163, "微信登录凭证已被使用，请重新进入小程序。"),
        (45011, "微信登录过于频繁，请稍后重试。"),
        (-1, "微信系统繁忙，请稍后重试。"),
        (40226, "微信认为该账号存在风险，拒绝登录。"),
        (40013, MISCONFIGURED),
        (40125, MISCONFIGURED),
        (99999, "微信登录失败（错误码 99999），请稍后重试。"),
    ],
)
def test_each_error_of_wechat_is_told_in_chinese(client, wechat, errcode, sentence):
    wechat.answers({"errcode": errcode, "errmsg": "rid: 1-2-3"})
    assert refusal_of(client) == sentence


def test_our_own_misconfiguration_is_logged_as_an_error(client, wechat, caplog):
    wechat.answers({"errcode": 40125, "errmsg": "invalid appsecret"})
    refusal_of(client)
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.getMessage() == "WeChat refused with errcode 40125"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"<!DOCTYPE html><title>502</title>",
        b"\xff\xfe",
        b"[" * 60_000,
        b"9" * 10_000,
        b"null",
        [],
        "openid",
        3,
        {},
        {"openid": None},
        {"openid": ""},
        {"openid": 3},
        {"openid": [OPENID]},
        {"openid": "o\0"},
        {"openid": "o b"},
        {"openid": "开"},
        {"openid": OPENID + "\n"},
        {"openid": "o" * 129},
        {"openid": OPENID, "errcode": "40029"},
        {"openid": OPENID, "errcode": True},
        {"openid": OPENID, "errcode": None},
        {"openid": OPENID, "errcode": [0]},
        {"session_key": SESSION_KEY},
    ],
    ids=lambda payload: repr(payload)[:40],
)
def test_nonsense_is_told_as_such(client, wechat, payload):
    wechat.answers(payload)
    assert refusal_of(client) == NONSENSE


@pytest.mark.parametrize("status", [302, 400, 403, 404, 500, 502, 503])
def test_another_status_is_nonsense_whatever_the_body(client, wechat, status):
    wechat.answers({"openid": OPENID}, status)
    assert refusal_of(client) == NONSENSE


def test_a_huge_answer_is_not_read_to_its_end(client, wechat):
    sent = []

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(10_000):
            handler.wfile.write(b" " * 64 * 1024)
            sent.append(64 * 1024)

    wechat.answer = answer
    assert refusal_of(client) == NONSENSE
    assert sum(sent) < 64 * 1024 * 1024


def test_a_compressed_bomb_is_not_unpacked(client, wechat):
    import gzip

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        handler.wfile.write(gzip.compress(b" " * 10_000_000))

    wechat.answer = answer
    assert refusal_of(client) == NONSENSE


def test_a_slow_answer_is_waited_for_if_not_too_slow(client, wechat):
    well_behaved = wechat.answer

    def answer(handler):
        time.sleep(TIMEOUT / 4)
        well_behaved(handler)

    wechat.answer = answer
    assert client.openid_of("code") == OPENID


def hang(server):
    def answer(handler):
        server.has_to_stop.wait(10)

    return answer


def hang_in_the_body(server):
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b'{"openid": "')
        server.has_to_stop.wait(10)

    return answer


def drip_headers(server):
    def answer(handler):
        for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 100:
            handler.wfile.write(bytes([letter]))
            if server.has_to_stop.wait(0.1):
                break

    return answer


def drip_body(server):
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" ")
            if server.has_to_stop.wait(0.1):
                break

    return answer


def drop(server):
    def answer(handler):
        handler.connection.shutdown(socket.SHUT_RDWR)

    return answer


def drop_in_the_body(server):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{")

    return answer


def talk_something_else(server):
    def answer(handler):
        handler.wfile.write(b"220 mail.example.com ESMTP\r\n")

    return answer


@pytest.mark.parametrize(
    "misbehave",
    [
        hang,
        hang_in_the_body,
        drip_headers,
        drip_body,
        drop,
        drop_in_the_body,
        talk_something_else,
    ],
)
def test_whatever_goes_wrong_on_the_way_there_is_an_answer_in_time(client, wechat, misbehave):
    wechat.answer = misbehave(wechat)
    assert refusal_of(client) in (UNREACHABLE, NONSENSE)
    # And the place is free again soon, also where bytes are still dripping in.
    wait_for_places(client)
    wechat.reset()
    assert client.openid_of("code") == OPENID


def test_a_server_that_is_not_there_is_told(unused_port):
    assert refusal_of(make_client(f"http://127.0.0.1:{unused_port}")) == UNREACHABLE


def test_a_server_that_takes_no_more_connections_is_told():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        waiting = []
        for _ in range(3):  # fill its queue
            each = socket.socket()
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
            waiting.append(each)
        assert refusal_of(make_client(f"http://127.0.0.1:{port}")) == UNREACHABLE
        for each in waiting:
            each.close()


def test_a_host_without_an_address_and_plain_text_where_tls_belongs_are_told(wechat):
    assert refusal_of(make_client("http://no-such-host.invalid")) == UNREACHABLE
    https = wechat.url.replace("http:", "https:")
    assert refusal_of(make_client(https)) == UNREACHABLE


def test_a_name_that_is_looked_up_for_long_is_not_waited_for(monkeypatch):
    go_on = threading.Event()

    def look_up(*args, **kw):
        go_on.wait(10)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    client = make_client("http://wechat.invalid")
    assert refusal_of(client) == UNREACHABLE
    go_on.set()
    wait_for_places(client)


def test_a_wechat_that_hangs_takes_only_so_many_threads(client, wechat):
    wechat.answer = hang(wechat)
    threads = [threading.Thread(target=refusal_of, args=(client,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    while len(wechat.asked) < 2:
        time.sleep(0.01)
    start = time.monotonic()
    assert refusal_of(client) == BUSY
    assert time.monotonic() - start < TIMEOUT
    for thread in threads:
        thread.join()


def test_the_client_does_not_show_the_secret(client):
    assert "secret" not in repr(client).replace("app_secret", "")


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for_places(client) -> None:
    """Until both places are free; fails after some seconds."""
    deadline = time.monotonic() + 5
    while client.server.places._value < 2:
        assert time.monotonic() < deadline, "a call still occupies its place"
        time.sleep(0.02)


def test_without_an_app_id_the_stand_in_answers_where_it_is_allowed():
    stand_in = choose({"wechat.stub": "yes"})
    assert isinstance(stand_in, StubWeChat)
    assert stand_in.openid_of("stub-anna") == stand_in.openid_of("stub-anna")
    assert stand_in.openid_of("stub-anna") != stand_in.openid_of("stub-berta")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("anna", "微信登录凭证无效，请重新进入小程序。"),
        ("stub-", "微信登录凭证无效，请重新进入小程序。"),
        ("stub-" + "a" * 65, "微信登录凭证无效，请重新进入小程序。"),
        ("error-40163", "微信登录凭证已被使用，请重新进入小程序。"),
        ("error--1", "微信系统繁忙，请稍后重试。"),
    ],
)
def test_the_stand_in_refuses_as_wechat_does(code, sentence):
    with pytest.raises(WeChatRefusal, match=sentence):
        StubWeChat().openid_of(code)


def test_with_neither_wechat_is_off():
    wechat = choose({})
    assert isinstance(wechat, DisabledWeChat)
    with pytest.raises(WeChatRefusal, match="没有开通微信登录"):
        wechat.openid_of("stub-anna")


def test_an_app_id_beats_the_stand_in():
    settings = {"wechat.stub": "yes", "wechat.app_id": "wx0", "wechat.app_secret": "s"}
    client = choose(settings)
    assert isinstance(client, WeChatClient)
    assert client.api_url == "https://api.weixin.qq.com"
    assert client.patience < 5


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"wechat.stub": "perhaps"}, "wechat.stub"),
        ({"wechat.stub": "yes", "hhu.environment": "production"}, "wechat.stub"),
        ({"wechat.app_id": "wx0"}, "wechat.app_secret"),
        (
            {"wechat.app_id": "x", "wechat.app_secret": "s", "wechat.api_url": "ftp://x"},
            "wechat.api_url",
        ),
        (
            {
                "wechat.app_id": "wx0",
                "wechat.app_secret": "s",
                "wechat.api_url": "http://api.weixin.qq.com",
                "hhu.environment": "production",
            },
            "wechat.api_url",
        ),
        (
            {"wechat.app_id": "wx0", "wechat.app_secret": "s", "wechat.timeout": "0"},
            "wechat.timeout",
        ),
        (
            {"wechat.app_id": "wx0", "wechat.app_secret": "s", "wechat.at_once": "0"},
            "wechat.at_once",
        ),
    ],
)
def test_a_wrong_setting_is_named(settings, key):
    with pytest.raises(ConfigurationError, match=f"^{key}: "):
        choose(settings)


def test_the_secret_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("HHU_WECHAT_APP_SECRET", "from the environment")
    assert choose({"wechat.app_id": "wx0"}).app_secret == "from the environment"
