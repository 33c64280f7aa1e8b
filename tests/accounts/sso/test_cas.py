"""Signing in by CAS, and what must not be one."""

from dataclasses import replace

import pytest

from hhu_base.accounts.sso.cas import ticket_to_end
from hhu_base.accounts.sso.errors import NO_NUMBER, NONSENSE, REFUSED, STALE, SWITCHED_OFF, UNKNOWN
from hhu_base.testing.clients import AdminClient

ORDER = """<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="1"
Version="2.0"><saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">@</saml:NameID>
<samlp:SessionIndex>{}</samlp:SessionIndex></samlp:LogoutRequest>"""


def test_who_has_signed_in_there_is_signed_in_here_and_where_they_wanted_to_be(
    sign_on, teacher, ways
):
    answer = sign_on.by_cas("t0001", "/app/me/devices/?a=1")
    assert answer.headers["Location"] == "http://localhost/app/me/devices/?a=1"
    assert sign_on.is_in()
    assert ways() == [("t0001 褚杰", "统一身份认证")]


def test_the_office_comes_back_to_the_office(sign_on, superuser):
    answer = sign_on.by_cas("root", face="admin")
    assert answer.headers["Location"] == "http://localhost/admin/"
    sign_on.browser.get("/admin/core/users/")


def test_the_service_is_the_public_address_whatever_the_host_says(sign_on, teacher, app):
    sign_on.browser.client.extra_environ["HTTP_HOST"] = "evil.example"
    asked = sign_on.browser.client.get("/app/sign-in/cas", status=303)
    assert "evil" not in asked.headers["Location"]
    sign_on.browser.client.extra_environ.pop("HTTP_HOST")
    assert sign_on.go("cas")["service"].startswith(f"{app.registry.public_url}/app/sign-in/")


@pytest.mark.parametrize("typed", ["T0001", "ｔ０００１", " t0001 "])
def test_a_staff_number_that_reads_the_same_is_the_same(sign_on, teacher, typed):
    sign_on.by_cas(typed)
    assert sign_on.is_in()


def test_a_look_alike_is_somebody_else(sign_on, add_user):
    add_user("a0001")
    # The first letter is a Cyrillic one.
    assert sign_on.refusal(sign_on.by_cas("а0001")) == UNKNOWN.format("а0001")


def test_a_ticket_is_good_once(sign_on, teacher, browser, university):
    service = sign_on.go("cas")["service"]
    ticket = university.give_ticket(service, "t0001")
    sign_on.return_from_cas(service, ticket)
    browser.client.reset()
    assert sign_on.refusal(sign_on.return_from_cas(service, ticket)) == STALE
    again = sign_on.go("cas")["service"]
    assert sign_on.refusal(sign_on.return_from_cas(again, ticket)) == REFUSED
    # Also where the CAS server has forgotten that it was used.
    again = sign_on.go("cas")["service"]
    university.tickets[ticket] = (again, "t0001", {})
    assert sign_on.refusal(sign_on.return_from_cas(again, ticket)) == REFUSED
    assert not sign_on.is_in()


def test_a_ticket_for_another_service_is_refused(sign_on, teacher, university):
    service = sign_on.go("cas")["service"]
    ticket = university.give_ticket("http://other.example/", "t0001")
    assert sign_on.refusal(sign_on.return_from_cas(service, ticket)) == REFUSED


def test_what_somebody_else_began_does_not_sign_this_browser_in(sign_on, teacher, app, university):
    victim = AdminClient(*sign_on.browser._parts)
    service = sign_on.go("cas")["service"]
    ticket = university.give_ticket(service, "t0001")
    answer = sign_on.return_from_cas(service, ticket, browser=victim)
    assert "/app/sign-in" in answer.headers["Location"]
    assert not sign_on.is_in(victim)
    # And it was not even asked about.
    assert university.asked == []


@pytest.mark.parametrize("ticket", ["", "ST 1", "ST-" + "x" * 300, "ST-\n", "票"])
def test_what_is_no_ticket_is_not_asked_about(sign_on, teacher, university, ticket):
    service = sign_on.go("cas")["service"]
    assert sign_on.refusal(sign_on.return_from_cas(service, ticket)) == REFUSED
    assert university.asked == []


