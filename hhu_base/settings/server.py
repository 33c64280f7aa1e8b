"""The section ``[server:main]``: waitress's options, as far as they are ours to check and explain."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping

from hhu_base.settings import (
    REQUIRED,
    ConfigurationError,
    Integer,
    Setting,
    Text,
    Words,
    unknown,
)


class Listen(Setting[str]):
    """Addresses with a port each: ``127.0.0.1:6543``, ``[::1]:6543``, ``*:6543``."""

    def parse(self, value: str) -> str:
        for word in value.split():
            host, _, port = word.rpartition(":")
            if not host or not port.isdecimal() or int(port) > 65535:
                raise self.wrong(f"{word!r} is no address with a port, such as 127.0.0.1:6543")
            if host != "*":
                try:
                    socket.getaddrinfo(host.strip("[]"), int(port), flags=socket.AI_PASSIVE)
                except (OSError, UnicodeError):
                    raise self.wrong(f"nobody knows the host {host!r}") from None
        return value


class Proxy(Setting[str]):
    """The address of the proxy, as the web server sees it: it compares, and asks no DNS."""

    def parse(self, value: str) -> str:
        if value != "*":
            try:
                ipaddress.ip_address(value)
            except ValueError:
                raise self.wrong(
                    f"{value!r} is no IP address; a host name is never believed"
                ) from None
        return value


class Processes(Integer):
    """As many as there are cores that this process may use, unless it is said."""

    def read(self, settings: Mapping) -> int:
        return super().read(settings) or len(os.sched_getaffinity(0))


# In [app:main], since more than the web server is divided by it.
PROCESSES = Processes(
    "web.processes", None, "网站有多少个进程，共用一个端口；默认是处理器的核数", minimum=1
)
THREADS = Integer("threads", 4, "每个网站进程的线程数", minimum=1)
TRUSTED_PROXY = Proxy("trusted_proxy", "", "只相信来自这个地址的 X-Forwarded-For；空的是谁也不信")
MAX_REQUEST_BODY_SIZE = Integer(
    "max_request_body_size",
    1073741824,
    "请求的内容最多多少字节；要略大于 guides.max_bytes",
    minimum=1,
)
SETTINGS: tuple[Setting, ...] = (
    Listen("listen", REQUIRED, "网站监听的地址和端口"),
    THREADS,
    Integer("connection_limit", 100, "每个网站进程最多同时有多少个连接", minimum=1),
    TRUSTED_PROXY,
    Words("trusted_proxy_headers", [], "相信代理发来的哪些头"),
    MAX_REQUEST_BODY_SIZE,
    Text("ident", "", "响应中 Server 头的内容；空的是没有"),
)
KEYS = tuple(setting.key for setting in SETTINGS)
_ABOUT_PROXIES = ("trusted_proxy", "trusted_proxy_headers", "trusted_proxy_count")


def options(section: Mapping[str, str]) -> dict[str, str]:
    """The section with what the environment says; without a proxy none is trusted."""
    found = {}
    for key in dict.fromkeys((*section, *options_of_waitress())):
        value = Text(key, "", "").text(section)
        if value or key in section:
            found[key] = value
    if not found.get("trusted_proxy"):
        for key in _ABOUT_PROXIES:
            found.pop(key, None)
    return found


def problems(section: Mapping[str, str]) -> list[ConfigurationError]:
    """What is wrong with the section and the variables that override it."""
    from waitress.adjustments import Adjustments

    known = options_of_waitress()
    found = [unknown(key, known) for key in section if key not in known]
    for setting in SETTINGS:
        try:
            setting.read(section)
        except ConfigurationError as error:
            found.append(error)
    if not found:
        try:
            Adjustments(**options(section))
        except (ValueError, TypeError, OSError) as error:
            found.append(ConfigurationError("[server:main]", str(error), advice=""))
    return found


def options_of_waitress() -> list[str]:
    """All that may stand in the section."""
    from waitress.adjustments import Adjustments

    # "sockets" are no text.
    return [name for name, _ in Adjustments._params if name != "sockets"]
