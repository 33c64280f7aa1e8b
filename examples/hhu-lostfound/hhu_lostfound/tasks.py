"""What a worker of the ordinary queue does every hour."""

from hhu_lostfound import finding


def hand_on(request) -> None:
    """Give to the lost property office what nobody has claimed."""
    registry = request.registry
    finding.hand_on(request.db, registry["lostfound.letters"], registry["lostfound.keep"])
