"""The keys under which tries to sign in, and known places, are stored: digests of what they are."""

from __future__ import annotations

import hashlib
import ipaddress


def digest(*parts: str) -> bytes:
    # Not what was typed: people type their passwords into the wrong field.
    return hashlib.sha256("\0".join(parts).encode()).digest()


def network(address: str) -> str:
    """The address; of an IPv6 address the part that a subscriber can't choose."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
