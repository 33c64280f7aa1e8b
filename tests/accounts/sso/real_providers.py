"""A CAS server and an OpenID provider that others have written, each as a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.ports import free_port

_SETTINGS = """
SECRET_KEY = "only-for-the-tests"
DEBUG = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "cas_server",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": %(database)r}}
ROOT_URLCONF = "cas_urls"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
# The tables at once, without each step of the years in which they came about.
MIGRATION_MODULES = dict.fromkeys(
    ("auth", "contenttypes", "sessions", "cas_server"))
STATIC_URL = "/static/"
CAS_AUTH_CLASS = "cas_server.auth.TestAuthUser"
CAS_TEST_USER = "t0001"
CAS_TEST_PASSWORD = "of-the-university"
CAS_TEST_ATTRIBUTES = {"cn": "褚杰", "mail": "chujie@hhu.example"}
CAS_SLO_TIMEOUT = 5
LOGGING = {"version": 1, "disable_existing_loggers": False}
"""
_URLS = """
from django.urls import include, re_path
urlpatterns = [re_path("^cas/", include(("cas_server.urls", "cas_server"), namespace="cas_server"))]
"""
# Tables, which services may ask, that they are told when somebody signs out; then it serves.
_PROGRAM = """
import sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from cas_server.models import ReplaceAttributName, ServicePattern
pattern = ServicePattern.objects.create(
    name="hhu", pattern="^" + sys.argv[2], single_log_out=True, pos=1)
for name in ("cn", "mail"):
    ReplaceAttributName.objects.create(name=name, replace="", service_pattern=pattern)
call_command("runserver", "127.0.0.1:" + sys.argv[1], use_reloader=False, skip_checks=True)
"""


@contextmanager
def cas_server(folder: Path, service: str) -> Iterator[str]:
    """django-cas-server for addresses that begin with ``service``; gives its address."""
    (folder / "cas_settings.py").write_text(_SETTINGS % {"database": str(folder / "cas.sqlite")})
    (folder / "cas_urls.py").write_text(_URLS)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "cas_settings",
        "PYTHONPATH": str(folder),
        "PYTHONWARNINGS": "ignore",
    }
    port = free_port()
    command = ["-c", _PROGRAM, str(port), service]
    with _running(command, environment, folder / "cas.log", f"http://127.0.0.1:{port}/cas/login"):
        yield f"http://127.0.0.1:{port}/cas"


@contextmanager
def openid_provider(folder: Path) -> Iterator[str]:
    """oidc-provider-mock, at which t0001 and others can be chosen; gives its issuer."""
    port = free_port()
    claims = '{"sub": "t0001", "name": "褚杰", "email": "chujie@hhu.example"}'
    command = ["-m", "oidc_provider_mock", "--port", str(port), "--user-claims", claims]
    command += ["--require-nonce", "true"]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    url = f"http://127.0.0.1:{port}"
    with _running(command, environment, folder / "oidc.log", f"{url}/jwks"):
        yield url


@contextmanager
def _running(arguments: list[str], environment: dict, log: Path, url: str) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments], env=environment, stdout=output, stderr=output
        )
        try:
            deadline = time.monotonic() + 120
            while not _answers(url):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.HTTPError:
        return False
