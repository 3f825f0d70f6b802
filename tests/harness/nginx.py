"""nginx in front of a server, as `deploy/nginx.conf` has it, on loopback ports."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.harness.programs import ROOT, Program, find_program, free_port, wait_until

REMEDY = "install it (Debian: apt install nginx-light)"
CONF = ROOT / "deploy/nginx.conf"
NAME = "audio.example.com"
AROUND = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{sample}
}}
"""


class Nginx:
    """The sample with other addresses and a certificate of its own, and nothing else changed."""

    def __init__(self, folder: Path, upstream: str, sample: str = CONF.read_text()) -> None:
        nginx = find_program("nginx", remedy=REMEDY, folders=[Path("/usr/sbin")])
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.api = f"{self.url}/api/v1"
        certificate, key = _certificate(folder)
        sample, servers = re.subn(r"(?m)^    server [^;]+;", f"    server {upstream};", sample)
        sample, secure = re.subn(r"listen 443\b", f"listen 127.0.0.1:{self.port}", sample)
        sample, plain = re.subn(r"listen 80\b", f"listen 127.0.0.1:{free_port()}", sample)
        assert (servers, secure, plain) == (1, 1, 1)
        sample = re.sub(r"/etc/ssl/\S+/fullchain.pem", str(certificate), sample)
        sample = re.sub(r"/etc/ssl/\S+/privkey.pem", str(key), sample)
        user = "user root;" if os.geteuid() == 0 else ""
        whole = AROUND.format(folder=folder, user=user, sample=sample)
        conf = folder / "nginx.conf"
        conf.write_text(whole)
        args = [nginx, "-p", str(folder), "-c", str(conf)]
        self._program = Program("nginx", args, env=os.environ, folder=folder)

    def start(self) -> None:
        self._program.start()
        wait_until(self._answers, seconds=60, what=f"nginx answers at {self.url}")

    def stop(self) -> None:
        self._program.stop()

    def _answers(self) -> bool:
        assert self._program.running, self._program.said()
        try:
            return httpx.get(f"{self.url}/healthz", verify=False).status_code == 200
        except httpx.HTTPError:
            return False


def _certificate(folder: Path) -> tuple[Path, Path]:
    """One for a week, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=7))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    paths[1].write_bytes(secret)
    return paths
