"""What the plugin registers."""

import pytest

from hhu_base import configure
from hhu_base.settings import ConfigurationError


def test_it_registers_its_task_its_codes_and_its_part_of_the_rest(app):
    registry = app.registry
    assert registry["tasks"]["activities.fill_places"].every == 60
    assert registry["activities.codes"].interval == 25
    assert registry["activities.codes"].grace == 5
    models = {model for part in registry["takeover_parts"] for model in part.models}
    assert {"activity.activity", "activity.enrollment"} <= models


@pytest.mark.parametrize("secret", ["", "only-good-for-trying-out", "x" * 31])
def test_production_refuses_a_secret_that_is_none(production, secret):
    with pytest.raises(ConfigurationError, match="^activities.secret: .*HHU_ACTIVITIES_SECRET"):
        configure({**production, "activities.secret": secret})
