"""Periodic work of the accounts."""

from hhu_base.accounts import known_places, password_links, sign_in_codes, throttle, tokens
from hhu_base.accounts.sso import sessions as provider_sessions


def sweep_tokens(request) -> None:
    """Delete expired tokens, and links and codes that nobody has used."""
    tokens.delete_expired(request.db)
    password_links.delete_expired(request.db)
    sign_in_codes.delete_expired(request.db)
    provider_sessions.delete_expired(request.db)


def sweep_sign_in_tries(request) -> None:
    """Forget the tries to sign in that count no more."""
    throttle.sweep(request.db)


def delete_unused_places(request) -> None:
    """Forget where nobody has signed in for half a year."""
    known_places.delete_unused(request.db)
