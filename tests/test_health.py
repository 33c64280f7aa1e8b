"""``/healthz`` and ``/readyz``."""

from webtest import TestApp


def test_a_process_that_answers_lives(app):
    assert TestApp(app).get("/healthz").json == {"status": "ok"}


def test_what_is_missing_is_named(app):
    """The tests' broker is none; the real one is looked at in the flows."""
    answer = TestApp(app).get("/readyz", status=503)
    assert answer.json["status"] == "unavailable"
    assert answer.json["missing"] == ["broker", "worker:reservations"]
