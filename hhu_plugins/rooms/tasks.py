"""What the one worker of the queue ``reservations`` does."""

from hhu_plugins.rooms import booking


def decide(request) -> None:
    """Decide everything that waits."""
    booking.decide_pending(request.db)
