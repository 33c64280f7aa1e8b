"""What workers do about repairs."""

from hhu_plugins.repairs import confirmations, photos


def sweep_photos(request) -> None:
    """Remove the files of photos that are gone."""
    photos.delete_unused(request.db, request.registry["repairs.photo_store"])


def take_as_confirmed(request) -> None:
    """Write down who is taken to have confirmed that theirs is solved."""
    confirmations.take_as_confirmed(request.db, request.registry["repairs.confirm_after"])
