"""What ``hhu doctor`` looks at of the university's sign-on; nobody signs in."""

from __future__ import annotations

from collections.abc import Iterator

from hhu_base.accounts.sso.cas import CasProvider
from hhu_base.accounts.sso.errors import REFUSED, SignOnRefusal
from hhu_base.accounts.sso.oidc.client import OidcProvider
from hhu_base.cli.doctor.contract import Deployment, Finding, good, notice


def check_providers(deployment: Deployment) -> Iterator[Finding]:
    """Does each that is on answer? The other ways in work without it, so it is only a warning."""
    for provider in deployment.registry["sso"].values():
        if isinstance(provider, CasProvider):
            yield _check_cas(provider)
        if isinstance(provider, OidcProvider):
            yield _check_oidc(provider)


def _check_cas(provider: CasProvider) -> Finding:
    """With a ticket that nobody has."""
    try:
        provider.validate(provider.back, "ST-hhu-doctor")
    except SignOnRefusal as refusal:
        if str(refusal) == REFUSED:
            return good(f"CAS 服务器（{provider.url}）有应答。")
        return notice(
            f"CAS 服务器（{provider.url}）没有正常应答：{refusal}",
            f"检查网络和 auth.cas.url；请学校登记服务地址 {provider.back}。",
        )
    return notice("CAS 服务器承认了一张不存在的票据。", "auth.cas.url 指向的不是 CAS 服务器。")


def _check_oidc(provider: OidcProvider) -> Finding:
    """Its description and its keys."""
    issuer = provider.metadata.issuer
    try:
        provider.look()
    except SignOnRefusal as refusal:
        return notice(
            f"OpenID 提供者（{issuer}）没有正常应答：{refusal}",
            "检查网络；auth.oidc.issuer 要与提供者的说明一字不差。",
        )
    return good(f"OpenID 提供者（{issuer}）有应答。")
