"""What a worker of the ordinary queue does every hour."""

from hhu_base.mail import outbox
from hhu_lostfound import finding


def hand_on(request) -> None:
    """Give to the lost property office what nobody has claimed."""
    registry = request.registry
    if finding.hand_on(request.db, registry["lostfound.letters"], registry["lostfound.keep"]):
        request.enqueue(outbox.TASK)
