"""The site of nginx, as it stands, in front of a real web server; left out where there is no nginx."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from configparser import RawConfigParser

import httpx
import pytest
import trustme

from tests.flows.college import until
from tests.ports import free_port
from tests.web.test_server import Server, production_options

from .conftest import ROOT

SITE = ROOT / "deploy" / "nginx" / "hhu.conf"

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx here")


class Nginx:
    def __init__(self, folder, ports: list[int]):
        self.authority = trustme.CA()
        self.https, self.http = free_port(), free_port()
        certificate = self.authority.issue_cert("hhu.example")
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / "site.pem")
        site = SITE.read_text(encoding="utf-8")
        for old, new in {
            "listen 80": f"listen 127.0.0.1:{self.http}",
            "listen 443": f"listen 127.0.0.1:{self.https}",
            "127.0.0.1:6543 ": f"127.0.0.1:{ports[0]} ",
            "127.0.0.1:6544 ": f"127.0.0.1:{ports[1]} ",
            "/etc/ssl/hhu/fullchain.pem": f"{folder}/site.pem",
            "/etc/ssl/hhu/privkey.pem": f"{folder}/site.pem",
            "/var/log/nginx": str(folder),
            "/var/www/html": str(folder),
        }.items():
            assert old in site
            site = site.replace(old, new)
        lines = [line for line in site.splitlines() if "listen [::]" not in line]
        (folder / "site.conf").write_text("\n".join(lines), encoding="utf-8")
        temporary = "".join(
            f"{name}_temp_path {folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # Root's workers would be nobody's, who can't write into our folder.
        account = "user root; " if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(
            f"{account}daemon off; pid {folder}/pid; error_log {folder}/error.log;"
            f"events {{}} http {{ {temporary} access_log off; include {folder}/site.conf; }}"
        )
        command = ["nginx", "-p", str(folder), "-e", str(folder / "error.log")]
        command += ["-c", str(folder / "nginx.conf")]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        assert "warn" not in checked.stderr, checked.stderr
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.log = folder / "hhu.access.log"
        self.client = self.new_client()

    def new_client(self) -> httpx.Client:
        """One that has no connection yet."""
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.https}",
            headers={"Host": "hhu.example"},
            verify=self._context(),
            timeout=60,
        )

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        context.check_hostname = False
        return context

    def request(self, method: str, path: str, **kw) -> httpx.Response:
        return self.client.request(method, path, extensions={"sni_hostname": "hhu.example"}, **kw)


@pytest.fixture(scope="module")
def web():
    """Two web servers, of which the second may be stopped."""
    servers = [Server(**production_options()).until_it_answers() for _ in range(2)]
    yield servers
    for server in servers:
        server.process.kill()
        server.process.communicate()


@pytest.fixture(scope="module")
def nginx(web, tmp_path_factory):
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), [server.port for server in web])

    def answers() -> bool:
        assert nginx.process.poll() is None
        try:
            return nginx.request("GET", "/").status_code == 200
        except httpx.HTTPError:
            return False

    until(answers, 30, "nginx answers")
    yield nginx
    nginx.client.close()
    nginx.process.terminate()
    nginx.process.wait(30)


def test_the_application_sees_the_client_and_not_what_he_says(nginx):
    lies = {"X-Forwarded-For": "10.9.9.9", "Forwarded": "for=10.9.9.9", "X-Forwarded-Proto": "http"}
    answer = nginx.request("GET", "/", headers=lies)
    assert answer.json() == {
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "https",
        "HTTP_X_FORWARDED_FOR": "127.0.0.1",
        "HTTP_FORWARDED": None,
        "size": 0,
    }
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_uploads_are_for_administrators_and_have_a_limit(nginx):
    parser = RawConfigParser()
    parser.read(ROOT / "production.ini")
    largest = int(parser["server:main"]["max_request_body_size"])
    assert nginx.request("POST", "/", content=b"x" * 1_000_000).json()["size"] == 1_000_000
    for path, size in (("/", 1_100_000), ("/admin/", largest + 1)):
        refused = nginx.request("POST", path, content=b"x" * size)
        assert refused.status_code == 413
        assert refused.json() == {"detail": "请求内容过大。"}
    taken = int(parser["app:main"]["guides.max_bytes"]) + 64 * 1024
    assert nginx.request("POST", "/admin/", content=b"x" * taken).json()["size"] == taken


def test_a_process_that_is_away_is_not_noticed_and_when_all_are_it_is_said_in_json(nginx, web):
    assert web[1].stop() == 0
    for _ in range(6):
        assert nginx.request("POST", "/", content=b"xyz").json()["size"] == 3
    assert web[0].stop() == 0
    away = nginx.request("GET", "/")
    assert away.status_code == 503
    assert away.json() == {"detail": "服务暂时不可用，请稍后重试。"}
    assert away.headers["Retry-After"] == "5"


def test_the_plain_site_only_leads_to_the_other(nginx):
    answer = httpx.get(
        f"http://127.0.0.1:{nginx.http}/contacts/?my=yes", headers={"Host": "hhu.example"}
    )
    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://hhu.example/contacts/?my=yes"


def test_the_plain_site_answers_the_challenge_for_a_certificate(nginx):
    folder = nginx.log.parent / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True)
    (folder / "token").write_text("the answer")
    answer = httpx.get(
        f"http://127.0.0.1:{nginx.http}/.well-known/acme-challenge/token",
        headers={"Host": "hhu.example"},
    )
    assert (answer.status_code, answer.text) == (200, "the answer")


def test_who_asks_for_another_name_gets_nothing(nginx):
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{nginx.http}/", headers={"Host": "evil.example"})
    with nginx.new_client() as client, pytest.raises(httpx.HTTPError):
        client.get("/", extensions={"sni_hostname": "evil.example"})


def test_what_people_search_for_is_not_written_down(nginx):
    nginx.request("GET", "/contacts/?search=%E5%BC%A0")
    until(lambda: "/contacts/" in nginx.log.read_text(), 10, "it is logged")
    assert "search" not in nginx.log.read_text()


def test_what_nginx_refuses_by_itself_is_json_too(nginx):
    refused = nginx.request("GET", "/", headers={"X-Long": "x" * 40_000})
    assert refused.status_code == 400
    assert refused.json() == {"detail": "请求格式不正确。"}
