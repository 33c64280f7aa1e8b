"""``/healthz`` and ``/readyz``."""

from redis.exceptions import ResponseError
from webtest import TestApp


def test_a_process_that_answers_lives(app):
    assert TestApp(app).get("/healthz").json == {"status": "ok"}


def test_what_is_missing_is_named(app):
    """The tests' broker is none; the real one is looked at in the flows."""
    answer = TestApp(app).get("/readyz", status=503)
    assert answer.json["status"] == "unavailable"
    assert answer.json["missing"] == ["broker", "worker:files", "worker:reservations"]


def test_a_broker_that_refuses_us_is_missing_like_one_that_is_away(app, monkeypatch):
    """As Redis does with an account that may not do enough; it was a 500."""

    def refuse(**_):
        raise ResponseError("NOPERM this user has no permissions")

    monkeypatch.setattr(app.registry["celery"].control, "inspect", refuse)
    answer = TestApp(app).get("/readyz", status=503)
    assert "broker" in answer.json["missing"]
