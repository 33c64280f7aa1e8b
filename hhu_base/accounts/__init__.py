"""Accounts: signing in, and what is known about the user who is signed in."""

from hhu_base.accounts import django_import, tasks
from hhu_base.accounts.email_confirmation import Confirmations


def includeme(config) -> None:
    config.include("hhu_base.accounts.providers")
    config.include("hhu_base.accounts.password_hashes")
    config.include("hhu_base.accounts.throttle")
    config.include("hhu_base.accounts.sign_in")
    config.include("hhu_base.accounts.wechat")
    config.include("hhu_base.accounts.sso")
    config.include("hhu_base.accounts.pages")
    config.include("hhu_base.accounts.unsaved_pages")
    config.include("hhu_base.accounts.password_pages")
    config.include("hhu_base.accounts.email_pages")
    config.include("hhu_base.accounts.profile_pages")
    config.include("hhu_base.accounts.admin")
    config.include("hhu_base.accounts.import_export")
    config.registry["accounts.confirmations"] = Confirmations(
        config.registry.public_url, config.registry["mail.own_domains"]
    )
    config.scan("hhu_base.accounts.api")
    config.add_task("core.sweep_tokens", tasks.sweep_tokens, every=3600)
    config.add_task("core.sweep_sign_in_tries", tasks.sweep_sign_in_tries, every=600)
    config.add_task("core.delete_unused_places", tasks.delete_unused_places, every=86400)
    config.include(django_import)
