"""The settings of the guides, and what the plugin registers."""

import pytest

from hhu_base import configure
from hhu_base.settings import ConfigurationError


@pytest.mark.parametrize(
    ("key", "value"),
    [("guides.types", "pdf exe"), ("guides.max_bytes", "0"), ("guides.max_bytes", "100MB")],
)
def test_a_bad_setting_stops_the_start_and_is_named(settings, key, value):
    with pytest.raises(ConfigurationError, match=f"^{key}: "):
        configure(settings | {key: value}).make_wsgi_app()


def test_files_are_kept_in_the_data_folder_unless_it_is_said_where(app, settings):
    directory = str(app.registry["guides.shelf"].store.directory)
    assert directory == f"{settings['hhu.data_dir']}/guides"


def test_the_plugin_brings_its_tasks_and_its_files(app):
    assert app.registry["tasks"]["guides.read_texts"].every == 60
    assert app.registry["tasks"]["guides.sweep_files"].every == 3600
    assert "guides" in app.registry["mail.stores"]
