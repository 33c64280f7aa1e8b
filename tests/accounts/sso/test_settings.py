"""A wrong setting of a sign-on stops the start, and is named."""

import pytest

from hhu_base.accounts.outside import BadAnswer
from hhu_base.accounts.sso import make_cas, make_oidc
from hhu_base.settings import ConfigurationError

SITE = "https://hhu.example"
CAS = {"auth.cas.url": "https://cas.example/cas"}
OIDC = {"auth.oidc.issuer": "https://id.example/", "auth.oidc.client_id": "hhu"}
SERIOUS = {"hhu.environment": "production"}


def test_with_the_least_of_settings_both_are_there():
    cas, oidc = make_cas(CAS | SERIOUS, SITE), make_oidc(OIDC | SERIOUS, SITE)
    assert cas.back == f"{SITE}/app/sign-in/cas/back"
    assert oidc.back == f"{SITE}/app/sign-in/oidc/back"
    # To the letter, with its slash.
    assert oidc.metadata.issuer == "https://id.example/"
    assert cas.server.patience == 5
    assert "secret" not in repr(
        make_oidc(OIDC | {"auth.oidc.client_secret": "a secret"}, SITE)
    ).replace("client_secret", "")


@pytest.mark.parametrize(
    ("make", "settings", "key"),
    [
        (make_cas, {}, "auth.cas.url"),
        (make_cas, {"auth.cas.url": "cas.example"}, "auth.cas.url"),
        (make_cas, {"auth.cas.url": "http://cas.example"} | SERIOUS, "auth.cas.url"),
        (make_cas, {"auth.cas.url": "https://cas.example/?a=1"}, "auth.cas.url"),
        (make_cas, CAS | {"auth.timeout": "0"}, "auth.timeout"),
        (make_cas, CAS | {"auth.at_once": "0"}, "auth.at_once"),
        (make_oidc, {"auth.oidc.client_id": "hhu"}, "auth.oidc.issuer"),
        (make_oidc, OIDC | {"auth.oidc.issuer": "http://id.example"} | SERIOUS, "auth.oidc.issuer"),
        (make_oidc, {"auth.oidc.issuer": "https://id.example"}, "auth.oidc.client_id"),
        (make_oidc, OIDC | {"auth.oidc.scope": "profile"}, "auth.oidc.scope"),
    ],
)
def test_a_wrong_setting_is_named(make, settings, key):
    with pytest.raises(ConfigurationError, match=f"^{key}: "):
        make(settings, SITE)


def test_in_production_the_provider_must_not_name_an_open_address():
    metadata = make_oidc(OIDC | SERIOUS, SITE).metadata
    with pytest.raises(BadAnswer):
        metadata._check("token_endpoint", "http://id.example/token")
    metadata._check("token_endpoint", "https://id.example/token")
