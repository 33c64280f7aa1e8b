"""今天, the first page of the teachers' side."""


def test_a_teacher_is_greeted_by_name_on_the_first_page(browser, teacher):
    assert "褚杰" in browser.as_user(teacher).get("/app/").text


def test_nobody_sees_it_without_signing_in(browser):
    answer = browser.get("/app/inbox/", status=303)
    assert answer.location.endswith("/app/sign-in?next=%2Fapp%2Finbox%2F")
