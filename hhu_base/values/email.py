"""What an e-mail address is: for all who ask people for one, and for the outbox.

Not email-validator, which would bring a resolver of names along: it refuses ``localhost`` and
other names that a site may use inside, and takes addresses in all scripts, which servers without
SMTPUTF8 refuse.
"""

from __future__ import annotations

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@({_LABEL}(?:\.{_LABEL})*)")
_LONGEST, _LONGEST_LOCAL_PART = 254, 64


def is_deliverable(text: str) -> bool:
    """Whether mail can be sent there at all; ``root@localhost`` is such an address.

    Deliberately narrow: what servers take without the extension for international addresses.
    """
    return (
        len(text) <= _LONGEST
        and text.find("@") <= _LONGEST_LOCAL_PART
        and _ADDRESS.fullmatch(text) is not None
    )


def is_email_address(text: str) -> bool:
    """Whether somebody can have this address: a deliverable one of a domain with a dot."""
    return is_deliverable(text) and "." in text.rpartition("@")[2]
