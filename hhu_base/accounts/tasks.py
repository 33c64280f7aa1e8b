"""Periodic work of the accounts."""

from hhu_base.accounts import throttle, tokens


def sweep_tokens(request) -> None:
    """Delete expired tokens."""
    tokens.sweep(request.db)


def sweep_sign_in_tries(request) -> None:
    """Forget the tries to sign in that count no more."""
    throttle.sweep(request.db)
