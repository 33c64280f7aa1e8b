"""What the settings say about the site: its address, its zone, its web server."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from hhu_base.cli.doctor.contract import Deployment, Finding, error, good, notice
from hhu_base.settings import Waiting
from hhu_base.settings.server import PROCESSES, THREADS

_PATIENCE = 5


def check_environment(deployment: Deployment) -> Iterator[Finding]:
    if deployment.is_production:
        yield good("按正式环境运行（hhu.environment = production）。")
    else:
        yield notice("按试用环境运行，公开的密钥和替身都可以用。", "正式使用 production.ini。")


def check_public_url(deployment: Deployment) -> Iterator[Finding]:
    """Does the address that stands in mails lead here?"""
    url: str = deployment.registry.public_url
    parts = urlsplit(url)
    if deployment.is_production and parts.scheme != "https":
        yield error(
            f"hhu.public_url 是 {url}，不是 https。",
            "管理页面的登录只在 https 下有效：配置 TLS（deploy/nginx/hhu.conf）。",
        )
        return
    if deployment.is_production and _is_local(parts.hostname or ""):
        yield notice(f"hhu.public_url 是 {url}，邮件里的链接在别处打不开。", "填写网站的域名。")
    # Imported here: no other command needs it.
    import httpx

    try:
        answer = httpx.get(f"{url}/healthz", timeout=_PATIENCE)
        is_ours = answer.status_code == 200 and answer.json() == {"status": "ok"}
    except (httpx.HTTPError, OSError, ValueError) as problem:
        yield notice(
            f"从本机打不开 {url}/healthz：{type(problem).__name__} {problem}".strip(),
            "检查 DNS、nginx 和证书；如果本机本来就访问不到，从别处试一次。",
        )
        return
    if is_ours:
        yield good(f"{url} 可以打开。")
    elif answer.status_code >= 500:
        yield error(
            f"{url}/healthz 的应答是 {answer.status_code}：网站没有在运行。",
            "启动 hhu-web@6543.service 等网站进程，看它们的日志。",
        )
    else:
        yield error(
            f"{url}/healthz 的应答（{answer.status_code}）不是本系统的。", "检查 nginx 的转发。"
        )


def check_zone(deployment: Deployment) -> Iterator[Finding]:
    zone = deployment.registry.site_zone
    try:
        data = f"tzdata {version('tzdata')}"
    except PackageNotFoundError:
        data = "系统的时区数据"
    yield good(f"时区 {zone.key}（{data}）。")


def check_web_server(deployment: Deployment) -> Iterator[Finding]:
    """Threads for those who wait and some more; addresses as the proxy tells them."""
    settings, server = deployment.settings, deployment.server
    threads = THREADS.read(server)
    declared = deployment.registry["settings"].values()
    limits = [setting for setting in declared if isinstance(setting, Waiting)]
    waiting = sum(limit.read(settings) for limit in limits)
    if threads <= waiting:
        yield error(
            f"threads 是 {threads}，可能同时等待的请求有 {waiting} 个，其他请求会没有线程。",
            f"增大 threads，或减小 {'、'.join(limit.key for limit in limits)}。",
        )
    else:
        processes = PROCESSES.read(settings)
        yield good(f"网站有 {processes} 个进程，每个最多 {threads} 个线程。")
    yield from _check_proxy(deployment)


def _check_proxy(deployment: Deployment) -> Iterator[Finding]:
    proxy = deployment.server.get("trusted_proxy", "")
    if proxy == "*":
        yield error(
            "trusted_proxy = *：任何人都可以用 X-Forwarded-For 冒充别的地址。",
            "填写 nginx 的地址，例如 127.0.0.1。",
        )
    elif proxy:
        yield good(f"只相信来自 {proxy} 的 X-Forwarded-For。")
    elif deployment.is_production:
        yield notice(
            "trusted_proxy 是空的：经过 nginx 的请求看起来都来自同一个地址，登录限制和打卡记录会不准。",
            "填写 nginx 的地址，例如 127.0.0.1；没有代理就不用管。",
        )


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
