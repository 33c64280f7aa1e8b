"""Every answer has an id, and every request a line."""

import json
import re

import pytest
from pyramid.request import Request
from webtest import TestApp


def access_lines(log) -> list[str]:
    return [line for line in log.lines if "hhu_base.web.access_log" in line]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/departments/", 401), ("/nothing/", 404), ("/%ff", 404), ("/healthz", 200)],
)
def test_every_answer_has_the_id_that_was_sent_or_a_new_one(api, path, status):
    first = api.get(path, status=status, headers={"X-Request-ID": "from-the-proxy"})
    assert first.headers["X-Request-ID"] == "from-the-proxy"
    second, third = (api.get(path, status=status).headers["X-Request-ID"] for _ in range(2))
    assert re.fullmatch("[0-9a-f]{16}", second)
    assert second != third


def test_an_id_that_could_forge_a_line_is_replaced(api):
    sent = "x INFO hhu_base: all is well"
    answer = api.get("/healthz", headers={"X-Request-ID": sent})
    assert answer.headers["X-Request-ID"] != sent


def test_a_line_tells_method_route_status_time_and_user_and_no_more(api, teacher, capture):
    log = capture()
    me = api.as_user(teacher)
    me.get("/contacts/?search=13800000000", headers={"X-Request-ID": "abc", "User-Agent": "WeChat"})
    [line] = access_lines(log)
    assert re.fullmatch(
        rf"INFO abc hhu_base.web.access_log: GET /contacts/ 200 \d+\.\d ms user={teacher.id}",
        line,
    )


def test_the_route_is_a_pattern_and_what_matches_none_is_not_told(app, api, teacher, capture):
    log = capture()
    me = api.as_user(teacher)
    me.get("/contacts/13800000000", status=404)
    me.get("/13800000000/", status=404)
    Request.blank("/healthz", method="SECRET").get_response(app)
    lines = access_lines(log)
    assert r" GET /contacts/{id:\d+}/ 404 " in lines[0]
    assert " GET - 404 " in lines[1]
    assert " other - 404 " in lines[2]
    assert "13800000000" not in log.text
    assert "SECRET" not in log.text


def test_who_asks_is_not_looked_up_for_the_line(api, teacher, capture):
    log = capture()
    api.as_user(teacher).get("/healthz")
    assert access_lines(log)[0].endswith("user=None")


def test_in_json_the_line_has_members(api, capture):
    log = capture(is_json=True)
    api.get("/departments/", status=401, headers={"X-Request-ID": "abc"})
    [line] = [json.loads(line) for line in access_lines(log)]
    assert line["request_id"] == "abc"
    wanted = {"method": "GET", "route": "/departments/", "status": 401, "user_id": None}
    assert {name: line[name] for name in wanted} == wanted
    assert line["ms"] >= 0


def test_what_goes_wrong_has_the_id_of_its_request_and_the_route_not_the_path(app, capture):
    log = capture()

    def fail(*_):
        raise RuntimeError("a bug")

    client = TestApp(app, extra_environ={"hhu.sessions": fail})
    headers = {"Authorization": "Token x", "X-Request-ID": "e1"}
    answer = client.get("/contacts/13800000000/", headers=headers, status=500)
    assert answer.headers["X-Request-ID"] == "e1"
    [error] = [line for line in log.lines if line.startswith("ERROR e1 hhu_base.web.error_views")]
    assert error.endswith(r"unexpected error during 'GET' /contacts/{id:\d+}/")
    assert "13800000000" not in log.text
