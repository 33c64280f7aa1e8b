"""The ways in that a site offers, in the order of the sign-in page; ``auth.providers``.

What is not named is off altogether, in REST and on pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.settings import Words
from hhu_base.web import sessions
from hhu_base.web.security import home_of

PASSWORD, WECHAT, CAS, OIDC = "password", "wechat", "cas", "oidc"
# In the browser's session, and in the address of the sign-in page after signing out.
CAME_BY = "by"
NO_PASSWORDS = "本系统没有开通密码登录。"
NO_PASSWORDS_ON_PAGES = "本系统没有开通密码登录，登录请用登录页面上的其他方式。"
CODES_ONLY = (
    "本系统没有开通密码登录。请在网页上登录，在“我的 → 微信”里取得登录码，再用工号和登录码登录。"
)


@dataclass(frozen=True)
class Providers(Words):
    def parse(self, value: str) -> list[str]:
        found = super().parse(value)
        if not {PASSWORD, CAS, OIDC} & set(found):
            raise self.wrong(
                "nobody could sign in to the pages: name password, cas or oidc as well"
            )
        return found


PROVIDERS = Providers(
    "auth.providers",
    [PASSWORD, WECHAT],
    "登录方式，按登录页面上的顺序：password wechat cas oidc；没有写的就没有开通",
    choices=(PASSWORD, WECHAT, CAS, OIDC),
)


def is_on(registry, name: str) -> bool:
    return name in registry["auth.providers"]


def require_passwords(request) -> None:
    """For pages about passwords. Raises HTTPSeeOther, to a page that says why, where there are none."""
    if not is_on(request.registry, PASSWORD):
        sessions.flash(request, NO_PASSWORDS_ON_PAGES, "warning")
        home = home_of(request)
        raise HTTPSeeOther(home if request.is_authenticated else f"{home}sign-in")


@dataclass(frozen=True)
class WayIn:
    """One on the sign-in page: the form for the password, or a button with this title."""

    name: str
    title: str


def ways_in(registry) -> list[WayIn]:
    """What the sign-in page offers; WeChat's way in is the mini-program."""
    titles: dict[str, Any] = {PASSWORD: "工号和密码"}
    titles |= {name: provider.title for name, provider in registry["sso"].items()}
    return [WayIn(name, titles[name]) for name in registry["auth.providers"] if name in titles]


def includeme(config) -> None:
    """``registry["auth.providers"]``, and ``registry["sso"]``: name → provider of a sign-on."""
    config.declare_settings(PROVIDERS)
    config.registry["auth.providers"] = PROVIDERS.read(config.get_settings())
    config.registry["sso"] = {}
    config.add_request_method(lambda request: ways_in(request.registry), "ways_in", property=True)
