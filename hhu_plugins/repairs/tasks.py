"""What workers do about repairs."""

from hhu_plugins.repairs import photos


def sweep_photos(request) -> None:
    """Remove the files of photos that are gone."""
    photos.delete_unused(request.db, request.registry["repairs.photo_store"])
