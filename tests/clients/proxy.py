"""A proxy on loopback that opens tunnels and breaks them, and writes down what it receives without TLS."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOSTS = ("slack.com", "api.pagerduty.com", "events.pagerduty.com", "watchdog.example")
# breaks: no TLS after the tunnel; resets: before it; decrypts: with a certificate of its own; a number: refuses so
Behaviour = Literal["breaks", "resets", "decrypts", 403, 407]
JSON = b'{"ok": true, "usergroups": [], "user": {"id": "PADA"}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(JSON), JSON)


@dataclass
class Attempt:
    """One connection: the head of its first request, and what follows it before any decryption."""

    head: bytes = b""
    after: bytes = b""
    decrypted: bytes = b""

    @property
    def line(self) -> str:
        return self.head.partition(b"\r\n")[0].decode()

    @property
    def is_tls(self) -> bool:
        """A tunnel to port 443, and in it nothing but a TLS handshake (a record of type 22, version 3)."""
        opened = self.line.startswith("CONNECT ") and self.line.split()[1].endswith(":443")
        return opened and self.after[:2] in {b"", b"\x16\x03"}


@dataclass
class Proxy:
    behaviour: Behaviour
    certificate: Path  # with its key
    attempts: list[Attempt] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    @property
    def received(self) -> bytes:
        return b"".join(attempt.head + attempt.after for attempt in self.attempts)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                connection.settimeout(5)
                self.attempts.append(Attempt())
                with connection, suppress(OSError):
                    self._answer(connection, self.attempts[-1])

    def _answer(self, connection: socket.socket, attempt: Attempt) -> None:
        while b"\r\n\r\n" not in attempt.head and (byte := connection.recv(1)):
            attempt.head += byte
        if isinstance(self.behaviour, int):
            connection.sendall(b"HTTP/1.1 %d Refused\r\nContent-Length: 0\r\n\r\n" % self.behaviour)
        elif self.behaviour == "resets":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            attempt.after = connection.recv(65536, socket.MSG_PEEK)
            if self.behaviour == "decrypts" and attempt.is_tls:
                self._decrypt(connection, attempt)
            else:
                connection.recv(65536)
                connection.sendall(ANSWER)  # not TLS

    def _decrypt(self, connection: socket.socket, attempt: Attempt) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        with context.wrap_socket(connection, server_side=True) as tls:
            attempt.decrypted = tls.recv(65536)
            tls.sendall(ANSWER)
            while more := tls.recv(65536):  # until the client closes
                attempt.decrypted += more


def write_certificate(path: Path) -> Path:
    """A certificate that signs itself, for all services, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a proxy")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(
        certificate.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password)
    )
    return path
