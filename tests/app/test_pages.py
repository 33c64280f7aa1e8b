"""The teachers' pages of the base: each opens, and none for who is not signed in."""

import pytest

PAGES = [
    "/app/",
    "/app/inbox/",
    "/app/me/",
    "/app/me/profile/",
    "/app/me/devices/",
    "/app/me/wechat/",
    "/app/me/calendar/",
    "/app/me/notices/",
    "/app/notices/",
    "/app/me/password",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_for_a_teacher_and_names_itself(browser, teacher, path):
    page = browser.as_user(teacher).get(path)
    assert page.html.title.text.strip()
    assert len(page.html.find_all("h1")) == 1


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_is_asked_to(browser, path):
    answer = browser.get(path, status=303)
    assert "/app/sign-in" in answer.location
