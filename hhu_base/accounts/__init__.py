"""Accounts: signing in, and what is known about the user who is signed in."""

from hhu_base.accounts import tasks


def includeme(config) -> None:
    config.scan("hhu_base.accounts.api")
    config.add_task("core.sweep_tokens", tasks.sweep_tokens, every=3600)
