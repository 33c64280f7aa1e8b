"""A certificate for the site: the placeholder of ``docs/deploy.md``, and certbot's hook."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import stat
import subprocess

import pytest
import trustme

from .conftest import ROOT

HOOK = ROOT / "deploy" / "nginx" / "certificate-hook"


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl here")
def test_the_placeholder_is_one_that_nginx_can_read(tmp_path):
    document = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    [line] = re.findall(r"^openssl req .*?[^\\]$", document, re.MULTILINE | re.DOTALL)
    line = line.replace("/etc/ssl/hhu", str(tmp_path))
    subprocess.run(["sh", "-ec", line], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "fullchain.pem", tmp_path / "privkey.pem")


def test_what_is_renewed_is_installed_and_nginx_reads_it(tmp_path):
    lineage, installed = tmp_path / "live", tmp_path / "hhu"
    lineage.mkdir()
    certificate = trustme.CA().issue_cert("hhu.example")
    certificate.private_key_pem.write_to_path(lineage / "privkey.pem")
    certificate.cert_chain_pems[0].write_to_path(lineage / "fullchain.pem")
    for name in ("nginx", "systemctl"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >>{tmp_path}/done\n')
        program.chmod(0o755)
    own = {"RENEWED_LINEAGE": str(lineage), "HHU_CERTIFICATE": str(installed)}
    own["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(["sh", HOOK], env=os.environ | own, check=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(installed / "fullchain.pem", installed / "privkey.pem")
    assert stat.S_IMODE((installed / "privkey.pem").stat().st_mode) == 0o600
    assert (tmp_path / "done").read_text().splitlines() == ["nginx -t", "systemctl reload nginx"]
