"""Who signs out here is still signed in at the university, and is shown the way out there."""

import pytest


@pytest.mark.parametrize("face", ["app", "admin"])
def test_after_signing_out_the_page_leads_to_the_way_out_there(
    sign_on, superuser, university, face
):
    university.description = {"end_session_endpoint": f"{university.issuer}/end"}
    ways = {"cas": f"{university.url}/cas/logout", "oidc": f"{university.issuer}/end?client_id="}
    for name, address in ways.items():
        (sign_on.by_cas if name == "cas" else sign_on.by_oidc)("root")
        page = sign_on.browser.get("/app/me/" if face == "app" else "/admin/")
        form = next(f for f in page.forms.values() if f.action.endswith("sign-out"))
        page = sign_on.browser.get(form.submit(status=303).headers["Location"])
        assert "您已退出登录。" in page.text
        link = page.html.select_one(".alone-note a")["href"]
        assert link == f"/app/sign-in/{name}/out"
        answer = sign_on.browser.get(link, status=303)
        assert answer.headers["Location"].startswith(address)


def test_who_came_with_a_password_is_shown_nothing_of_it(sign_on, teacher):
    browser = sign_on.browser.as_user(teacher)
    form = next(f for f in browser.get("/app/me/").forms.values() if f.action == "/app/sign-out")
    answer = form.submit(status=303)
    assert answer.headers["Location"] == "http://localhost/app/sign-in"
    page = sign_on.browser.get("/app/sign-in?by=password").html
    assert page.select_one(".alone-note") is None


def test_a_provider_without_such_a_page_leads_back(sign_on, university):
    answer = sign_on.browser.get("/app/sign-in/oidc/out", status=303)
    assert answer.headers["Location"] == "http://localhost/app/sign-in"
