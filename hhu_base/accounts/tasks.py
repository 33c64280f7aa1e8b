"""Periodic work of the accounts."""

from hhu_base.accounts import tokens


def sweep_tokens(request) -> None:
    """Delete expired tokens."""
    tokens.sweep(request.db)
