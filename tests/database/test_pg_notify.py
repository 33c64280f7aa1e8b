"""News through LISTEN and NOTIFY, with real commits."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database.pg_notify import Listener, notify


@pytest.fixture
def listener(engine):
    listener = Listener(engine)
    yield listener
    listener.stop()


def tell(engine, outcomes, is_committed: bool = True) -> None:
    with Session(engine) as session:
        notify(session, "test", outcomes)
        (session.commit if is_committed else session.rollback)()


def wait_until_listening(listener: Listener) -> None:
    """Its first act is to wake everybody: what was told before is not told again."""
    with listener.expect("test", 0) as news:
        assert news.wait(10)


def test_who_waits_learns_what_was_decided(engine, listener):
    wait_until_listening(listener)
    with listener.expect("test", 7) as news:
        tell(engine, {6: ["confirmed", ""], 7: ["rejected", "会议室在该时间段已经被占用。"]})
        assert news.wait(10)
        assert news.outcome == ["rejected", "会议室在该时间段已经被占用。"]


def test_what_is_not_committed_is_never_told(engine, listener):
    wait_until_listening(listener)
    with listener.expect("test", 7) as news:
        tell(engine, {7: ["confirmed", ""]}, is_committed=False)
        tell(engine, {8: ["confirmed", ""]})
        assert not news.wait(0.5)
        assert news.outcome is None


def test_ten_thousand_decisions_fit_into_messages(engine, listener):
    wait_until_listening(listener)
    with listener.expect("test", 10_000) as news:
        tell(engine, {n: ["rejected", "会议室在该时间段已经被占用。"] for n in range(10_001)})
        assert news.wait(10)
        assert news.outcome[0] == "rejected"


def test_a_listener_that_lost_its_connection_listens_again(engine, listener):
    wait_until_listening(listener)
    with Session(engine) as session:
        session.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
            )
        )
    with listener.expect("test", 1) as news:
        assert news.wait(10)  # everybody is woken when it is back, to look for himself
        news.clear()
        tell(engine, {1: ["confirmed", ""]})
        assert news.wait(10)
        assert news.outcome == ["confirmed", ""]
