"""统一身份认证: the university's own sign-on, by CAS 3 or OpenID Connect.

Somebody goes to the provider and comes back with proof of who they are; found by the staff number,
they are signed in with a token like any other. ``registry["sso"]``: name → provider that is on.
"""

from __future__ import annotations

from collections.abc import Mapping

from hhu_base.accounts.outside import OutsideServer
from hhu_base.accounts.providers import CAS, OIDC, is_on
from hhu_base.accounts.sso.cas import CasProvider
from hhu_base.accounts.sso.checks import check_providers
from hhu_base.accounts.sso.oidc.client import OidcProvider
from hhu_base.accounts.sso.oidc.metadata import Metadata
from hhu_base.accounts.sso.pages import add_pages, back_path
from hhu_base.accounts.sso.provider import ClaimNames, Provider
from hhu_base.settings import Boolean, Seconds, Secret, Text, Waiting, is_production

TIMEOUT = Seconds("auth.timeout", 5, "一次登录等待统一身份认证最多多少秒", minimum=0.05)
AT_ONCE = Waiting(
    "auth.at_once", 6, "每个进程同时等待统一身份认证的请求；要远少于 threads", minimum=1
)
CREATE_PEOPLE = Boolean(
    "auth.create_people", False, "统一身份认证确认、而本系统没有的人，登录时是否自动新增"
)

CAS_URL = Text("auth.cas.url", "", "CAS 服务器的地址，例如 https://cas.example.edu.cn/cas")
CAS_TITLE = Text("auth.cas.title", "统一身份认证", "登录页面上 CAS 按钮的名称")
CAS_NAMES = (
    Text("auth.cas.staff_number_attribute", "", "工号在 CAS 的哪个属性里；空的是用户名"),
    Text("auth.cas.name_attribute", "cn", "自动新增的人：姓名在 CAS 的哪个属性里"),
    Text("auth.cas.email_attribute", "mail", "自动新增的人：邮箱在 CAS 的哪个属性里"),
    Text("auth.cas.department_attribute", "", "自动新增的人：系所名称在 CAS 的哪个属性里"),
)

OIDC_ISSUER = Text("auth.oidc.issuer", "", "OpenID 提供者的 issuer，一字不差")
OIDC_TITLE = Text("auth.oidc.title", "学校账号", "登录页面上 OpenID 按钮的名称")
OIDC_CLIENT_ID = Text("auth.oidc.client_id", "", "本系统在 OpenID 提供者那里的 client_id")
OIDC_CLIENT_SECRET = Secret(
    "auth.oidc.client_secret", "", "本系统的 client_secret；空的是没有密钥的客户端"
)
OIDC_SCOPE = Text("auth.oidc.scope", "openid profile email", "向 OpenID 提供者要求的 scope")
OIDC_NAMES = (
    Text("auth.oidc.staff_number_claim", "sub", "工号在哪个 claim 里"),
    Text("auth.oidc.name_claim", "name", "自动新增的人：姓名在哪个 claim 里"),
    Text("auth.oidc.email_claim", "email", "自动新增的人：邮箱在哪个 claim 里"),
    Text("auth.oidc.department_claim", "", "自动新增的人：系所名称在哪个 claim 里"),
)


def includeme(config) -> None:
    config.declare_settings(TIMEOUT, AT_ONCE, CREATE_PEOPLE)
    config.declare_settings(CAS_URL, CAS_TITLE, *CAS_NAMES)
    config.declare_settings(OIDC_ISSUER, OIDC_TITLE, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_SCOPE)
    config.declare_settings(*OIDC_NAMES)
    registry, settings = config.registry, config.get_settings()
    registry["sso.create"] = CREATE_PEOPLE.read(settings)
    providers: list[Provider] = []
    if is_on(registry, CAS):
        providers.append(make_cas(settings, registry.public_url))
    if is_on(registry, OIDC):
        providers.append(make_oidc(settings, registry.public_url))
    registry["sso"] = {provider.name: provider for provider in providers}
    for provider in providers:
        add_pages(config, provider)
    config.add_check("core.sso", check_providers)


def make_cas(settings: Mapping, public_url: str) -> CasProvider:
    """Raises ConfigurationError."""
    return CasProvider(
        title=CAS_TITLE.read(settings),
        url=_address(CAS_URL, settings).rstrip("/"),
        back=public_url + back_path(CAS),
        names=ClaimNames(*(name.read(settings) for name in CAS_NAMES)),
        server=_server("the CAS server", settings),
    )


def make_oidc(settings: Mapping, public_url: str) -> OidcProvider:
    """Raises ConfigurationError."""
    client_id = OIDC_CLIENT_ID.read(settings)
    if not client_id:
        raise OIDC_CLIENT_ID.missing()
    if "openid" not in OIDC_SCOPE.read(settings).split():
        raise OIDC_SCOPE.wrong("has no openid in it")
    names = ClaimNames(*(name.read(settings) for name in OIDC_NAMES))
    of_who_is_made = (names.name, names.email, names.department)
    return OidcProvider(
        title=OIDC_TITLE.read(settings),
        metadata=Metadata(_address(OIDC_ISSUER, settings), needs_https=is_production(settings)),
        client_id=client_id,
        client_secret=OIDC_CLIENT_SECRET.read(settings),
        scope=OIDC_SCOPE.read(settings),
        back=public_url + back_path(OIDC),
        names=names,
        needed=(names.staff_number, *(of_who_is_made if CREATE_PEOPLE.read(settings) else ())),
        server=_server("the OpenID provider", settings),
    )


def _address(setting: Text, settings: Mapping) -> str:
    address = setting.read(settings)
    if not address:
        raise setting.missing()
    if not address.startswith("https://" if is_production(settings) else ("https://", "http://")):
        raise setting.wrong("people's passwords are asked for there: use https")
    if any(letter in address for letter in "?# ") or not address.isprintable():
        raise setting.wrong(f"{address!r} is no address of a provider")
    return address


def _server(name: str, settings: Mapping) -> OutsideServer:
    seconds = TIMEOUT.read(settings)
    # Several pieces of one sign-in: the longest of them may take all of the time.
    return OutsideServer(name, timeout=seconds, patience=seconds, at_once=AT_ONCE.read(settings))
