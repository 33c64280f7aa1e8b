"""``hhu doctor`` on a provider: it answers, or it is a warning."""

from types import SimpleNamespace

from hhu_base.accounts.sso.checks import check_providers
from hhu_base.cli.doctor.contract import GOOD, NOTICE


def findings(app):
    return [
        (found.level, str(found))
        for found in check_providers(SimpleNamespace(registry=app.registry))
    ]


def test_both_answer_and_nobody_has_signed_in(app, university):
    found = findings(app)
    assert [level for level, _ in found] == [GOOD, GOOD]
    assert "有应答" in found[0][1]


def test_whatever_is_wrong_with_them_is_a_warning(app, university):
    university.answer = lambda handler: handler.send(b"", status=502)
    found = findings(app)
    assert [level for level, _ in found] == [NOTICE, NOTICE]
    # And what has to be registered there.
    assert "/app/sign-in/cas/back" in found[0][1]


def test_a_server_that_takes_any_ticket_is_none(app, university):
    provider = app.registry["sso"]["cas"]
    university.tickets["ST-hhu-doctor"] = (provider.back, "t0001", {})
    assert findings(app)[0][0] == NOTICE


def test_a_description_of_another_issuer_is_a_warning(app, university):
    university.description = {"issuer": "https://other.example"}
    assert findings(app)[1][0] == NOTICE
