"""A small web server that plays a package index, the npm registry and the Hugging Face hub."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

COMMIT = "c" * 40
RELEASE_SECONDS = 60
POLL_SECONDS = 0.02


class Registry:
    """Serves what it was given, counts what it was asked for, and stalls where it is told to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pages: dict[str, bytes] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.asked: Counter[str] = Counter()
        self.stalled: set[str] = set()
        self.reached_stall = threading.Event()
        self.released = threading.Event()

    def environment(self) -> dict[str, str]:
        """Variables that make pip, npm and the hub's client come here."""
        return {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_INDEX_URL": f"{self.url}/simple",
            "PIP_EXTRA_INDEX_URL": "",
            "PIP_FIND_LINKS": "",
            "npm_config_registry": self.url,
            "HF_ENDPOINT": self.url,
            "HF_HUB_DISABLE_XET": "1",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def add_wheel(self, package: str, files: dict[str, bytes]) -> str:
        """Publish version 1.0 of a Python package; the path of its wheel."""
        name = f"{package.replace('-', '_')}-1.0-py3-none-any.whl"
        self.pages[f"/wheels/{name}"] = wheel(package, files)
        self.pages[f"/simple/{package}/"] = f'<a href="/wheels/{name}">{name}</a>'.encode()
        self.headers[f"/simple/{package}/"] = {"Content-Type": "text/html"}
        return f"/wheels/{name}"

    def add_npm(self, package: str, files: dict[str, bytes]) -> None:
        """Publish version 1.0.0 of an npm package."""
        ball = tarball(files | {"package.json": _package_json(package)})
        digest = base64.b64encode(hashlib.sha512(ball).digest()).decode()
        dist = {"tarball": f"{self.url}/balls/{package}.tgz", "integrity": f"sha512-{digest}"}
        version = {"name": package, "version": "1.0.0", "dist": dist}
        page = {"name": package, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        self.pages[f"/{package}"] = json.dumps(page).encode()
        self.pages[f"/balls/{package}.tgz"] = ball

    def add_hub(
        self, repo: str, files: dict[str, bytes], *, published: bytes | None = None
    ) -> None:
        """Publish a repository. published: what its checksums are of, when not of its files."""
        info = {"id": repo, "modelId": repo, "sha": COMMIT, "siblings": [], "tags": []}
        self.pages[f"/api/models/{repo}"] = json.dumps(info).encode()
        tree = [_hub_entry(path, published or content) for path, content in files.items()]
        self.pages[f"/api/models/{repo}/tree/{COMMIT}"] = json.dumps(tree).encode()
        for path, content in files.items():
            page = f"/{repo}/resolve/{COMMIT}/{path}"
            self.pages[page] = content
            etag = hashlib.sha256(content).hexdigest()
            self.headers[page] = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}


def _hub_entry(path: str, content: bytes) -> dict[str, object]:
    """As the hub lists a file: .bin files as large ones, the others as git blobs."""
    blob = hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()
    entry: dict[str, object] = {"type": "file", "path": path, "size": len(content), "oid": blob}
    if path.endswith(".bin"):
        sha256 = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 130}
    return entry


def wheel(package: str, files: dict[str, bytes]) -> bytes:
    """The bytes of a wheel of version 1.0 that pip accepts."""
    info = f"{package.replace('-', '_')}-1.0.dist-info"
    about = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
    kind = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    extra = {f"{info}/METADATA": about.encode(), f"{info}/WHEEL": kind.encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in {**files, **extra, f"{info}/RECORD": b""}.items():
            archive.writestr(path, content)
    return out.getvalue()


def tarball(files: dict[str, bytes]) -> bytes:
    """The bytes of an npm tarball: everything lies under `package/`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def _package_json(package: str) -> bytes:
    return json.dumps({"name": package, "version": "1.0.0"}).encode()


@contextmanager
def running_registry() -> Iterator[Registry]:
    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            registry.asked[path] += 1
            if path in registry.stalled:
                registry.reached_stall.set()
                registry.released.wait(RELEASE_SECONDS)
            self._send(path)

        def do_HEAD(self) -> None:
            self._send(urlsplit(self.path).path)

        def _send(self, path: str) -> None:
            content = registry.pages.get(path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            for name, value in registry.headers.get(path, {}).items():
                self.send_header(name, value)
            self.end_headers()
            if content and self.command == "GET":
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    registry = Registry(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,))
    thread.start()
    try:
        yield registry
    finally:
        registry.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
