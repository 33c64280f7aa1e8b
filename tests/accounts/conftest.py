"""The application with cheap hashes, and with a WeChat that runs on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from hhu_base import configure
from hhu_base.testing.clients import ApiClient

PASSWORD = "correct horse battery"
OPENID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
SESSION_KEY = "tiihtNczf5v6AKRyjwEUhQ=="
APP_SECRET = "the-app-secret"
PATIENCE = 1.0


class FakeWeChat(ThreadingHTTPServer):
    """Answers like WeChat's server; ``answer`` may be replaced to let it misbehave."""

    daemon_threads = True
    # More than come at once in any test: the others would wait for a second SYN.
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reset()

    def reset(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.has_to_stop = threading.Event()
        self.answers({"openid": OPENID, "session_key": SESSION_KEY, "unionid": "u"})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answers(self, payload: object, status: int = 200) -> None:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Type", "text/plain")
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data)

        self.answer: Callable[[BaseHTTPRequestHandler], None] = answer

    def handle_error(self, request, client_address) -> None:
        pass  # a client that has hung up is what some tests are about


class _Handler(BaseHTTPRequestHandler):
    server: FakeWeChat

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        parts = urlsplit(self.path)
        fields = {key: value for key, [value] in parse_qs(parts.query).items()}
        self.server.asked.append({"path": parts.path} | fields)
        self.server.answer(self)

    def log_message(self, *args) -> None:
        pass


@pytest.fixture(scope="session")
def running_wechat():
    with FakeWeChat() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def wechat(running_wechat):
    """The WeChat that the application asks; well-behaved at the beginning of each test."""
    running_wechat.reset()
    yield running_wechat
    running_wechat.has_to_stop.set()


@pytest.fixture(scope="session")
def app(settings, engine, running_wechat):
    config = configure(
        settings
        | {
            "auth.argon2_time_cost": "1",
            "auth.argon2_memory_kib": "8",
            "auth.wrong_answer_after": "0",
            "wechat.app_id": "wx0123456789abcdef",
            "wechat.app_secret": APP_SECRET,
            "wechat.api_url": running_wechat.url,
            "wechat.timeout": "0.4",
            "wechat.patience": str(PATIENCE),
            "wechat.at_once": "4",
        }
    )
    app = config.make_wsgi_app()
    yield app
    app.registry["engine"].dispose()


@pytest.fixture
def passwords(app):
    return app.registry["passwords"]


@pytest.fixture
def teacher(add_user, passwords):
    """t0001 褚杰, who has a password."""
    return add_user("t0001", password=passwords.hash(PASSWORD))


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def sign_in(app, sessions, session, api):
    """``sign_in()``: a client that holds a new token; or, with ``status``, the refusal."""

    def sign_in(username="t0001", password=PASSWORD, status=201, **kw):
        pair = {"username": username, "password": password}
        answer = api.post("/auth/get-token/", pair, status=status, **kw)
        return ApiClient(app, sessions, session, answer.json["token"]) if status == 201 else answer

    return sign_in
