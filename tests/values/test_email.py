"""What an e-mail address is."""

import pytest

from hhu_base.values.email import is_deliverable, is_email_address


@pytest.mark.parametrize(
    "address", ["a.b+c@mail.hhu.edu.cn", "O'Neil@x.io", "1@a-b.cn", f"{'a' * 64}@b.cn"]
)
def test_addresses_of_people(address):
    assert is_email_address(address)
    assert is_deliverable(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "a b@hhu.edu.cn",
        "a..b@hhu.edu.cn",
        "zhang.@qq.com",
        ".zhang@qq.com",
        "a@-b.cn",
        "a@b..cn",
        "a@b.cn\n",
        "a@b.cn,c@d.cn",
        "褚 <a@b.cn>",
        "褚@hhu.edu.cn",
        "a@河海.cn",
        "a@@b.cn",
        f"{'a' * 65}@b.cn",
        f"a@{'b' * 64}.cn",
        f"a@{'b.' * 130}cn",
    ],
)
def test_what_no_mail_can_be_sent_to(text):
    assert not is_deliverable(text)
    assert not is_email_address(text)


def test_a_machine_inside_gets_mail_but_is_nobodys_address():
    assert is_deliverable("root@localhost")
    assert not is_email_address("root@localhost")
