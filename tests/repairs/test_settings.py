"""What the plugin registers."""


def test_links_lead_to_the_address_of_the_site(app, settings):
    letters = app.registry["repairs.letters"]
    assert letters.public_url == "http://127.0.0.1:6543"
    assert letters.zone is app.registry.site_zone