def test_the_attribute_that_is_the_staff_number_can_be_another(sign_on, teacher, app, monkeypatch):
    provider = app.registry["sso"]["cas"]
    monkeypatch.setattr(provider, "names", replace(provider.names, staff_number="workId"))
    sign_on.by_cas("chujie", workId="t0001")
    assert sign_on.is_in()
    sign_on.browser.client.reset()
    assert sign_on.refusal(sign_on.by_cas("t0001")) == NO_NUMBER


def test_who_is_switched_off_and_who_is_not_known_are_told(sign_on, add_user):
    add_user("t0002", is_active=False)
    assert sign_on.refusal(sign_on.by_cas("t0002")) == SWITCHED_OFF
    assert sign_on.refusal(sign_on.by_cas("t0003")) == UNKNOWN.format("t0003")
    assert not sign_on.is_in()


_BOMB = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>'
_FILE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
_GOOD = """<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess>
<cas:user>{}</cas:user></cas:authenticationSuccess></cas:serviceResponse>"""


@pytest.mark.parametrize(
    "body",
    [
        "",
        "yes\nt0001\n",
        "<html>502</html>",
        "<a>" * 2000,
        "\xff",
        _BOMB,
        _FILE,
        "<!DOCTYPE a>" + _GOOD.format("t0001"),
        _GOOD.format(""),
        _GOOD.format("t0001").replace("yale", "yael"),
        _GOOD.format("t0001").replace("cas:serviceResponse", "cas:other"),
        _GOOD.format("t0001") + " " * 70_000,
        '<?xml version="1.0" encoding="x-none"?>' + _GOOD.format("t0001"),
    ],
    ids=lambda body: body[:30],
)
def test_nonsense_signs_nobody_in(sign_on, teacher, university, body):
    service = sign_on.go("cas")["service"]
    university.answer = lambda handler: handler.send(body.encode("latin-1"), "text/xml")
    assert sign_on.refusal(sign_on.return_from_cas(service, "ST-1")) == NONSENSE
    assert not sign_on.is_in()


def test_a_redirect_is_not_followed(sign_on, teacher, university):
    service = sign_on.go("cas")["service"]

    def elsewhere(handler):
        handler.send_response(302)
        handler.send_header("Location", f"{university.url}/cas/p3/serviceValidate")
        handler.end_headers()

    university.answer = elsewhere
    assert sign_on.refusal(sign_on.return_from_cas(service, "ST-1")) == NONSENSE
    assert len(university.asked) == 1


def test_single_logout_ends_the_sign_in_of_that_ticket_and_no_other(sign_on, teacher, university):
    other = AdminClient(*sign_on.browser._parts)
    tickets = []
    for browser in (sign_on.browser, other):
        service = sign_on.go("cas", browser=browser)["service"]
        tickets.append(university.give_ticket(service, "t0001"))
        sign_on.return_from_cas(service, tickets[-1], browser=browser)
    assert sign_on.is_in()
    assert sign_on.is_in(other)
    # The server has no cookie, and no CSRF token.
    server = AdminClient(*sign_on.browser._parts)
    answer = server.post("/app/sign-in/cas/back", {"logoutRequest": ORDER.format(tickets[0])}, 200)
    assert answer.body == b""
    assert not sign_on.is_in()
    assert sign_on.is_in(other)


@pytest.mark.parametrize(
    "order",
    ["", "x", ORDER.format("ST-unknown"), ORDER.format(""), _BOMB, _FILE, "x" * 70_000],
    ids=lambda order: order[:20],
)
def test_an_order_about_nothing_that_we_know_ends_nothing(sign_on, teacher, order):
    sign_on.by_cas("t0001")
    sign_on.browser.post("/app/sign-in/cas/back", {"logoutRequest": order}, 200)
    assert sign_on.is_in()


def test_only_a_logout_request_names_a_ticket():
    assert ticket_to_end(ORDER.format("ST-1")) == "ST-1"
    assert ticket_to_end(ORDER.format("ST-1").replace("LogoutRequest", "Response")) == ""


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "/app/../../evil",
        "/app//evil.example",
        "javascript:alert(1)",
        "/app/sign-in",
        "/app/\nx",
        "/app/" + "x" * 500,
    ],
)
def test_nobody_is_led_elsewhere_afterwards(sign_on, teacher, wanted):
    location = sign_on.by_cas("t0001", wanted).headers["Location"]
    assert location.startswith("http://localhost/app/")
    assert "evil.example" not in location
    assert "x" * 500 not in location
