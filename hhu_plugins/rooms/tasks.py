"""What workers do: the one of the queue ``reservations`` decides, any other does the rest."""

from datetime import UTC, datetime

from hhu_base.database.transactions import commit
from hhu_plugins.rooms import day_sums, decisions, due, notifications, photos


def decide(request) -> None:
    """Decide everything that waits."""
    decisions.decide_pending(request.db, request.registry["rooms.policy"])


def settle(request) -> None:
    """Do what falls due: holds end, waiting ends, rooms are released."""
    due.settle(request.db, request.registry["rooms.policy"])


def notify(request) -> None:
    """Tell the holders whose reservations somebody else changed a while ago."""
    while notifications.tell_what_is_due(request.db, request.registry.site_zone):
        commit(request)


def sweep_photos(request) -> None:
    """Remove the files of photos that are gone."""
    photos.delete_unused(request.db, request.registry["rooms.photo_store"])


def sum_days(request) -> None:
    """Make the sums of the past days anew."""
    day_sums.refresh(request.db, datetime.now(UTC), request.registry.site_zone)
