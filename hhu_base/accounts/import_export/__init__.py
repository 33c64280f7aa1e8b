"""Many people at once: 教师 from a table, and as one.

The rules take a session and rows, so that the command line and the pages share them. In the pages
one uploads, looks at what would happen, agrees, and waits until it is done.

What was uploaded is a row, so that every process can go on with it. Initial passwords are hashed
before; what is agreed to is carried out by a worker, since thousands of people take a while.
"""

from hhu_base.web.pages import AdminRoot

_PATH = "/admin/core/users/import"
_BAD = _PATH + r"/{id:\d+}/bad.xlsx"
_TEMPLATES = "hhu_base.accounts.import_export:templates"


def includeme(config) -> None:
    from hhu_base.accounts.import_export import tasks, views

    config.add_task("core.import_people", tasks.run_imports, every=30)
    for path in (_PATH, _PATH + r"/{id:\d+}/", _PATH + "/template.xlsx", _BAD):
        config.add_route(path, path, factory=AdminRoot)
    everybody = "/admin/core/users/everybody.{kind:xlsx|csv}"
    config.add_route(everybody, everybody, factory=AdminRoot)
    for view, path, method, template, options in (
        (views.show_form, _PATH, "GET", "upload", {}),
        (views.upload, _PATH, "POST", "upload", {"takes_files": True}),
        (views.show, _PATH + r"/{id:\d+}/", "GET", "plan", {}),
        (views.agree, _PATH + r"/{id:\d+}/", "POST", "plan", {}),
    ):
        config.add_view(
            view,
            route_name=path,
            request_method=method,
            permission="core.change",
            renderer=f"{_TEMPLATES}/{template}.jinja2",
            **options,
        )
    for view, path, permission in (
        (views.download_bad, _BAD, "core.change"),
        (views.template, _PATH + "/template.xlsx", "core.change"),
        (views.everybody, everybody, "core.view"),
    ):
        config.add_view(view, route_name=path, request_method="GET", permission=permission)
