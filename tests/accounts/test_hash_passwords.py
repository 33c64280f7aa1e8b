"""Hashing many passwords."""

from hhu_base.accounts.password_hashes import hash_password, hash_passwords


def test_everybody_gets_a_hash_of_his_own_also_where_passwords_are_equal():
    made = dict(hash_passwords({"t1": "same-2026-word", "t2": "same-2026-word"}, hash_password))
    assert set(made) == {"t1", "t2"}
    assert made["t1"] != made["t2"]


def test_nobody_needs_no_hash():
    assert dict(hash_passwords({}, hash_password)) == {}
