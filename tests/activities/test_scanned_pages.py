"""Clocking in in the browser: with the camera's page, and with the address on the big screen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from hhu_plugins.activities import clockins
from hhu_plugins.activities.models import Clockin

from .conftest import HOUR

CAMERA = "/app/activities/clockin/"
SITE = "https://teachers.hhu.example"


@pytest.fixture
def theirs(browser, teacher):
    return browser.as_user(teacher)


@pytest.fixture
def codes(app):
    return app.registry["activities.codes"]


@pytest.fixture
def item(activity, add_item):
    return add_item(activity)


@pytest.fixture
def enrolled(activity, add_enrollment, teacher):
    return add_enrollment(activity, teacher)


@pytest.fixture
def code(codes, item) -> str:
    return codes.make(item.id, datetime.now(UTC))


@pytest.fixture
def count(session):
    return lambda: session.scalar(sa.select(sa.func.count(Clockin.id)))


def later(seconds: float):
    return time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=False)


def test_with_a_public_address_the_code_is_an_address_that_is_understood(
    codes, item, mine, enrolled
):
    public = replace(codes, public_url=SITE)
    now = datetime.now(UTC)
    shown = public.shown(item.id, now)
    assert shown == f"{SITE}/c/{public.make(item.id, now)}"
    assert codes.read(shown, now).item_id == item.id
    assert mine.post("/activities/clockins/", {"key": shown}, status=200).json["label"] == "签到"


@pytest.mark.parametrize(
    "wrap",
    [
        "{}/",
        "{}?x=1",
        "ftp://x/c/{}",
        "/c/{}",
        "c/{}",
        " https://x/c/{}",
        "https://x/d/{}",
        "https://x/c/c{}",
    ],
)
def test_any_other_address_is_none(codes, item, mine, enrolled, wrap):
    key = wrap.format(codes.make(item.id, datetime.now(UTC)))
    assert (
        mine.post("/activities/clockins/", {"key": key}, status=400).json["detail"]
        == clockins.BAD_CODE
    )


def test_the_projector_shows_the_address(
    app, monkeypatch, codes, theirs, activity, add_item, teacher
):
    monkeypatch.setitem(app.registry, "activities.codes", replace(codes, public_url=SITE))
    item = add_item(activity, "签退", staff=[teacher])
    answer = theirs.get(f"/app/activities/codes/{item.id}/code").json
    assert answer["key"].startswith(f"{SITE}/c/HHU-{item.id}-")


def test_one_tap_clocks_in(theirs, activity, enrolled, code, count):
    page = theirs.get(f"/c/{code}")
    assert page.html.h1.text == "签到"
    page = theirs.submit(page).follow()
    assert page.request.path == f"/app/activities/{activity.id}/"
    assert "打卡成功：签到" in page.text
    assert count() == 1


def test_a_second_tap_says_what_is_true(theirs, enrolled, code, count):
    page = theirs.get(f"/c/{code}")
    theirs.submit(page)
    assert "您已经打过卡：签到" in theirs.submit(page).follow().text
    assert count() == 1


def test_who_has_to_sign_in_first_clocks_in_although_the_code_has_changed(
    browser, teacher, enrolled, code, count, session, app
):
    from hhu_base.testing.clients import PASSWORD

    teacher.password = app.registry["passwords"].hash(PASSWORD)
    answer = browser.get(f"/c/{code}", status=303)
    assert answer.location.endswith(f"/app/sign-in?next=%2Fc%2F{code}")
    page = browser.get(answer.location)
    with later(120):
        answer = browser.submit(page, username="t0001", password=PASSWORD)
        page = browser.submit(browser.get(answer.location)).follow()
        assert "打卡成功" in page.text
    stored = session.scalars(sa.select(Clockin)).one()
    # It counts when it was scanned.
    assert abs((stored.time - datetime.now(UTC)).total_seconds()) < 60
    assert stored.code_age < 30


def test_what_was_scanned_counts_for_a_few_minutes_only(theirs, enrolled, code, count):
    page = theirs.get(f"/c/{code}")
    with later(301):
        assert clockins.EXPIRED in theirs.submit(page, status=400).text
    assert count() == 0


def test_on_another_device_an_old_address_is_worth_nothing(
    theirs, browser, teacher, enrolled, code, count
):
    theirs.get(f"/c/{code}")
    with later(60):
        page = browser.as_user(teacher).get(f"/c/{code}", status=400)
        assert clockins.EXPIRED in page.text
    assert count() == 0


@pytest.mark.parametrize("code", ["x", "HHU-1-1-" + "A" * 22, "HHU-" + "9" * 70])
def test_what_is_no_code_says_so_to_everybody(theirs, browser, code):
    for client in (theirs, browser):
        assert clockins.BAD_CODE in client.get(f"/c/{code}", status=400).text


def test_who_is_not_enrolled_is_led_to_the_activity(theirs, activity, code, count):
    page = theirs.get(f"/c/{code}")
    assert "您还没有报名这个活动" in page.text
    assert page.html.main.find("a", href=f"/app/activities/{activity.id}/")


def test_out_of_its_window_it_is_refused(theirs, activity, add_item, enrolled, codes, count):
    item = add_item(activity, "签退", HOUR, 2 * HOUR)
    page = theirs.get(f"/c/{codes.make(item.id, datetime.now(UTC))}")
    assert clockins.NOT_NOW in theirs.submit(page, status=400).text
    assert count() == 0


@pytest.mark.parametrize("is_address", [False, True])
def test_the_camera_sends_what_it_has_read(theirs, activity, enrolled, code, count, is_address):
    page = theirs.get(CAMERA)
    page = theirs.submit(page, key=f"{SITE}/c/{code}" if is_address else code).follow()
    assert "打卡成功：签到" in page.text
    assert count() == 1


def test_what_the_camera_reads_wrongly_is_refused_in_the_page(theirs, enrolled, item, count):
    for key in ("https://example.com/", "", "中文", "x" * 5000):
        page = theirs.submit(theirs.get(CAMERA), status=400, key=key)
        assert clockins.BAD_CODE in page.html.find(role="alert").text
    assert count() == 0


def test_only_the_page_of_the_camera_may_run_webassembly(theirs, activity):
    policy = theirs.get(CAMERA).headers["Content-Security-Policy"]
    assert "'wasm-unsafe-eval'" in policy
    assert "unsafe-eval" not in policy.replace("'wasm-unsafe-eval'", "")
    for path in ("/app/", f"/app/activities/{activity.id}/", "/app/activities/"):
        assert "unsafe-eval" not in theirs.get(path).headers["Content-Security-Policy"]


def test_no_picture_can_be_sent(theirs):
    assert not theirs.get(CAMERA).html.find("input", type="file")


def test_what_the_page_of_the_camera_fetches_is_there(theirs):
    frame = theirs.get(CAMERA).html.find(id="camera")
    assert theirs.get(frame["data-wasm"]).content_type == "application/wasm"
    assert b"BarcodeDetectionAPI" in theirs.get(frame["data-polyfill"]).body
