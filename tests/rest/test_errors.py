"""Every error is JSON in the shape of the contract."""

from __future__ import annotations

import errno

import pytest
from sqlalchemy.exc import OperationalError
from webtest import TestApp

AWAY = {"detail": "服务暂时不可用，请稍后重试。"}
CRASHED = {"detail": "服务器内部错误。"}


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        ("field", 400, {"email": ["错。"]}),
        ("refused", 400, {"non_field_errors": ["不行。"], "hint": 1}),
        ("bad", 400, {"detail": "坏。"}),
        ("not-found", 404, {"detail": "未找到。"}),
        ("pyramid-not-found", 404, {"detail": "未找到。"}),
        ("pyramid-unauthorized", 401, {"detail": "身份认证信息未提供。"}),
        ("too-many", 429, {"detail": "慢一点。"}),
        ("unavailable", 503, AWAY),
        ("operational", 503, AWAY),
        ("interface", 503, AWAY),
        ("invalidated", 503, AWAY),
        ("pool", 503, AWAY),
        ("programming", 500, CRASHED),
        ("crash", 500, CRASHED),
    ],
)
def test_what_a_view_raises_has_its_answer(app, name, status, expected):
    response = app.get(f"/errors/{name}/", status=status)

    assert response.content_type == "application/json"
    assert response.json == expected
    assert r"\u" not in response.text


@pytest.mark.parametrize(
    ("name", "seconds"), [("too-many", "7"), ("unavailable", "5"), ("operational", "5")]
)
def test_who_may_try_again_is_told_when(app, name, seconds):
    response = app.get(f"/errors/{name}/", expect_errors=True)

    assert response.headers["Retry-After"] == seconds


def test_a_crash_is_logged_with_its_traceback(app, caplog):
    app.get("/errors/crash/", status=500)

    assert "RuntimeError: secret" in caplog.text
    assert "Traceback" in caplog.text


def test_a_redirect_is_no_error(app):
    assert app.get("/errors/redirect/", status=302).location.endswith("/elsewhere/")


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (None, "身份认证信息未提供。"),
        ("", "身份认证信息未提供。"),
        ("Basic dDpw", "身份认证信息未提供。"),
        ("Tokenised x", "身份认证信息未提供。"),
        ("Token stale", "认证令牌无效。"),
        ("token stale", "认证令牌无效。"),
        ("Token", "认证令牌无效。"),
        ("Token \xff", "认证令牌无效。"),
    ],
)
def test_who_is_not_signed_in_is_told_how_to(app, header, detail):
    headers = {} if header is None else {"Authorization": header}

    for path in ("/things/", "/errors/forbidden/"):
        response = app.get(path, headers=headers, status=401)
        assert response.json == {"detail": detail}
        assert response.headers["WWW-Authenticate"] == "Token"


def test_a_service_can_be_open_to_all_whatever_the_token(app):
    app.post("/public/", headers={"Authorization": "Token stale"}, status=200)


def test_who_is_signed_in_may_still_not_be_allowed(signed_in):
    for path in ("/secret/", "/errors/forbidden/"):
        response = signed_in.get(path, status=403)
        assert response.json == {"detail": "您没有执行该操作的权限。"}


@pytest.mark.parametrize("path", ["/", "/nowhere/", "/nowhere", "/things/x/", "/things/5/6/"])
def test_an_unknown_path_is_not_repeated(app, path):
    assert app.get(path, status=404).json == {"detail": "未找到。"}


def test_an_id_that_is_too_large_is_not_found(signed_in):
    assert signed_in.get(f"/things/{2**63 - 1}/").json == {"id": 2**63 - 1}
    for digits in (str(2**63), "9" * 5000, "%D9%A3"):
        signed_in.get(f"/things/{digits}/", status=404)


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE"])
def test_another_method_is_refused_before_who_is_asking(app, method):
    response = app.request("/things/", method=method, status=405)

    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "PUT"}
    assert response.json["detail"]


def test_head_is_get_without_a_body(app, signed_in):
    assert signed_in.head("/things/", status=200).body == b""
    app.head("/things/", status=401)
    app.head("/nowhere/", status=404)


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("application/json", 200),
        ("application/*;q=0.1", 200),
        ("text/html,application/xhtml+xml,*/*;q=0.8", 200),
        ("garbage", 200),
        ("", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
    ],
)
def test_who_does_not_take_json_is_told(signed_in, accept, status):
    response = signed_in.get("/things/", headers={"Accept": accept}, status=status)

    assert response.content_type == "application/json"


