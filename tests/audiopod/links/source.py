"""A server that answers with the very bytes that a test gives it, and remembers its requests."""

from __future__ import annotations

import contextlib
import datetime
import io
import socket
import ssl
import threading
import wave
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Answer = bytes | Callable[[socket.socket], None]


class Source:
    """`with Source(b"HTTP/1.1 200 …") as source:`; a mapping answers by path."""

    def __init__(
        self,
        answers: Answer | dict[str, Answer],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._answers = answers
        self._tls = tls
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self.port = self._listener.getsockname()[1]
        self.requests: list[str] = []
        self.connections = 0
        self.closing = threading.Event()
        """For answers that go on until the test is over."""
        name = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{name}:{self.port}"

    def __enter__(self) -> Source:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._attend, args=(connection,), daemon=True).start()

    def _attend(self, connection: socket.socket) -> None:
        # a client that leaves in the middle is what most tests here are about
        with contextlib.suppress(OSError), connection:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    if not (block := connection.recv(4096)):
                        return
                    request += block
                self.requests.append(request.decode())
                answer = self._answer(request.split()[1].decode())
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                else:
                    answer(connection)

    def _answer(self, target: str) -> Answer:
        return self._answers[target] if isinstance(self._answers, dict) else self._answers


def found(body: bytes, *headers: str, length: int | None = -1) -> bytes:
    """A 200 with this body; length: what Content-Length says, None for no such header."""
    said = [] if length is None else [f"Content-Length: {len(body) if length < 0 else length}"]
    head = "\r\n".join(["HTTP/1.1 200 OK", *said, *headers, "", ""])
    return head.encode() + body


def moved(location: str, status: int = 302) -> bytes:
    """A redirect."""
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def recording(seconds: float = 1.0) -> bytes:
    """A wav file of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setparams((1, 2, 16_000, 0, "NONE", ""))
        wav.writeframes(bytes(int(seconds * 16_000) * 2))
    return file.getvalue()


def certificate_for(folder: Path, *names: str) -> tuple[ssl.SSLContext, Path]:
    """A server's context, and the file that makes its certificate trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "source")])
    now = datetime.datetime.now(datetime.UTC)
    alternatives = [_alternative(name) for name in names]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "trusted.pem", folder / "key.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return context, trusted


def _alternative(name: str) -> x509.GeneralName:
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ip_address(name))
    return x509.DNSName(name)
