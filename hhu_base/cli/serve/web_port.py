"""The one port that listens on the network."""

import http.client
import socket

from .errors import EmbeddedError


def refuse_a_taken_port(host: str, port: int) -> None:
    """Find out before anything is started."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, OverflowError) as error:
        raise EmbeddedError(f"地址 {host}:{port} 不能用：{error}") from None
    with socket.socket(family, kind, protocol) as probe:
        # As the web server does: connections of the last one that still linger don't matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)  # two bound sockets with that option meet only here
        except OSError as error:
            raise EmbeddedError(
                f"端口 {port} 不能用（{error.strerror}）。请换一个，例如：PORT={port + 1} scripts/serve"
            ) from None


def listen(host: str, port: int) -> str:
    """Both in one, as waitress wants it; IPv6 needs brackets."""
    host = host.strip("[]")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def address_of(host: str, port: int) -> str:
    """What a browser on this machine opens."""
    return f"http://{_reachable(host)}:{port}"


def answers(host: str, port: int) -> bool:
    """Whether the web server says that all it needs is there."""
    connection = http.client.HTTPConnection(_reachable(host).strip("[]"), port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _reachable(host: str) -> str:
    host = host.strip("[]")
    if host in ("", "0.0.0.0", "*"):  # noqa: S104
        return "127.0.0.1"
    if host == "::":
        return "[::1]"
    return f"[{host}]" if ":" in host else host