def test_a_view_that_answers_no_json_can_say_so(app):
    app.get("/document/", headers={"Accept": "application/pdf"}, status=200)


@pytest.mark.parametrize(
    ("content_type", "data", "status"),
    [
        ("application/json", "{}", 200),
        ("application/json; charset=utf-8", "{}", 200),
        ("Application/JSON", "{}", 200),
        ("application/x-www-form-urlencoded", "a=1", 200),
        ("text/plain", "", 200),
        ("text/plain", "x", 415),
        ("multipart/form-data; boundary=x", "--x--", 415),
        ("application/json, text/plain", "{}", 415),
        ("garbage", "{}", 415),
    ],
)
def test_a_body_is_json_or_a_form(app, content_type, data, status):
    response = app.post("/public/", data, headers={"Content-Type": content_type}, status=status)

    assert response.content_type == "application/json"


def test_a_body_without_a_type_is_read_as_json(signed_in):
    request = {"method": "POST", "CONTENT_TYPE": ""}
    response = signed_in.request(
        "/things/", environ=request, method="POST", body=b'{"meetingroom": 1}', status=400
    )

    assert response.json == {"description": ["该字段是必填项。"]}


def test_errors_collected_the_cornice_way_have_our_shape(app):
    assert app.get("/cornice/", status=400).json == {"name": ["错。"]}


def test_a_failure_outside_of_the_views_is_json_too(configure):
    config = configure()
    config.add_tween(f"{__name__}.broken_tween_factory", over="pyramid_tm.tm_tween_factory")
    app = TestApp(config.make_wsgi_app())

    assert app.get("/things/", status=503).json == AWAY


def broken_tween_factory(handler, registry):
    def broken(request):
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    return broken


def test_even_an_exception_view_may_fail(configure, caplog):
    def fail(error, request):
        raise RuntimeError("the view failed")

    config = configure()
    config.commit()
    config.add_exception_view(fail, context=Exception)
    app = TestApp(config.make_wsgi_app())

    assert app.get("/errors/crash/", status=500).json == CRASHED
    assert "the view failed" in caplog.text


def test_raising_rolls_back_and_answering_commits(configure):
    ends = []

    class Watcher:
        def beforeCompletion(self, transaction):  # noqa: N802
            pass

        def afterCompletion(self, transaction):  # noqa: N802
            ends.append(transaction.status)

        newTransaction = beforeCompletion  # noqa: N815

    config = configure()
    config.add_subscriber(
        lambda event: event.request.tm.registerSynch(Watcher.kept), "pyramid.events.NewRequest"
    )
    Watcher.kept = Watcher()  # The transaction only holds it weakly.
    app = TestApp(config.make_wsgi_app())

    app.post("/public/")
    app.get("/errors/refused/", status=400)
    app.get("/errors/crash/", status=500)

    assert [status == "Committed" for status in ends] == [True, False, False]


def test_a_commit_that_fails_is_no_success(configure):
    def lose_the_database():
        raise OperationalError("COMMIT", {}, Exception("gone"))

    def write(request):
        request.tm.get().addBeforeCommitHook(lose_the_database)
        return {}

    config = configure()
    config.add_route("write", "/write/")
    config.add_view(write, route_name="write", renderer="json")

    assert TestApp(config.make_wsgi_app()).post("/write/", status=503).json == AWAY


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told(configure, code):
    def write(request):
        raise OSError(code, "no space")

    config = configure()
    config.add_route("write", "/write/")
    config.add_view(write, route_name="write", renderer="json")
    answer = TestApp(config.make_wsgi_app()).post("/write/", status=507)
    assert answer.json == {"detail": "服务器的存储空间不足，没有保存。请联系系统管理员。"}


def test_another_error_of_the_system_is_none_of_the_client(configure):
    def write(request):
        raise PermissionError(errno.EACCES, "not yours")

    config = configure()
    config.add_route("write", "/write/")
    config.add_view(write, route_name="write", renderer="json")
    assert TestApp(config.make_wsgi_app()).post("/write/", status=500).json == CRASHED
