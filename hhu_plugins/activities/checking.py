"""What ``hhu doctor`` asks about the activities."""

from __future__ import annotations

from collections.abc import Iterator

from hhu_base.doctor import Deployment, Finding
from hhu_base.doctor.secrets import check_secret
from hhu_plugins.activities.codes import DEVELOPMENT_SECRET


def check_code_secret(deployment: Deployment) -> Iterator[Finding]:
    yield from check_secret(deployment.settings, "activities.secret", DEVELOPMENT_SECRET)
