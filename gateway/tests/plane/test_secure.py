"""Services that are registered with https: asked by TLS, and only who they say they are."""

import ipaddress
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.balance.endpoint import Endpoint, Member
from gateway.balance.fleet import Fleet

from tests.plane.doors import Door, protocol_door
from tests.plane.recorder import Recorder

GET = b"GET /api/x HTTP/1.1\r\nHost: shop.example\r\n"
LAST = b"Connection: close\r\n\r\n"


@pytest.fixture
def certified(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A service at 127.0.0.1 that can show who it is, and what its certificate is known by."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    place = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(place, critical=True)
        .sign(key, SHA256())
    )
    shown, kept = tmp_path / "shown.pem", tmp_path / "kept.pem"
    shown.write_bytes(certificate.public_bytes(Encoding.PEM))
    kept.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(shown, kept)
    return context, shown


@pytest.fixture
async def secure(certified: tuple[ssl.SSLContext, Path]) -> AsyncIterator[Recorder]:
    """A service that speaks TLS, and nothing else."""
    recorder = Recorder()
    async with recorder.listening(certified[0]):
        yield recorder


@pytest.fixture
async def door(secure: Recorder) -> AsyncIterator[Door]:
    """A gateway that has met nobody yet, before this service."""
    async with protocol_door() as door:
        url = f"https://127.0.0.1:{secure.port}"
        door.edge.group = Fleet().group("svc", [Member("svc", url)])
        yield door


async def test_a_service_at_https_is_asked_by_tls_on_a_connection_that_is_kept(
    door: Door,
    secure: Recorder,
    certified: tuple[ssl.SSLContext, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trusting = ssl.create_default_context(cafile=certified[1])
    monkeypatch.setattr("ssl.create_default_context", lambda: trusting)

    answered = await door.send(GET + b"\r\n" + GET + LAST)

    assert answered.count(b"HTTP/1.1 200 ") == 2
    assert len(secure.requests) == 2
    assert secure.connections == 1


async def test_a_service_that_cannot_show_who_it_is_gets_no_request(
    door: Door, secure: Recorder
) -> None:
    answered = await door.send(GET + LAST)

    assert answered.startswith(b"HTTP/1.1 503 ")
    assert b'"code":"no-healthy-instance"' in answered
    assert secure.requests == []


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://a", 80), ("https://a", 443), ("http://a:8443", 8443), ("https://a:80", 80)],
)
def test_a_place_without_a_port_has_that_of_its_scheme(url: str, port: int) -> None:
    assert Endpoint(Member("one", url)).port == port
