"""What the accounts bring along, and what they leave out until it is needed."""

import subprocess
import sys

import pytest

from hhu_base.accounts.password_hashes import Passwords
from hhu_base.accounts.sign_in import SignInGate
from hhu_base.accounts.throttle import Throttle
from hhu_base.accounts.wechat.client import WeChatClient


def test_the_rules_of_the_site_are_in_the_registry(app):
    assert isinstance(app.registry["passwords"], Passwords)
    assert isinstance(app.registry["throttle"], Throttle)
    assert isinstance(app.registry["sign_in_gate"], SignInGate)
    assert isinstance(app.registry["wechat"], WeChatClient)


def test_what_is_over_is_swept_now_and_then(app):
    tasks = app.registry["tasks"]
    assert tasks["core.sweep_tokens"].every == 3600
    assert tasks["core.sweep_sign_in_tries"].every == 600


@pytest.mark.slow
def test_what_takes_much_memory_is_imported_when_it_is_needed():
    program = (
        "import sys, hhu_base.accounts.api\n"
        "print(*{'httpx', 'zxcvbn', 'pypinyin'} & set(sys.modules))"
    )
    # Warnings of other people's modules are let through here.
    command = [sys.executable, "-W", "ignore", "-c", program]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == "\n"
