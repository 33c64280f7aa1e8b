"""The college of the permission tables, in which everything is there once."""

from tests.permissions.conftest import client_of, make_world  # noqa: TID252

__all__ = ["client_of", "make_world"]
