"""What a gateway keeps in memory does not grow with what passes through it."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.handshakes import SWITCHED, handshake
from tests.registry import FakeRegistry
from tests.upstreams import Upstreams, head
from tests.workers.test_workers import Gateway

MIB = 1024 * 1024
MOST = 150 * MIB
SOCKETS = 1000
CHUNK = bytes(MIB)


@pytest.fixture(autouse=True)
def room_for_sockets() -> None:
    """Both ends of a thousand connections are here, and the gateway inherits the limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 6 * SOCKETS
    if most != resource.RLIM_INFINITY and most < wanted:
        pytest.skip(f"this machine allows {most} open files, and {wanted} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


@pytest.fixture
async def gateway(
    environment: pytest.MonkeyPatch, registry: FakeRegistry, upstreams: Upstreams, tmp_path: Path
) -> AsyncIterator[Gateway]:
    """One process, before a service that holds WebSockets open and has a gibibyte to give."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await head(reader)
        if b"/v1/ws" in request:
            writer.write(SWITCHED)
        elif b"/v1/live" in request:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (1024 * MIB))
            for _ in range(1024):
                writer.write(CHUNK)
                await writer.drain()
        else:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    registry.publish("live", await upstreams.start_raw(serve), websocket=True)
    environment.setenv("UPSTREAM_CONNECTIONS", str(2 * SOCKETS))
    gateway = Gateway(registry, tmp_path / "log", workers=1)
    await gateway.logs("service.listening", 1)
    yield gateway
    gateway.process.terminate()
    await gateway.ends()


async def test_a_thousand_idle_websockets_and_a_body_of_a_gibibyte_fit_into_150_mib(
    gateway: Gateway,
) -> None:
    async with asyncio.timeout(120), AsyncExitStack() as tunnels:
        for _ in range(SOCKETS):
            await tunnels.enter_async_context(tunnel(gateway.port))

        poured = await _pour(gateway.port)

        assert poured == 1024 * MIB
        assert _peak(gateway.process.pid) < MOST


@asynccontextmanager
async def tunnel(port: int) -> AsyncIterator[None]:
    """A WebSocket on which nothing is said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    try:
        writer.write(handshake("/ws/live"))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        yield
    finally:
        writer.close()


async def _pour(port: int) -> int:
    """How many bytes of a body come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=MIB)
    writer.write(b"GET /api/v1/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    size = 0
    while came := await reader.read(MIB):
        size += len(came)
    writer.close()
    return size


def _peak(pid: int) -> int:
    """The most memory that the process ever had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
