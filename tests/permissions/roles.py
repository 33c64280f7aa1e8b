"""Who asks, in the order of the tables' columns.

- ``nobody`` has not signed in;
- ``teacher`` is whose the rows are;
- ``other`` is another teacher;
- ``keeper`` is a teacher, too, appointed to show the code of a clock-in;
- ``elsewhere`` is a member of the staff who may change everything but in this package;
- ``view`` and ``change`` may do that in this package, and nothing else;
- ``admin`` is a superuser;
- ``off`` was one until he was switched off; his token and his session are still at hand.
"""

from __future__ import annotations

ROLES = (
    "nobody",
    "teacher",
    "other",
    "keeper",
    "elsewhere",
    "view",
    "change",
    "admin",
    "off",
)

PACKAGES = ("core", "rooms", "repairs", "guides", "activities", "contacts", "statistics")


def permissions(role: str, package: str) -> tuple[str, ...]:
    """What the groups of a role allow in the table of a package."""
    if role == "elsewhere":
        return tuple(f"{other}.change" for other in PACKAGES if other != package)
    return (f"{package}.{role}",) if role in ("view", "change") else ()
