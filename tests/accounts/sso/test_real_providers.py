"""Whole sign-ins, by providers that others have written; each runs as a process."""

import re
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from hhu_base.accounts.sso.errors import STALE
from tests.accounts.sso.real_providers import cas_server, openid_provider
from tests.ports import free_port


def fields_of(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of a form, with what is in them."""
    hidden = re.findall(r"<input[^>]*type=.hidden.[^>]*>", page.text)
    named = [
        (re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in hidden
    ]
    return {name[1]: value[1] if value else "" for name, value in named if name}


def test_by_django_cas_server_in_and_out(serve, tmp_path):
    port = free_port()
    with (
        cas_server(tmp_path, f"http://127.0.0.1:{port}/app/sign-in/") as cas,
        httpx.Client(follow_redirects=True, timeout=60) as browser,
    ):
        site = serve(port, {"auth.providers": "cas password", "auth.cas.url": cas})
        page = browser.get(f"{site}/app/sign-in/cas?next=/app/me/devices/")
        assert str(page.url).startswith(f"{cas}/login")
        pair = {"username": "t0001", "password": "of-the-university"}
        page = browser.post(str(page.url), data=fields_of(page) | pair)
        assert str(page.url) == f"{site}/app/me/devices/", page.text
        ticket = dict(parse_qsl(urlsplit(str(page.history[-1].url)).query))["ticket"]
        # The ticket is used, and nobody else comes in with it.
        asked = {"service": str(page.history[-1].url).partition("&ticket")[0], "ticket": ticket}
        answer = httpx.get(f"{cas}/p3/serviceValidate", params=asked, timeout=60)
        assert "authenticationFailure" in answer.text
        # Signing out there ends the sign-in here.
        browser.get(f"{cas}/logout")
        assert browser.get(f"{site}/app/me/").url.path == "/app/sign-in"


def test_by_oidc_provider_mock_and_not_at_all_without_consent(serve, tmp_path):
    port = free_port()
    with (
        openid_provider(tmp_path) as issuer,
        httpx.Client(follow_redirects=True, timeout=60) as browser,
    ):
        changes = {
            "auth.providers": "oidc",
            "auth.oidc.issuer": issuer,
            "auth.oidc.client_id": "hhu",
            "auth.oidc.client_secret": "a-secret",
            "auth.create_people": "yes",
        }
        site = serve(port, changes)
        page = browser.get(f"{site}/app/sign-in/oidc")
        assert str(page.url).startswith(issuer)
        page = browser.post(str(page.url), data={"action": "deny"})
        # It leaves out the state, as it should not.
        assert page.url.path == "/app/sign-in"
        assert STALE in page.text
        page = browser.get(urljoin(site, "/app/sign-in/oidc?next=/app/me/profile/"))
        page = browser.post(str(page.url), data={"sub": "t0001"})
        assert str(page.url) == f"{site}/app/me/profile/", page.text
        browser.cookies.clear()
        # Somebody who has never been here.
        page = browser.get(f"{site}/app/sign-in/oidc")
        page = browser.post(str(page.url), data={"sub": "t0777@hhu.example"})
        assert str(page.url) == f"{site}/app/"
        assert "t0777@hhu.example" in browser.get(f"{site}/app/me/").text
