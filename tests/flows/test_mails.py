"""A mail that was promised while the queue was away goes when it is back, the oldest first."""

from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.mail.models import STORED, Mail
from hhu_base.models import User
from hhu_plugins.repairs.models import NotificationRecipient
from hhu_plugins.rooms import cancellation
from hhu_plugins.rooms.models import Reservation
from hhu_plugins.rooms.policy import read_policy

from .college import Wish, at, until

# The mails are looked for every half minute; the worker has to find its broker again first.
UNTIL_LOOKED_FOR = 90.0


@pytest.fixture
def address(college):
    """Somebody who is told of all repairs."""
    with Session(college.engine) as session, session.begin():
        recipient = NotificationRecipient(name="值班", address="flows@hhu.example")
        session.add(recipient)
    yield "flows@hhu.example"
    with college.engine.begin() as connection:
        connection.execute(
            sa.delete(NotificationRecipient).where(
                NotificationRecipient.address == "flows@hhu.example"
            )
        )


def mails_to(college, address: str) -> list[Mail]:
    with Session(college.engine) as session:
        return list(session.scalars(sa.select(Mail).where(Mail.to_address == address)))


@pytest.mark.slow
@pytest.mark.parametrize("broker", ["refuses", "hangs"])
def test_reports_without_a_broker_are_taken_and_their_mails_go_later_in_order(
    college, address, broker
):
    known = {mail.id for mail in mails_to(college, address)}
    with (college.away if broker == "refuses" else college.stopped)("valkey"):
        for number in range(6):
            body = {"location": f"{broker} {number}", "description": "坏了"}
            with college.client(number) as client:
                assert client.request("POST", "/repairs/", body).status == 201
    college.until_ready()

    def new() -> list[Mail]:
        return [mail for mail in mails_to(college, address) if mail.id not in known]

    until(lambda: {mail.status for mail in new()} == {STORED}, UNTIL_LOOKED_FOR, "all are sent")
    sent = sorted(new(), key=lambda mail: (mail.sent_at, mail.id))
    for place, mail in enumerate(sorted(sent, key=lambda mail: mail.id)):
        assert mail.subject == f"【新报修】未分类：{broker} {place}"
        # Up to four are on their way side by side, and may overtake each other.
        assert abs(sent.index(mail) - place) < 4
        letters = (college.folder / "var" / "mail").glob(f"*-{mail.id}.eml")
        assert len(list(letters)) == 1


@pytest.mark.slow
def test_mails_of_a_worker_that_is_killed_are_sent_once_by_the_next(college, address):
    known = {mail.id for mail in mails_to(college, address)}
    with college.client() as client:
        for number in range(3):
            client.request("POST", "/repairs/", {"location": f"k{number}", "description": "坏了"})
            college.kill("worker")
    until(
        lambda: {m.status for m in mails_to(college, address) if m.id not in known} == {STORED},
        UNTIL_LOOKED_FOR,
        "all are sent",
    )
    college.until_ready()


@pytest.mark.slow
def test_the_holder_of_a_changed_reservation_is_told_whatever_dies_meanwhile(college, room):
    reservation_id = college.ask(Wish(room, at(2, 10), at(2, 11))).answer.json["id"]
    with Session(college.engine) as session, session.begin():
        row = session.get_one(Reservation, reservation_id)
        row.user.email = "holder@hhu.example"
        by = User(username=f"office{room}", last_name="方", first_name="敏")
        session.add(by)
        session.flush()
        policy = read_policy({"rooms.notify_after": "2"}, ZoneInfo("UTC"))
        cancellation.cancel(session, policy, row.id, by_user_id=by.id, reason="停电")
    for name in ("worker", "postgres"):
        college.kill(name)
    college.until_ready()

    def told() -> list[str]:
        found = mails_to(college, "holder@hhu.example")
        return [mail.status for mail in found if "停电" in mail.body]

    until(lambda: told() == [STORED], UNTIL_LOOKED_FOR, "the holder is told, once")
