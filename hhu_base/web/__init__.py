"""What REST, the back office and the coming pages share."""


def includeme(config) -> None:
    config.include("pyramid_jinja2")
    # Before anything that adds a route.
    config.include("hhu_base.web.trailing_slashes")
    config.include("hhu_base.web.request")
    config.include("hhu_base.web.security")
    # The tweens, from the outermost.
    config.include("hhu_base.web.access_log")
    config.include("hhu_base.web.url_guard")
    # How answers look, errors included.
    config.include("hhu_base.web.json_renderer")
    config.include("hhu_base.web.error_views")
    config.include("hhu_base.web.headers")
    # What pages stand on.
    config.include("hhu_base.web.sessions")
    config.include("hhu_base.web.form_limits")
    config.include("hhu_base.web.pages")
    config.include("hhu_base.web.assets")
    config.include("hhu_base.web.layout")
    # For those who watch the site.
    config.include("hhu_base.web.metrics")
    config.include("hhu_base.web.health")
