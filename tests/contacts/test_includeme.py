"""What the plugin registers, and its settings."""

from __future__ import annotations

import pytest

from hhu_base.settings import ConfigurationError
from hhu_plugins.contacts import demo, directory


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (None, {"friends"}),
        ("friends", {"friends"}),
        ("friends department", {"friends", "department"}),
        ("department\nfriends", {"friends", "department"}),
    ],
)
def test_who_counts_as_a_colleague_is_a_setting(value, kinds):
    settings = {} if value is None else {"contacts.colleagues": value}
    assert directory.COLLEAGUES.read(settings) == kinds


@pytest.mark.parametrize(
    "value", ["department", "everybody", "friends everybody", "friends,department"]
)
def test_a_bad_setting_is_named(value):
    with pytest.raises(ConfigurationError, match=r"contacts\.colleagues"):
        directory.COLLEAGUES.read({"contacts.colleagues": value})


def test_its_services_setting_and_demo_are_registered(app):
    registry = app.registry
    assert registry["contacts.colleagues"] == {"friends"}
    assert demo.load in registry["demo_loaders"]
    names = {service.name for service in registry.cornice_services.values()}
    assert {"contacts", "contact", "contact.vcard", "friends"} <= names
